#include "core/queues/kept_queue.hpp"

#include "core/store/keys.hpp"
#include "core/store/record_io.hpp"

#include <utility>

namespace rialto {
namespace {

using store::Key;
using store::KeyReader;
using store::RecordReader;
using store::RecordWriter;
using store::StoredQueue;
using store::Table;

// The note beside each message is the size that it counts with, so that sizes are known without reading messages.
Bytes note_of(std::size_t size) {
    Bytes note;
    RecordWriter(note).number(size);
    return note;
}

Result<std::size_t> size_in(std::string_view note) {
    RecordReader in(note);
    const std::uint64_t size = in.number();
    if (!in.is_at_end()) return fail(Errc::invalid, "a stored message of a queue is damaged");
    return static_cast<std::size_t>(size);
}

Result<std::vector<StoredMessages>> find_from(store::Engine& engine, const Bytes& beginning) {
    std::vector<StoredMessages> found;
    Result<void> damage;
    const auto read = engine.read(beginning, store::end_of(beginning), [&](std::string_view key, std::string_view value) {
        const auto name = KeyReader(key).part();
        const auto size = size_in(RecordReader(value).text());
        if (!name) damage = fail(Errc::invalid, "a stored queue's name is damaged");
        if (size.has_error()) damage = size.error();
        if (!damage) return false;
        if (found.empty() || found.back().name != *name) found.push_back({*name});
        ++found.back().count;
        found.back().size += *size;
        return true;
    });
    if (!read) return read.error();
    if (!damage) return damage.error();
    return found;
}

}  // namespace

Result<std::vector<StoredMessages>> find_stored_queues(store::Engine& engine, std::string_view beginning) {
    return find_from(engine, Key(Table::queue).text(beginning).take());
}

Result<StoredMessages> find_stored_queue(store::Engine& engine, std::string_view name) {
    auto found = find_from(engine, Key(Table::queue).part(name).take());
    if (found.has_error()) return found.error();
    return found->empty() ? StoredMessages{std::string(name)} : std::move(found->front());
}

void erase_stored_queue(store::Batch& batch, std::string_view name) {
    const Bytes beginning = Key(Table::queue).part(name).take();
    batch.erase_range(beginning, store::end_of(beginning));
}

KeptQueue::KeptQueue(store::Journal& journal, std::string_view name) : journal_(journal), messages_(journal, name) {}

Result<void> KeptQueue::open(const StoredMessages& found) {
    if (const auto opened = messages_.open(); !opened) return opened.error();
    count_ = later_count_ = found.count;
    later_size_ = found.size;
    loaded_end_ = messages_.begin();
    redelivered_end_ = messages_.end();
    return {};
}

std::uint64_t KeptQueue::put(const Message& message, Receipt receipt) {
    ++count_;
    return messages_.append(message, note_of(StoredQueue::size_of(message)), std::move(receipt));
}

std::uint64_t KeptQueue::append(const Message& message, Receipt receipt) {
    const std::uint64_t number = put(message, std::move(receipt));
    loaded_end_ = number + 1;
    return number;
}

std::uint64_t KeptQueue::append_for_later(const Message& message, Receipt receipt) {
    ++later_count_;
    later_size_ += StoredQueue::size_of(message);
    return put(message, std::move(receipt));
}

void KeptQueue::erase(std::uint64_t number) {
    messages_.erase(number);
    --count_;
}

void KeptQueue::clear() {
    messages_.clear();
    count_ = later_count_ = later_size_ = 0;
    loaded_end_ = left_end_ = messages_.end();
    let_sources_go_on();
}

Result<std::vector<QueueItem>> KeptQueue::load() {
    auto entries = messages_.read(loaded_end_, most_in_memory, most_octets_in_memory);
    if (entries.has_error()) return entries.error();
    std::vector<QueueItem> items;
    for (auto& entry : *entries) {
        const auto size = size_in(entry.note);
        if (size.has_error()) return size.error();
        if (!entry.message) return fail(Errc::invalid, "a stored message of a queue is missing");
        items.push_back({std::move(entry.message), {}, entry.number < redelivered_end_, {}, entry.number});
    }
    // Nothing is taken from what waits before all of it is known to be sound.
    for (const auto& entry : *entries) {
        --later_count_;
        later_size_ -= *size_in(entry.note);
        loaded_end_ = entry.number + 1;
    }
    return items;
}

void KeptQueue::let_sources_go_on() {
    while (!held_back_.empty() && held_back_.front().number < left_end_) {
        HeldBack next = std::move(held_back_.front());
        held_back_.pop_front();
        next.receipt.settle(Outcome::accepted);
    }
}

}  // namespace rialto
