#include "core/store/stored_queue.hpp"

#include <algorithm>

#include "core/store/keys.hpp"
#include "core/store/message_record.hpp"
#include "core/store/record_io.hpp"

namespace rialto::store {
namespace {

constexpr std::size_t most_marks = 16;  // then it is time to look which are written
constexpr std::size_t worth_a_range = 32;  // erasing a range costs more than erasing a few keys

std::optional<std::uint64_t> number_in(std::string_view key, std::size_t beginning) {
    return KeyReader(key.substr(beginning - 1)).number();
}

}  // namespace

StoredQueue::StoredQueue(Journal& journal, std::string_view name)
    : journal_(journal), beginning_(Key(Table::queue).part(name).take()) {}

Bytes StoredQueue::key_of(std::uint64_t number) const {
    Bytes key = beginning_;
    append_number(key, number);
    return key;
}

Result<void> StoredQueue::open(std::uint64_t not_before) {
    Engine& engine = journal_.store().engine();
    const Bytes from = key_of(not_before);
    const Bytes to = end_of(beginning_);
    std::optional<std::uint64_t> first;
    const auto read = engine.read(from, to, [&](std::string_view key, std::string_view) {
        first = number_in(key, beginning_.size());
        return false;
    });
    if (!read) return read.error();
    if (!first) {
        begin_ = end_ = readable_end_ = std::max<std::uint64_t>(not_before, 1);
        return {};
    }
    const auto last = engine.last_key(from, to);
    if (last.has_error()) return last.error();
    begin_ = *first;
    end_ = number_in(**last, beginning_.size()).value_or(*first) + 1;
    readable_end_ = end_;
    return {};
}

std::uint64_t StoredQueue::append(const Message& message, std::string_view note, Receipt receipt) {
    const std::uint64_t number = end_++;
    journal_.batch().put_made(key_of(number), [&](Bytes& value) {
        RecordWriter(value).text(note);
        append_record(value, message);
    });
    journal_.settle_when_written(std::move(receipt));
    if (marks_.size() >= most_marks) readable_end();
    if (marks_.empty() || marks_.back().turn != journal_.turn()) {
        marks_.push_back({journal_.turn(), end_});
    } else {
        marks_.back().end = end_;
    }
    return number;
}

void StoredQueue::change(std::uint64_t number, std::string_view note) {
    Bytes value;
    RecordWriter(value).text(note);
    journal_.batch().put(key_of(number), value);
}

void StoredQueue::erase(std::uint64_t number) {
    journal_.batch().erase(key_of(number));
    if (number == begin_) ++begin_;
}

void StoredQueue::erase_before(std::uint64_t number) {
    if (number <= begin_) return;
    if (number - begin_ >= worth_a_range) {
        journal_.batch().erase_range(key_of(begin_), key_of(number));
    } else {
        for (std::uint64_t at = begin_; at != number; ++at) journal_.batch().erase(key_of(at));
    }
    begin_ = number;
}

std::uint64_t StoredQueue::readable_end() {
    const auto is_written = [this](const Mark& mark) { return mark.turn <= journal_.written(); };
    const auto first_open = std::find_if_not(marks_.begin(), marks_.end(), is_written);
    if (first_open != marks_.begin()) readable_end_ = std::prev(first_open)->end;
    marks_.erase(marks_.begin(), first_open);
    return readable_end_;
}

Result<std::vector<StoredQueue::Entry>> StoredQueue::read(std::uint64_t from, std::size_t most_messages,
                                                          std::size_t most_octets) {
    std::vector<Entry> entries;
    const std::uint64_t first = std::max(from, begin_);
    const std::uint64_t end = readable_end();
    if (first >= end) return entries;
    std::size_t octets = 0;
    Result<void> damage;
    const auto read = journal_.store().engine().read(key_of(first), key_of(end), [&](std::string_view key, std::string_view value) {
        octets += value.size();
        if (!entries.empty() && (entries.size() >= most_messages || octets > most_octets)) return false;
        RecordReader reader(value);
        Entry entry{number_in(key, beginning_.size()).value_or(0), Bytes(reader.text()), nullptr};
        const auto record = reader.rest();
        if (!reader.ok()) damage = fail(Errc::invalid, "a stored entry has no end");
        if (!reader.ok()) return false;
        if (!record.empty()) {
            auto message = read_record(record);
            if (message.has_error()) damage = message.error();
            if (message.has_error()) return false;
            entry.message = *std::move(message);
        }
        entries.push_back(std::move(entry));
        return true;
    });
    if (!read) return read.error();
    if (!damage) return damage.error();
    return entries;
}

std::size_t StoredQueue::size_of(const Message& message) {
    return 16 + message.size() - sizeof(Message);
}

}  // namespace rialto::store
