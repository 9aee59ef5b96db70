#include "core/history/history.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "core/filter_sets.hpp"

namespace rialto {
namespace {

std::string random_epoch() {
    static constexpr char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
    std::random_device random;
    std::string text = "E";
    for (int i = 0; i < 7; ++i) text += letters[random() % 32];
    return text;
}

}  // namespace

History::History() : epoch_(random_epoch()) {}

void History::configure(std::vector<HistoryRule> rules) {
    const std::lock_guard lock(mutex_);
    // What is published from here on is kept by the new rules; earlier numbers may be of messages that nobody kept.
    position_ = std::max(position_, last_number());
    std::vector<Ring> old = std::exchange(rings_, {});
    for (HistoryRule& rule : rules) rings_.push_back({std::move(rule), {}, 0, position_});
    for (Ring& ring : old) {
        const auto same = std::find_if(rings_.begin(), rings_.end(), [&](const Ring& r) { return r.rule.topic == ring.rule.topic; });
        if (same == rings_.end()) {
            for (const Entry& entry : ring.entries) forgotten_.push_back(entry.stamp.number);
            continue;
        }
        same->entries = std::move(ring.entries);
        same->bytes = ring.bytes;
        same->dropped_through = ring.dropped_through;
    }
    // A rule that has moved before another one may have taken topics from it.
    for (std::size_t i = 1; i < rings_.size(); ++i) {
        const auto earlier = std::span(rings_).first(i);
        const bool may_have_lost = std::any_of(earlier.begin(), earlier.end(), [&](const Ring& r) { return meet(r.rule.topic, rings_[i].rule.topic); });
        if (!may_have_lost) continue;
        std::erase_if(rings_[i].entries, [&](const Entry& entry) {
            if (ring_of(entry.message->topic()) == &rings_[i]) return false;
            forgotten_.push_back(entry.stamp.number);
            rings_[i].bytes -= entry.message->size();
            rings_[i].dropped_through = std::max(rings_[i].dropped_through, entry.stamp.number);
            return true;
        });
    }
}

bool History::is_wanted() const {
    const std::lock_guard lock(mutex_);
    return !rings_.empty();
}

bool History::covers(std::string_view topic) const {
    const std::lock_guard lock(mutex_);
    return std::any_of(rings_.begin(), rings_.end(), [&](const Ring& ring) { return ring.rule.topic.matches(topic); });
}

History::Ring* History::ring_of(std::string_view topic) {
    const auto found = std::find_if(rings_.begin(), rings_.end(), [&](const Ring& ring) { return ring.rule.topic.matches(topic); });
    return found == rings_.end() ? nullptr : &*found;
}

MessagePtr History::append(const MessagePtr& message, std::vector<std::uint64_t>& dropped) {
    const std::lock_guard lock(mutex_);
    dropped.insert(dropped.end(), forgotten_.begin(), forgotten_.end());
    forgotten_.clear();
    Ring* const ring = ring_of(message->topic());
    if (!ring) return message;  // the rules have changed meanwhile
    MessagePtr kept = message;
    Stamp stamp = stamp_of(*kept);
    if (stamp.number <= position_) {
        kept = Message::rewrite(*message, message->topic(), message->traits(),
                                message->has_properties() ? std::make_unique<Properties>(message->properties()) : nullptr);
        stamp = stamp_of(*kept);
    }
    position_ = stamp.number;
    ring->entries.push_back({kept, stamp});
    ring->bytes += kept->size();
    trim(*ring, stamp.seen, dropped);
    return kept;
}

void History::trim(Ring& ring, WallTime now, std::vector<std::uint64_t>& dropped) {
    while (!ring.entries.empty() && (ring.entries.size() > ring.rule.messages || ring.bytes > ring.rule.bytes ||
                                     is_too_old(ring, ring.entries.front(), now))) {
        const Entry& oldest = ring.entries.front();
        ring.bytes -= oldest.message->size();
        ring.dropped_through = oldest.stamp.number;
        dropped.push_back(oldest.stamp.number);
        ring.entries.pop_front();
    }
}

bool History::is_too_old(const Ring& ring, const Entry& entry, WallTime now) {
    return ring.rule.age.count() > 0 && entry.stamp.seen + ring.rule.age <= now;
}

bool History::restore(const MessagePtr& message, const Stamp& stamp) {
    const std::lock_guard lock(mutex_);
    Ring* const ring = ring_of(message->topic());
    if (!ring || is_too_old(*ring, {message, stamp}, wall_now())) return false;
    restore_stamp(*message, stamp);
    if (ring->entries.empty()) ring->dropped_through = stamp.number - 1;  // earlier ones may have been there
    ring->entries.push_back({message, stamp});
    ring->bytes += message->size();
    trim(*ring, stamp.seen, forgotten_);
    position_ = std::max(position_, stamp.number);
    continue_numbers_after(position_);
    return true;
}

void History::continue_after(std::string epoch, std::uint64_t position) {
    const std::lock_guard lock(mutex_);
    epoch_ = std::move(epoch);
    position_ = position;
    continue_numbers_after(position);
    for (Ring& ring : rings_) ring.dropped_through = position;
}

Past History::since(const TopicFilter& filter, const Cursor& cursor) const {
    const std::lock_guard lock(mutex_);
    const WallTime now = wall_now();
    Past past{{}, position_, false};
    if (cursor.epoch != epoch_ || cursor.number > position_) return past;
    std::vector<Entry> found;
    for (const Ring& ring : rings_) {
        if (!meet(ring.rule.topic, filter)) continue;
        past.is_whole = past.is_whole || rialto::covers(ring.rule.topic, filter);
    }
    for (const Ring& ring : rings_) {
        if (!meet(ring.rule.topic, filter)) continue;
        if (ring.dropped_through > cursor.number) past.is_whole = false;
        const auto first = std::upper_bound(ring.entries.begin(), ring.entries.end(), cursor.number,
                                            [](std::uint64_t number, const Entry& entry) { return number < entry.stamp.number; });
        for (auto entry = first; entry != ring.entries.end(); ++entry) {
            if (!filter.matches(entry->message->topic()) || entry->message->is_expired(now)) continue;
            is_too_old(ring, *entry, now) ? static_cast<void>(past.is_whole = false) : found.push_back(*entry);
        }
    }
    std::sort(found.begin(), found.end(), [](const Entry& a, const Entry& b) { return a.stamp.number < b.stamp.number; });
    for (Entry& entry : found) past.messages.push_back(std::move(entry.message));
    return past;
}

Past History::newest(std::span<const TopicFilter> filters, std::size_t count, std::uint64_t before) const {
    const std::lock_guard lock(mutex_);
    const WallTime now = wall_now();
    std::vector<Entry> found;
    for (const Ring& ring : rings_) {
        std::size_t taken = 0;
        for (auto entry = ring.entries.rbegin(); entry != ring.entries.rend() && taken < count; ++entry) {
            if (is_too_old(ring, *entry, now)) break;
            if (entry->stamp.number >= before || entry->message->is_expired(now)) continue;
            const auto wanted = [&](const TopicFilter& filter) { return filter.matches(entry->message->topic()); };
            if (std::none_of(filters.begin(), filters.end(), wanted)) continue;
            found.push_back(*entry);
            ++taken;
        }
    }
    std::sort(found.begin(), found.end(), [](const Entry& a, const Entry& b) { return a.stamp.number < b.stamp.number; });
    Past past{{}, position_, false};
    const std::size_t surplus = found.size() > count ? found.size() - count : 0;
    for (auto entry = found.begin() + static_cast<std::ptrdiff_t>(surplus); entry != found.end(); ++entry) {
        past.messages.push_back(std::move(entry->message));
    }
    return past;
}

std::uint64_t History::position() const {
    const std::lock_guard lock(mutex_);
    return position_;
}

std::string History::epoch() const {
    const std::lock_guard lock(mutex_);
    return epoch_;
}

std::size_t History::size() const {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const Ring& ring : rings_) count += ring.entries.size();
    return count;
}

}  // namespace rialto
