#include "adapters/mqtt/sessions.hpp"

#include "adapters/mqtt/peer.hpp"

#include <array>
#include <random>

namespace rialto::mqtt {
namespace {

Counter& dropped(Metrics& metrics, const char* reason) {
    return metrics.counter("rialto_messages_dropped_total", "Messages dropped, by reason",
                           {{"protocol", "mqtt"}, {"reason", reason}});
}

constexpr std::uint32_t for_ever = 0xFFFF'FFFF;

}  // namespace

Counters::Counters(Metrics& metrics)
    : messages_received(metrics.counter("rialto_messages_received_total", "Messages received from clients",
                                        {{"protocol", "mqtt"}})),
      messages_sent(
          metrics.counter("rialto_messages_sent_total", "Messages sent to clients", {{"protocol", "mqtt"}})),
      dropped_offline(dropped(metrics, "offline_queue_full")),
      dropped_backlog(dropped(metrics, "slow_reader")),
      dropped_too_large(dropped(metrics, "too_large")),
      dropped_expired(dropped(metrics, "expired")),
      dropped_queue(dropped(metrics, "queue_full")),
      connected(metrics.gauge("rialto_mqtt_clients_connected", "MQTT clients that are connected")),
      sessions(metrics.gauge("rialto_mqtt_sessions", "MQTT sessions, connected or kept")) {}

Sessions::Sessions(Gateway& gateway, Shard& shard, SessionDirectory& directory)
    : gateway_(gateway), shard_(shard), directory_(directory), counters_(gateway.metrics()) {}

Sessions::~Sessions() = default;

Shard& Sessions::home_of(std::string_view client_id) {
    return gateway_.shard(directory_.claim(client_id, shard_.index()));
}

Sessions::Opened Sessions::open(std::string_view client_id, bool clean_start,
                                std::shared_ptr<const Limits> limits) {
    if (const auto found = sessions_.find(client_id); found != sessions_.end()) {
        Session& session = *found->second;
        // One that was to end with its connection is not there for the next one.
        const bool is_over = clean_start || (session.peer() != nullptr && session.expiry == 0);
        if (Peer* const old = session.peer()) old->taken_over();
        session.end_timer.reset();
        // A will that still has time is forgotten when the client is back, unless its session ends with it.
        const bool will_is_off = session.will && session.will->delay != 0 && !is_over;
        if (will_is_off) session.will.reset();
        session.will_timer.reset();
        publish_will(session);
        if (!is_over) return {session, true};
        remove(session);
    }
    auto session = std::make_unique<Session>(*this, std::string(client_id), std::move(limits));
    Session& opened = *session;
    sessions_.emplace(opened.client_id(), std::move(session));
    counters_.sessions.add(1);
    return {opened, false};
}

void Sessions::left_alone(Session& session) {
    wait_for_client(session, std::chrono::seconds(0));
}

void Sessions::wait_for_client(Session& session, std::chrono::seconds gone_for) {
    const std::chrono::seconds expiry(session.expiry);
    const bool ends_now = session.expiry != for_ever && expiry <= gone_for;
    if (session.will) {
        const std::chrono::seconds delay(session.will->delay);
        if (ends_now || delay <= gone_for) {
            publish_will(session);
        } else if (delay < expiry) {
            session.will_timer = std::make_unique<Timer>([this, &session] { publish_will(session); });
            shard_.arm(*session.will_timer, delay - gone_for);
        }
    }
    if (ends_now) return end(session);
    if (gone_for == std::chrono::seconds(0)) session.keep();
    if (session.expiry == for_ever) return;
    session.end_timer = std::make_unique<Timer>([this, &session] { end(session); });
    shard_.arm(*session.end_timer, expiry - gone_for);
}

Result<void> Sessions::restore(FoundSession& found) {
    auto limits = std::make_shared<Limits>();  // until the client comes by a listener that has its own
    limits->max_queued = found.record.max_queued;
    const auto left_at = found.record.left_at;
    auto session = std::make_unique<Session>(*this, found.client_id, std::move(limits));
    if (const auto restored = session->restore(found); !restored) return restored.error();
    Session& back = *session;
    sessions_.emplace(back.client_id(), std::move(session));
    counters_.sessions.add(1);
    // A client that was connected when the gateway ended is gone from now on.
    const auto gone_for = std::chrono::duration_cast<std::chrono::seconds>(left_at ? wall_now() - *left_at : std::chrono::seconds(0));
    shard_.post([this, &back, gone_for] { wait_for_client(back, std::max(gone_for, std::chrono::seconds(0))); });
    return {};
}

Session* Sessions::find(std::string_view client_id) {
    const auto found = sessions_.find(client_id);
    return found == sessions_.end() ? nullptr : found->second.get();
}

void Sessions::publish_will(Session& session) {
    const auto will = std::move(session.will);
    if (will && session.peer() == nullptr) session.keep();
    if (will) shard_.bus().publish(will->make_message(session.number()), Receipt{});
}

void Sessions::end(Session& session) {
    const std::string client_id(session.client_id());
    remove(session);
    directory_.release(client_id);  // last, so that no second session is made elsewhere while this one is there
}

void Sessions::remove(Session& session) {
    publish_will(session);  // at the latest now [MQTT-3.1.3-9]
    session.end();
    const auto found = sessions_.find(session.client_id());
    const auto owned = std::move(found->second);  // outlives its key
    sessions_.erase(found);
    counters_.sessions.add(-1);
}

std::string Sessions::invent_client_id() {
    constexpr std::string_view alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
    static thread_local std::mt19937_64 random{std::random_device{}()};
    for (;;) {
        std::string id = "auto-";
        for (int i = 0; i < 18; ++i) id += alphabet[random() % alphabet.size()];
        if (&home_of(id) == &shard_ && !sessions_.contains(id)) return id;
    }
}

}  // namespace rialto::mqtt
