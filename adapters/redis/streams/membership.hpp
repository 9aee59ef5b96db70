#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "adapters/redis/streams/caller.hpp"
#include "adapters/redis/streams/key_finder.hpp"
#include "adapters/redis/streams/settings.hpp"

namespace rialto::redis::streams {

/// Sees to it that our consumer group is at each stream that we read. Lives on: one shard.
class Membership {
public:
    struct Joined {
        std::string key;
        bool was_there = false;  ///< the group was known; there may be entries that are ours already
    };
    using OnJoined = std::function<void(Result<std::vector<Joined>>)>;

    /// @param exact  keys that are made where they are missing; others are passed over then
    Membership(Caller& caller, const Settings& settings, const KeyFinder::Keys& exact)
        : caller_(caller), settings_(settings), exact_(exact) {}

    /// Joins when the source opens: where the group is new it begins now. But where it was here before, at some other of these
    /// streams, it begins at the moment when it was last seen there: what came into being while we were away has to be read.
    void join_now(const KeyFinder::Keys& keys, OnJoined on_joined);
    /// Joins streams that came into being while we were here: from their first entry on.
    void join_from_beginning(const KeyFinder::Keys& keys, OnJoined on_joined);
    /// The connection is gone, or a new one: nothing is under way.
    void reset() noexcept { on_joined_ = nullptr; }

private:
    void join(const KeyFinder::Keys& keys, std::string_view from, OnJoined on_joined);
    void on_answer(const std::string& key, const redisReply& reply);
    void all_answered();
    void ask_when_last_seen();
    void on_consumers(const redisReply& reply);
    void begin_when_last_seen(const redisReply& time);
    void finish();

    Caller& caller_;
    const Settings& settings_;
    const KeyFinder::Keys& exact_;
    bool looks_back_ = false;
    std::size_t unanswered_ = 0;
    std::vector<Joined> joined_;
    std::optional<Error> error_;
    std::optional<std::chrono::milliseconds> idle_;  ///< since when our consumer was last seen
    OnJoined on_joined_;
};

}  // namespace rialto::redis::streams
