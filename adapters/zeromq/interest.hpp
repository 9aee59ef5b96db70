#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/bytes.hpp"

namespace rialto::zeromq {

/// The prefixes that our subscribers have asked for, as an XPUB socket tells of them: the first and the last peer that wants
/// one. Lives on: one shard.
class Interest {
public:
    /// Takes what the socket received: 1 or 0, and the prefix. Anything else is not for us and is left alone.
    /// @source zmq_socket(3), ZMQ_XPUB
    void take(ByteView notice);

    /// Whether any prefix is the beginning of a message's first part.
    bool wants(std::string_view first_part) const;

    std::size_t size() const noexcept { return prefixes_.size(); }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
    };

    std::unordered_set<std::string, Hash, std::equal_to<>> prefixes_;
    std::array<std::size_t, 256> of_size_{};  ///< how many have this length, of those shorter than 256
    std::size_t longer_ = 0;                  ///< how many are not
};

}  // namespace rialto::zeromq
