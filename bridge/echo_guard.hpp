#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>

#include "core/clock.hpp"
#include "core/message.hpp"

namespace rialto::bridge {

/// Takes the echo of our own messages out of what comes back from a broker that has no better way to tell them apart:
/// remembers what was just sent there, and suppresses each once for each time it was sent. A message that somebody else
/// publishes with the same topic and payload within the time is taken for the echo; the count comes out right, the
/// order of two equal messages can't be seen. Lives on: one shard.
class EchoGuard {
public:
    static constexpr std::chrono::seconds memory{10};
    /// More than can be on the way at once; beyond it the oldest are forgotten and may come back once.
    static constexpr std::size_t most = 1'000'000;

    /// Just before `message` is sent.
    void sent(const Message& message, Instant now);
    /// Whether `message`, which has just come, is one of ours; it is forgotten then.
    bool is_echo(const Message& message, Instant now);

private:
    using Digest = std::array<std::uint64_t, 2>;
    struct Hash {
        std::size_t operator()(const Digest& digest) const noexcept { return digest[0]; }
    };
    struct Sent {
        Digest digest;
        Instant at;
    };

    static Digest digest_of(const Message& message);
    void forget_old(Instant now);
    void forget_oldest();

    boost::unordered_flat_map<Digest, std::deque<Instant>, Hash> unreturned_;  ///< when each was sent, oldest first
    std::deque<Sent> order_;
};

}  // namespace rialto::bridge
