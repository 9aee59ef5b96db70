#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/field.hpp"
#include "core/gateway.hpp"

namespace rialto::bridge {

/// Counts what one route could not keep, `rialto_field_lost_total{route,target,field,reason}`: for each message and target one
/// for each field that the message had and the target has no room for. @thread count(): any shard's
class LossCounters {
public:
    LossCounters(Gateway& gateway, std::string route, std::vector<std::string> targets);

    /// @param target  its index
    void count(std::size_t target, FieldSet lost) {
        // The gateway's own trace is nobody's field; where it can't travel, echoes are told otherwise.
        const FieldSet theirs = lost.without({Field::via});
        if (!theirs.empty()) count_each(target, theirs);
    }

private:
    using ByField = std::array<Counter*, every_field.size()>;  ///< null until the first loss

    void count_each(std::size_t target, FieldSet lost);

    Gateway& gateway_;
    std::string route_;
    std::vector<std::string> targets_;
    std::vector<std::vector<ByField>> counters_;  ///< by shard and target: each is raised by one thread alone
};

}  // namespace rialto::bridge
