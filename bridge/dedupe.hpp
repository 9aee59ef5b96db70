#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bridge/dedupe_config.hpp"
#include "core/gateway.hpp"
#include "core/message.hpp"
#include "core/receipt.hpp"
#include "core/ref_counted.hpp"

namespace rialto::bridge {

/// Where messages that are no repeats go on.
class Passage {
public:
    /// @param place  where the message was read  @thread the shard that it was read on
    virtual void pass(std::string_view place, const MessagePtr& message, const Receipt& receipt) = 0;

protected:
    ~Passage() = default;
};

/// Leaves out what one route passed on already: messages whose identifier, or whose topic and payload, were there within a
/// window of time. A repeat is left out once the first one was accepted; one that comes while the first is on its way waits
/// for what becomes of that, and goes on where the first did not get through. Outlives what passes through it: whoever makes it
/// keeps it until the gateway has stopped. Where the gateway has a store, what was seen is there before the source hears, and is
/// known again after a restart. @thread any
class Dedupe final : public RefCounted {
public:
    using By = DedupeConfig::By;
    /// Messages remembered; beyond it the oldest are forgotten.
    static constexpr std::size_t most_remembered = 1'000'000;
    /// Repeats that wait at once; beyond it they pass, for twice is better than never.
    static constexpr std::size_t most_waiting = 10'000;

    Dedupe(Gateway& gateway, const std::string& route, DedupeConfig settings, std::size_t most = most_remembered);

    const DedupeConfig& settings() const noexcept { return settings_; }

    /// Reads what was seen in an earlier life. After Gateway::keep_in(), before the first message. Blocks shortly.
    Result<void> restore();
    /// Before its first message. @thread any
    void admit(Passage& passage);
    /// Hands the message to `passage` now, later, or never. @thread a shard's
    void take(Passage& passage, std::string_view place, const MessagePtr& message, const Receipt& receipt);
    /// Nothing goes to it any more; repeats that wait for it are released. What is in a shard's hands is not called back.
    void forget(const Passage& passage);

private:
    using Digest = std::array<std::uint64_t, 2>;
    struct Hash {
        std::size_t operator()(const Digest& digest) const noexcept { return digest[0]; }
    };
    struct Repeat {
        Passage* passage;
        Shard* shard;
        std::string place;
        MessagePtr message;
        Receipt receipt;
    };
    struct Seen {
        Digest digest;
        WallTime at;
        std::uint64_t number;
    };
    class Desk;
    enum class Verdict : std::uint8_t { pass, first, repeat, waits };

    static std::optional<Digest> digest_of(const Message& message, By by);
    Verdict look(const Digest& digest, Repeat repeat);
    void settled(const Digest& digest, Outcome outcome, Receipt theirs);
    void keep(const Digest& digest, WallTime now, Receipt theirs);
    Bytes key_of(std::uint64_t number) const;
    void go_on(const Digest& digest, Repeat repeat);
    bool is_admitted(const Passage* passage);
    std::uint64_t remember(const Digest& digest, WallTime now);
    void forget_oldest();
    void forget_old(WallTime now);

    Gateway& gateway_;
    const std::string route_;
    const DedupeConfig settings_;
    const std::size_t most_;
    std::vector<Ref<Desk>> desks_;        ///< by shard
    std::vector<Counter*> duplicates_;    ///< by shard
    std::mutex mutex_;
    boost::unordered_flat_map<Digest, WallTime, Hash> accepted_;
    std::deque<Seen> oldest_;             ///< of `accepted_`, in the order in which they were accepted
    std::unordered_map<Digest, std::vector<Repeat>, Hash> on_the_way_;  ///< with the repeats that wait
    std::size_t waiting_ = 0;
    std::uint64_t last_number_ = 0;
    std::uint64_t erased_to_ = 1;         ///< no number before it is in the store
    std::vector<const Passage*> passages_;
};

}  // namespace rialto::bridge
