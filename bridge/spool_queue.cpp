#include "bridge/spool_queue.hpp"

#include <algorithm>

#include "core/log.hpp"
#include "core/store/keys.hpp"
#include "core/store/record_io.hpp"

namespace rialto::bridge {
namespace {

constexpr std::uint64_t note_size = 24;  // beside the route's name: time, size, order, and the key

Bytes written(const SpoolQueue::Note& note) {
    Bytes out;
    store::RecordWriter writer(out);
    writer.signed_number(note.at.time_since_epoch().count());
    writer.number(note.size);
    writer.octet(static_cast<std::uint8_t>(note.order));
    writer.text(note.route);
    return out;
}

SpoolQueue::Note note_from(std::string_view record) {
    store::RecordReader reader(record);
    SpoolQueue::Note note;
    note.at = WallTime(std::chrono::milliseconds(reader.signed_number()));
    note.size = reader.number();
    note.order = static_cast<Order>(std::min<std::uint8_t>(reader.octet(), static_cast<std::uint8_t>(Order::none)));
    note.route = reader.text();
    return note;
}

Bytes record_key(std::string_view name) { return store::Key(store::Table::queue_state).text(name).take(); }

}  // namespace

SpoolQueue::SpoolQueue(store::Journal& journal, const std::string& name)
    : journal_(journal), name_(name), queue_(journal, name) {}

SpoolQueue::~SpoolQueue() { journal_.forget(*this); }

Result<void> SpoolQueue::open() {
    const auto record = journal_.store().engine().find(record_key(name_));
    if (record.has_error()) return record.error();
    std::uint64_t begin = 0;
    if (*record) {
        store::RecordReader reader(**record);
        begin = reader.number();
        count_ = reader.number();
        bytes_ = reader.number();
        if (!reader.ok()) return fail(Errc::invalid, "the record of '" + name_ + "' is damaged");
    }
    if (const auto opened = queue_.open(begin); !opened) return opened.error();
    next_ = queue_.begin();
    return {};
}

std::uint64_t SpoolQueue::size_of(const Message& message, const std::string& route) noexcept {
    return store::StoredQueue::size_of(message) + note_size + route.size();
}

void SpoolQueue::append(const Message& message, Note note, Receipt receipt) {
    note.size = size_of(message, note.route);
    queue_.append(message, written(note), std::move(receipt));
    ++count_;
    bytes_ += note.size;
    changed();
}

std::vector<SpoolQueue::Entry> SpoolQueue::read(std::size_t most_messages, std::size_t most_octets) {
    std::vector<Entry> entries;
    auto found = queue_.read(next_, most_messages, most_octets);
    if (found.has_error()) found = queue_.read(next_, 1, 1);  // those before the damaged one are good
    if (found.has_error()) {
        skip_damaged(found.error());
        return entries;
    }
    for (auto& entry : *found) {
        entries.push_back({entry.number, note_from(entry.note), std::move(entry.message)});
        out_.emplace(entry.number, entries.back().note.size);
        next_ = entry.number + 1;
        if (!entries.back().message) {
            erase(entry.number);
            entries.pop_back();
        }
    }
    return entries;
}

/// Reads on one by one until the damaged entry is behind.
void SpoolQueue::skip_damaged(const Error& why) {
    if (why.code != Errc::invalid) return;  // the disk may read it later
    log::error("a message in the spool is damaged and left out",
               {{"spool", name_}, {"number", std::to_string(next_)}, {"error", why.message}});
    ++damaged_;
    out_.emplace(next_, count_ ? bytes_ / count_ : 0);  // nobody knows its size any more
    erase(next_++);
}

std::optional<SpoolQueue::Entry> SpoolQueue::read_again(std::uint64_t number) {
    auto found = queue_.read(number, 1, 1);
    if (found.has_error() || found->empty() || found->front().number != number || !found->front().message) return std::nullopt;
    return Entry{number, note_from(found->front().note), std::move(found->front().message)};
}

void SpoolQueue::erase(std::uint64_t number) {
    const auto found = out_.find(number);
    if (found == out_.end()) return;
    bytes_ -= std::min(bytes_, found->second);
    count_ -= count_ > 0 ? 1 : 0;
    const bool was_first = found == out_.begin();
    out_.erase(found);
    if (was_first) {
        queue_.erase_before(out_.empty() ? next_ : out_.begin()->first);
    } else {
        queue_.erase(number);
    }
    if (count_ == 0) bytes_ = 0;
    changed();
}

void SpoolQueue::put_back(std::uint64_t number) {
    out_.erase(out_.lower_bound(number), out_.end());
    next_ = std::min(next_, number);
}

void SpoolQueue::changed() {
    if (!std::exchange(is_changed_, true)) journal_.ask(*this);
}

void SpoolQueue::write_to(store::Batch& batch) {
    is_changed_ = false;
    Bytes record;
    store::RecordWriter writer(record);
    writer.number(queue_.begin());
    writer.number(count_);
    writer.number(bytes_);
    batch.put(record_key(name_), record);
}

}  // namespace rialto::bridge
