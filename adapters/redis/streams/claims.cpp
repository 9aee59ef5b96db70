#include "adapters/redis/streams/claims.hpp"

#include <algorithm>
#include <utility>

namespace rialto::redis::streams {

Claims::Claims(Shard& shard, Caller& caller, const Settings& settings, StreamSet& streams, Intake& intake, Arrivals& arrivals)
    : shard_(shard),
      caller_(caller),
      settings_(settings),
      streams_(streams),
      intake_(intake),
      arrivals_(arrivals),
      period_(settings.claim_idle / 3),  // a third: one time that is late does no harm
      timer_([this] { on_timer(); }) {}

void Claims::start() {
    can_claim_ = true;
    has_more_ = false;
    unanswered_ = 0;
    shard_.arm(timer_, period_);
}

void Claims::on_timer() {
    shard_.arm(timer_, period_);
    keep_ours();
    if (unanswered_ == 0) take_over();
}

// Only what has been idle for a while: what somebody else took over meanwhile stays theirs.
void Claims::keep_ours() {
    const std::string idle = std::to_string((period_ / 2).count());
    for (const auto& [key, ids] : intake_.take_older_than(shard_.now() - period_)) {
        std::vector<std::string> texts;
        for (const EntryId& id : ids) texts.push_back(id.text());
        std::vector<std::string_view> words{"XCLAIM", key, settings_.group, settings_.consumer, idle};
        words.insert(words.end(), texts.begin(), texts.end());
        words.emplace_back("JUSTID");
        caller_.call(words, [](const redisReply&) {});  // refused, they come twice at worst
    }
}

void Claims::take_over() {
    const std::uint64_t room = intake_.room();
    if (room == 0 || !can_claim_ || streams_.empty()) return;
    has_more_ = false;
    const std::string idle = std::to_string(settings_.claim_idle.count());
    const std::string count = std::to_string(std::clamp<std::uint64_t>(room / streams_.size(), 1, most_at_once));
    for (const auto& [key, stream] : streams_) {
        if (stream.has_own_pending()) continue;  // not all of what is ours is here yet
        ++unanswered_;
        caller_.call({"XAUTOCLAIM", key, settings_.group, settings_.consumer, idle, stream.claim_cursor, "COUNT", count},
                     [this, key = key](const redisReply& reply) { on_claimed(key, reply); });
    }
}

void Claims::on_claimed(const std::string& key, const redisReply& reply) {
    --unanswered_;
    if (is_error(reply)) {
        const std::string_view code = error_code(reply);
        if (code == "NOGROUP" || code == "WRONGTYPE" || is_temporary(reply)) return;  // who reads finds out too
        if (!std::exchange(can_claim_, false)) return;
        log::warn("abandoned entries are not taken over", {{"group", settings_.group}, {"answer", std::string(text_of(reply))}});
        return;
    }
    const auto parts = elements_of(reply);  // the next cursor, entries, and from Redis 7 on the identifiers of deleted ones
    Stream* const stream = streams_.find(key);
    if (parts.size() < 2 || !stream) return;
    stream->claim_cursor = text_of(*parts[0]);
    has_more_ = has_more_ || stream->claim_cursor != "0-0";
    for (const redisReply* const entry : elements_of(*parts[1])) arrivals_.add_claimed(stream->key, *entry);
    if (parts.size() > 2) arrivals_.count_trimmed(elements_of(*parts[2]).size());
    arrivals_.hand_over();
}

}  // namespace rialto::redis::streams
