#include "adapters/mqtt/kept_session.hpp"

#include "core/store/keys.hpp"
#include "core/store/record_io.hpp"

#include <limits>
#include <map>

namespace rialto::mqtt {
namespace {

using store::Key;
using store::KeyReader;
using store::RecordReader;
using store::RecordWriter;
using store::Table;

constexpr std::size_t most_loaded_octets = 256 * 1024;

// How an entry begins: the QoS in the two lowest bits.
constexpr std::uint8_t retain_bit = 0x04;
constexpr std::uint8_t released_bit = 0x08;

Bytes note_of(const Outgoing& outgoing, bool is_released) {
    Bytes note;
    RecordWriter out(note);
    out.octet(static_cast<std::uint8_t>(static_cast<std::uint8_t>(outgoing.qos) | (outgoing.retain ? retain_bit : 0) |
                                        (is_released ? released_bit : 0)));
    out.number(outgoing.ids().size());
    for (const std::uint32_t identifier : outgoing.ids()) out.number(identifier);
    if (outgoing.shared != nullptr) note += outgoing.shared->full_text();
    return note;
}

bool read_note(std::string_view note, KeptSession::Loaded& to) {
    RecordReader in(note);
    const std::uint8_t flags = in.octet();
    to.outgoing.qos = static_cast<Qos>(flags & 0x03);
    to.outgoing.retain = (flags & retain_bit) != 0;
    if (flags & released_bit) to.outgoing.state = Outgoing::State::released;
    if (const auto count = in.number(); count != 0 && in.ok()) {
        to.outgoing.identifiers = std::make_unique<std::vector<std::uint32_t>>();
        for (auto left = count; left != 0 && in.ok(); --left) {
            to.outgoing.identifiers->push_back(static_cast<std::uint32_t>(in.number()));
        }
    }
    to.shared = in.rest();
    return in.ok() && (flags & 0x03) != 0 && (flags & 0x03) != 0x03;
}

void write_will(RecordWriter& out, const StoredWill* will) {
    out.octet(will != nullptr);
    if (will == nullptr) return;
    out.text(will->topic);
    out.text(will->payload);
    out.text(will->properties);
    out.octet(static_cast<std::uint8_t>(will->qos));
    out.octet(will->retain);
    out.number(will->delay);
}

Result<SessionRecord> read_session(std::string_view text) {
    RecordReader in(text);
    SessionRecord record;
    record.expiry = static_cast<std::uint32_t>(in.number());
    if (const auto left = in.signed_number(); left != 0) record.left_at = WallTime(std::chrono::milliseconds(left));
    record.max_queued = static_cast<std::size_t>(in.number());
    record.sent_end = in.number();
    if (in.octet() != 0) {
        const auto topic = in.text();
        const auto payload = in.text();
        const auto properties = in.text();
        record.will = std::make_unique<StoredWill>(topic, payload, properties);
        record.will->qos = static_cast<Qos>(in.octet() & 0x03);
        record.will->retain = in.octet() != 0;
        record.will->delay = static_cast<std::uint32_t>(in.number());
        if (!check_topic(topic)) return fail(Errc::invalid, "a stored will has no topic");
    }
    if (!in.is_at_end()) return fail(Errc::invalid, "a stored session is damaged");
    return record;
}

Bytes options_record(const SubscriptionOptions& options) {
    Bytes record;
    RecordWriter out(record);
    out.octet(static_cast<std::uint8_t>(options.max_qos));
    out.octet(options.no_local);
    out.octet(options.retain_as_published);
    out.number(options.identifier);
    return record;
}

Result<FoundSession::Subscribed> read_subscription(std::string_view filter, std::string_view record) {
    auto parsed = TopicFilter::parse(filter);
    if (parsed.has_error()) return in_context("a stored subscription", parsed.error());
    RecordReader in(record);
    SubscriptionOptions options;
    options.max_qos = static_cast<Qos>(in.octet() & 0x03);
    options.no_local = in.octet() != 0;
    options.retain_as_published = in.octet() != 0;
    options.identifier = static_cast<std::uint32_t>(in.number());
    if (!in.is_at_end()) return fail(Errc::invalid, "a stored subscription is damaged");
    return FoundSession::Subscribed{*std::move(parsed), options};
}

Bytes session_key(std::string_view client_id) { return Key(Table::mqtt_session).text(client_id).take(); }
Bytes subscriptions_of(std::string_view client_id) { return Key(Table::mqtt_subscription).part(client_id).take(); }
Bytes received_of(std::string_view client_id) { return Key(Table::mqtt_received).part(client_id).take(); }
Bytes received_key(std::string_view client_id, PacketId id) {
    return Key(Table::mqtt_received).part(client_id).number(id).take();
}

/// Reads all of one table; `take(key reader, value)` says what is wrong.
template <typename Take>
Result<void> read_table(store::Engine& engine, Table table, Take take) {
    const Bytes from = Key(table).take();
    Result<void> taken;
    const auto read = engine.read(from, store::end_of(from), [&](std::string_view key, std::string_view value) {
        KeyReader reader(key);
        taken = take(reader, value);
        return taken.has_value();
    });
    return read ? taken : read;
}

}  // namespace

KeptSession::KeptSession(store::Journal& journal, std::string client_id)
    : journal_(journal), client_id_(std::move(client_id)), messages_(journal, "mqtt/" + client_id_) {}

void KeptSession::write(std::uint32_t expiry, std::size_t max_queued, const StoredWill* will) {
    Bytes record;
    RecordWriter out(record);
    out.number(expiry);
    out.signed_number(left_at ? left_at->time_since_epoch().count() : 0);
    out.number(max_queued);
    out.number(sent_end);
    write_will(out, will);
    journal_.batch().put(session_key(client_id_), record);
}

void KeptSession::add(const TopicFilter& filter, const SubscriptionOptions& options) {
    journal_.batch().put(subscriptions_of(client_id_) + filter.full_text(), options_record(options));
}

void KeptSession::remove(const TopicFilter& filter) {
    journal_.batch().erase(subscriptions_of(client_id_) + filter.full_text());
}

void KeptSession::add(PacketId id, std::function<void()> done) {
    journal_.batch().put(received_key(client_id_, id), {});
    journal_.call_when_written(std::move(done));
}

void KeptSession::remove(PacketId id) {
    journal_.batch().erase(received_key(client_id_, id));
}

void KeptSession::append(Outgoing& outgoing, Receipt receipt) {
    outgoing.number = messages_.append(*outgoing.message, note_of(outgoing, false), std::move(receipt));
}

void KeptSession::release(const Outgoing& outgoing) { messages_.change(outgoing.number, note_of(outgoing, true)); }

void KeptSession::erase(const Outgoing& outgoing) { messages_.erase(outgoing.number); }

Result<std::vector<KeptSession::Loaded>> KeptSession::load() {
    auto entries = messages_.read(loaded_end, most_in_memory, most_loaded_octets);
    if (entries.has_error()) return entries.error();
    std::vector<Loaded> loaded;
    for (auto& entry : *entries) {
        Loaded& one = loaded.emplace_back();
        const bool is_sound = read_note(entry.note, one) &&
                              (entry.message != nullptr) == (one.outgoing.state != Outgoing::State::released);
        if (!is_sound) return fail(Errc::invalid, "a stored message of a session is damaged");
        one.outgoing.message = std::move(entry.message);
        one.outgoing.number = entry.number;
        one.outgoing.is_repeat = entry.number < repeated_end_;
        loaded_end = entry.number + 1;
    }
    return loaded;
}

bool KeptSession::is_safe(const Outgoing& outgoing) {
    return outgoing.qos != Qos::exactly_once || outgoing.number < messages_.readable_end();
}

void KeptSession::forget() {
    store::Batch& batch = journal_.batch();
    batch.erase(session_key(client_id_));
    const auto erase_all = [&](const Bytes& beginning) { batch.erase_range(beginning, store::end_of(beginning)); };
    erase_all(subscriptions_of(client_id_));
    erase_all(received_of(client_id_));
    messages_.clear();
}

Result<void> KeptSession::open(const SessionRecord& record, std::size_t most_in_flight) {
    const auto opened = messages_.open();
    loaded_end = sent_end = messages_.begin();
    left_at = record.left_at;
    repeated_end_ = left_at ? record.sent_end : messages_.begin() + most_in_flight;
    return opened;
}

Result<std::vector<FoundSession>> find_sessions(store::Engine& engine) {
    std::map<std::string, FoundSession, std::less<>> found;
    const auto sessions = read_table(engine, Table::mqtt_session, [&](KeyReader& key, std::string_view value) -> Result<void> {
        auto record = read_session(value);
        if (record.has_error()) return record.error();
        const std::string client_id(key.text());
        found[client_id] = {client_id, *std::move(record), {}, {}};
        return {};
    });
    if (!sessions) return sessions.error();
    const auto subscriptions =
        read_table(engine, Table::mqtt_subscription, [&](KeyReader& key, std::string_view value) -> Result<void> {
            const auto owner = found.find(key.part().value_or(""));
            if (owner == found.end()) return fail(Errc::invalid, "a stored subscription has no session");
            auto subscribed = read_subscription(key.text(), value);
            if (subscribed.has_error()) return subscribed.error();
            owner->second.subscriptions.push_back(*std::move(subscribed));
            return {};
        });
    if (!subscriptions) return subscriptions.error();
    const auto received = read_table(engine, Table::mqtt_received, [&](KeyReader& key, std::string_view) -> Result<void> {
        const auto owner = found.find(key.part().value_or(""));
        const auto id = key.number();
        if (owner == found.end() || !id || *id > SendWindow::id_count) return fail(Errc::invalid, "a stored packet identifier is damaged");
        owner->second.received.push_back(static_cast<PacketId>(*id));
        return {};
    });
    if (!received) return received.error();
    std::vector<FoundSession> all;
    for (auto& [client_id, session] : found) all.push_back(std::move(session));
    return all;
}

}  // namespace rialto::mqtt
