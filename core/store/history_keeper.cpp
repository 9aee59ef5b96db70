#include "core/store/history_keeper.hpp"

#include "core/store/keys.hpp"
#include "core/store/message_record.hpp"
#include "core/store/record_io.hpp"

namespace rialto::store {
namespace {

constexpr std::uint8_t version = 1;

struct Standing {
    bool is_closed;
    std::uint64_t position;
    std::string epoch;
};

Bytes standing_key() { return Key(Table::about).text("history").take(); }

Bytes key_of(std::uint64_t number) { return Key(Table::history).number(number).take(); }

Bytes record_of(const Standing& standing) {
    Bytes out;
    RecordWriter record(out);
    record.octet(version);
    record.octet(standing.is_closed ? 1 : 0);
    record.number(standing.position);
    record.text(standing.epoch);
    return out;
}

Result<std::optional<Standing>> find_standing(Engine& engine) {
    const auto found = engine.find(standing_key());
    if (found.has_error()) return found.error();
    if (!*found) return std::optional<Standing>();
    RecordReader record(**found);
    const bool is_known = record.octet() == version;
    Standing standing{record.octet() == 1, record.number(), std::string(record.text())};
    if (!is_known || !record.is_at_end()) return Error{Errc::invalid, "what is said of it is damaged, or of a newer version"};
    return std::optional(std::move(standing));
}

Result<void> restore_entry(std::string_view key, std::string_view value, History& history, Batch& over) {
    const auto number = KeyReader(key).number();
    RecordReader record(value);
    const bool is_known = record.octet() == version;
    const WallTime seen{std::chrono::milliseconds(record.signed_number())};
    if (!number || !is_known || !record.ok()) return Error{Errc::invalid, "a message's record is damaged, or of a newer version"};
    const auto message = read_record(record.rest());
    if (message.has_error()) return message.error();
    if (!history.restore(*message, {*number, seen})) over.erase(key);
    return {};
}

}  // namespace

void HistoryKeeper::keep(const Message& message, std::span<const std::uint64_t> dropped, Receipt receipt) {
    if (receipt.empty() && journal_.store().is_behind()) {
        is_whole_ = false;
        return;
    }
    Batch& batch = journal_.batch();
    for (const std::uint64_t number : dropped) batch.erase(key_of(number));
    const Stamp stamp = stamp_of(message);
    Bytes out;
    RecordWriter record(out);
    record.octet(version);
    record.signed_number(stamp.seen.time_since_epoch().count());
    append_record(out, message);
    batch.put(key_of(stamp.number), out);
    journal_.settle_when_written(std::move(receipt));
}

void HistoryKeeper::close(const History& history) {
    if (!is_whole_ || !history.is_wanted()) return;
    Batch batch;
    batch.put(standing_key(), record_of({true, history.position(), history.epoch()}));
    journal_.store().commit(std::move(batch), {}, journal_.shard());
}

Result<void> restore_history(Engine& engine, History& history) {
    const auto context = [&] { return "history in '" + engine.place() + "'"; };
    const auto standing = find_standing(engine);
    if (standing.has_error()) return in_context(context(), standing.error());
    if (!*standing && !history.is_wanted()) return {};
    if (*standing) history.continue_after((*standing)->is_closed ? (*standing)->epoch : history.epoch(), (*standing)->position);
    const Bytes from = Key(Table::history).take();
    Batch changes;
    Result<void> damage;
    const auto read = engine.read(from, end_of(from), [&](std::string_view key, std::string_view value) {
        damage = restore_entry(key, value, history, changes);
        return !damage.has_error();
    });
    if (!read) return read.error();
    if (!damage) return in_context(context(), damage.error());
    changes.put(standing_key(), record_of({false, history.position(), history.epoch()}));
    return engine.write({&changes, 1});
}

}  // namespace rialto::store
