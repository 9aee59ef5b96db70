#include "adapters/redis/streams/reader.hpp"

#include <algorithm>
#include <utility>

namespace rialto::redis::streams {

Reader::Reader(Caller& caller, const Settings& settings, StreamSet& streams, Arrivals& arrivals, std::chrono::milliseconds wait,
               Events events)
    : caller_(caller),
      settings_(settings),
      streams_(streams),
      arrivals_(arrivals),
      wait_(std::to_string(wait.count())),
      events_(std::move(events)) {}

void Reader::read(std::uint64_t count) {
    const bool own_first = streams_.any_own_pending();
    std::vector<std::string_view> keys;
    std::vector<std::string_view> cursors;
    for (const auto& [key, stream] : streams_) {
        if (own_first && !stream.has_own_pending()) continue;
        keys.push_back(key);
        cursors.push_back(stream.cursor);
    }
    // COUNT is for each stream; what comes beyond the credit waits in the intake.
    const std::string each = std::to_string(std::clamp<std::uint64_t>(count / keys.size(), 1, most_at_once));
    std::vector<std::string_view> words{"XREADGROUP", "GROUP", settings_.group, settings_.consumer, "COUNT", each};
    if (!own_first) words.insert(words.end(), {"BLOCK", wait_});
    words.emplace_back("STREAMS");
    words.insert(words.end(), keys.begin(), keys.end());
    words.insert(words.end(), cursors.begin(), cursors.end());
    is_reading_ = true;
    caller_.call(words, [this](const redisReply& reply) { on_reply(reply); });
}

void Reader::on_reply(const redisReply& reply) {
    is_reading_ = false;
    if (is_error(reply)) {
        const std::string_view code = error_code(reply);
        if (code == "NOGROUP" || code == "UNBLOCKED" || code == "WRONGTYPE") return events_.keys_gone();
        return caller_.abort("reading streams", reply);
    }
    for (const redisReply* const stream : elements_of(reply)) take_stream(*stream);  // none: the wait was over
    arrivals_.hand_over();
    events_.done();
}

void Reader::take_stream(const redisReply& reply) {
    const auto parts = elements_of(reply);
    if (parts.size() != 2) return;
    Stream* const stream = streams_.find(text_of(*parts[0]));
    // A stream that is not wanted any more gave this before that was known.
    const auto key = stream ? stream->key : std::make_shared<const std::string>(text_of(*parts[0]));
    const auto entries = elements_of(*parts[1]);
    for (const redisReply* const entry : entries) arrivals_.add(key, *entry);
    if (!stream || !stream->has_own_pending()) return;
    const auto last = entries.empty() ? std::span<redisReply* const>() : elements_of(*entries.back());
    stream->cursor = last.empty() ? std::string(Stream::newest) : std::string(text_of(*last[0]));
}

}  // namespace rialto::redis::streams
