#pragma once

#include "adapters/zeromq/settings.hpp"
#include "core/adapter.hpp"
#include "core/gateway.hpp"

namespace rialto::zeromq {

/// Peers that speak ZeroMQ. Topics are what stands in a message's first part. Lives on: one shard.
class Backend final : public rialto::Backend {
public:
    Backend(Gateway& gateway, Shard& shard, Settings settings, Abilities abilities);

    const Abilities& abilities() const override { return abilities_; }
    std::unique_ptr<rialto::Source> make_source(std::vector<TopicFilter> patterns) override;
    std::unique_ptr<rialto::Sink> make_sink() override;

private:
    Gateway& gateway_;
    Shard& shard_;
    Settings settings_;
    Abilities abilities_;
};

}  // namespace rialto::zeromq
