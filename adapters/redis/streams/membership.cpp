#include "adapters/redis/streams/membership.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "adapters/redis/streams/entry_id.hpp"

namespace rialto::redis::streams {
namespace {

using namespace std::chrono_literals;

/// We were seen at each read, and looked for new streams now and then: what may lie between the two, and the clocks' rounding.
constexpr auto longest_between_reads = 6s;
/// Streams that are asked when we were last there; we read them all at once.
constexpr std::size_t most_witnesses = 16;

}  // namespace

void Membership::join_now(const KeyFinder::Keys& keys, OnJoined on_joined) {
    looks_back_ = true;
    join(keys, "$", std::move(on_joined));
}

void Membership::join_from_beginning(const KeyFinder::Keys& keys, OnJoined on_joined) {
    looks_back_ = false;
    join(keys, "0", std::move(on_joined));
}

void Membership::join(const KeyFinder::Keys& keys, std::string_view from, OnJoined on_joined) {
    on_joined_ = std::move(on_joined);
    joined_.clear();
    error_.reset();
    idle_.reset();
    unanswered_ = keys.size();
    if (keys.empty()) return finish();
    for (const std::string& key : keys) {
        std::vector<std::string_view> words{"XGROUP", "CREATE", key, settings_.group, from};
        if (exact_.contains(key)) words.emplace_back("MKSTREAM");
        caller_.call(words, [this, key](const redisReply& reply) { on_answer(key, reply); });
    }
}

void Membership::on_answer(const std::string& key, const redisReply& reply) {
    const bool was_there = is_error(reply) && error_code(reply) == "BUSYGROUP";
    if (!is_error(reply) || was_there) {
        joined_.push_back({key, was_there});
    } else if (exact_.contains(key) || is_temporary(reply) || is_refusal(reply)) {
        error_ = error_from("joining the group at '" + key + "'", reply);
    }  // else it has gone since it was found
    if (--unanswered_ == 0) all_answered();
}

void Membership::all_answered() {
    const auto was_there = [](const Joined& stream) { return stream.was_there; };
    const bool any_there = std::any_of(joined_.begin(), joined_.end(), was_there);
    const bool any_new = !std::all_of(joined_.begin(), joined_.end(), was_there);
    looks_back_ && any_there && any_new && !error_ ? ask_when_last_seen() : finish();
}

void Membership::ask_when_last_seen() {
    for (const Joined& stream : joined_) {
        if (!stream.was_there || unanswered_ == most_witnesses) continue;
        ++unanswered_;
        caller_.call({"XINFO", "CONSUMERS", stream.key, settings_.group}, [this](const redisReply& reply) { on_consumers(reply); });
    }
    caller_.call({"TIME"}, [this](const redisReply& reply) { begin_when_last_seen(reply); });
}

void Membership::on_consumers(const redisReply& reply) {
    --unanswered_;
    for (const redisReply* const consumer : elements_of(reply)) {  // names and values in turn
        const auto parts = elements_of(*consumer);
        bool is_us = false;
        for (std::size_t at = 0; at + 1 < parts.size(); at += 2) {
            const std::string_view name = text_of(*parts[at]);
            if (name == "name") is_us = text_of(*parts[at + 1]) == settings_.consumer;
            if (name != "idle" || !is_us) continue;
            const std::chrono::milliseconds idle(parts[at + 1]->integer);
            idle_ = idle_ ? std::min(*idle_, idle) : idle;
        }
    }
}

void Membership::begin_when_last_seen(const redisReply& time) {
    const auto parts = elements_of(time);
    if (!idle_ || parts.size() != 2) return finish();
    std::uint64_t seconds = 0;
    const std::string_view text = text_of(*parts[0]);
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    const std::chrono::milliseconds last_seen =
        std::chrono::seconds(seconds) - *idle_ - longest_between_reads - settings_.scan_interval;
    const std::string from = EntryId{static_cast<std::uint64_t>(std::max(0ms, last_seen).count()), 0}.text();
    for (const Joined& stream : joined_) {
        if (stream.was_there) continue;
        ++unanswered_;
        caller_.call({"XGROUP", "SETID", stream.key, settings_.group, from}, [this](const redisReply& reply) {
            if (is_error(reply)) error_ = error_from("joining the group", reply);
            if (--unanswered_ == 0) finish();
        });
    }
}

void Membership::finish() {
    const OnJoined on_joined = std::exchange(on_joined_, nullptr);
    if (error_) return on_joined(*error_);
    on_joined(std::move(joined_));
}

}  // namespace rialto::redis::streams
