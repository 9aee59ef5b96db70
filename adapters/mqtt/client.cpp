#include "adapters/mqtt/client.hpp"

#include "core/gateway.hpp"
#include "core/log.hpp"

#include <utility>

namespace rialto::mqtt {
namespace asio = boost::asio;

namespace {

Intake::Counters intake_counters(Metrics& metrics, const std::string& backend) {
    const auto counter = [&](const char* name, const char* help) -> Counter& {
        return metrics.counter(name, help, {{"backend", backend}});
    };
    return {counter("rialto_mqtt_backend_unwanted_total", "Messages acknowledged and dropped: no route asks for them"),
            counter("rialto_backend_unmappable_total", "Messages dropped because their address is no topic"),
            counter("rialto_mqtt_backend_dropped_qos0_total", "QoS 0 messages dropped: more than we hold")};
}

Outflow::Counters outflow_counters(Metrics& metrics, const std::string& backend) {
    const auto counter = [&](const char* name, const char* help) -> Counter& {
        return metrics.counter(name, help, {{"backend", backend}});
    };
    return {counter("rialto_mqtt_backend_too_large_total", "Messages larger than the broker takes"),
            counter("rialto_mqtt_backend_unsendable_total", "Messages whose topic has control characters"),
            counter("rialto_mqtt_backend_expired_total", "Messages whose time was over before they could be sent"),
            counter("rialto_mqtt_backend_lost_retain_total", "Messages sent without their retain flag")};
}

}  // namespace

Abilities abilities_of(const ClientSettings& settings, Version version) {
    const bool v5 = version == Version::v5;
    const bool acknowledges = settings.qos != Qos::at_most_once;
    return {.reads = true,
            .writes = true,
            .holds_unsettled = acknowledges,
            .confirms = acknowledges,
            .carries = v5 ? FieldSet::all() : FieldSet{Field::retain},
            .suppresses_echo = v5,
            .keeps_retained = true,
            .weakest_reading = acknowledges ? "" : "it reads at QoS 0",
            .weakest_writing = acknowledges ? "" : "it writes at QoS 0"};
}

Client::Client(Gateway& gateway, Shard& shard, ClientSettings settings)
    : shard_(shard),
      settings_(std::move(settings)),
      intake_(shard, settings_, intake_counters(gateway.metrics(), settings_.backend)),
      outflow_(settings_, outflow_counters(gateway.metrics(), settings_.backend)),
      abilities_(abilities_of(settings_, settings_.version.value_or(Version::v5))) {}

Client::~Client() {
    if (peer_) peer_->leave();
}

asio::awaitable<Result<void>> Client::open_source(Inlet& inlet) {
    ++openings_;
    intake_.open(inlet);
    Result<void> result = co_await ensure_connected();
    if (result) result = co_await subscribe();
    --openings_;
    if (result) {
        inlet_ = &inlet;
    } else {
        intake_.close();
        leave_if_unused();
    }
    co_return result;
}

void Client::close_source() {
    inlet_ = nullptr;
    intake_.close();
    leave_if_unused();
}

asio::awaitable<Result<void>> Client::open_sink(SinkWatcher& watcher) {
    ++openings_;
    const Result<void> result = co_await ensure_connected();
    --openings_;
    if (result) watcher_ = &watcher;
    co_return result;
}

void Client::close_sink() {
    watcher_ = nullptr;
    outflow_.release_all();
    leave_if_unused();
}

asio::awaitable<Result<void>> Client::ensure_connected() {
    if (is_connected_) co_return Result<void>();
    if (is_connecting_) {
        Answer<void> joined(shard_.io());
        joining_.push_back(&joined);
        co_return co_await joined.wait(std::chrono::hours(1), "nobody finished connecting");  // connect() is bounded
    }
    is_connecting_ = true;
    const Result<void> result = co_await connect();
    is_connecting_ = false;
    for (Answer<void>* const joined : std::exchange(joining_, {})) joined->give(result);
    co_return result;
}

asio::awaitable<Result<void>> Client::connect() {
    if (settings_.version) co_return co_await connect_as(*settings_.version);
    is_version_refused_ = false;
    const Result<void> modern = co_await connect_as(Version::v5);
    if (modern || !is_version_refused_) co_return modern;
    log::info("backend speaks MQTT 3.1.1", {{"backend", settings_.backend}});
    co_return co_await connect_as(Version::v311);
}

asio::awaitable<Result<void>> Client::connect_as(Version version) {
    Answer<ServerLimits> connack(shard_.io());
    const auto open_session = [&](Wire& wire) {
        auto peer = std::make_unique<ClientPeer>(*this, version, wire, connack);
        peer_ = peer.get();
        return peer;
    };
    if (auto dialled = co_await dial(shard_, settings_.dialing, open_session); !dialled) co_return dialled.error();
    const std::string broker = "MQTT broker " + settings_.dialing.address.text();
    const Result<ServerLimits> answered = co_await connack.wait(settings_.dialing.within, "no CONNACK from " + broker);
    if (!answered) {
        if (peer_) std::exchange(peer_, nullptr)->leave();
        co_return answered.error();
    }
    if (!is_connected_) co_return fail(Errc::unreachable, "the connection to " + broker + " is gone");
    co_return Result<void>();
}

void Client::connected(const ServerLimits& limits) {
    is_connected_ = true;
    limits_ = limits;
    abilities_ = abilities_of(settings_, peer_->version());
    if (!limits.session_present) {
        subscribed_.clear();
        intake_.forget_session();
    }
    const bool has_identifiers = peer_->version() == Version::v5 && limits.subscription_identifiers_available;
    intake_.attach(*peer_, has_identifiers ? SubscriptionPlan::Copies::by_identifier : SubscriptionPlan::Copies::joined);
    outflow_.attach(*peer_, limits);
}

// At 3.1.1 every SUBSCRIBE brings all retained messages anew, and a session that the broker has kept needs none.
SubscriptionChange Client::needed_change() const {
    SubscriptionChange change;
    change.obsolete = {subscribed_.begin(), subscribed_.end()};
    for (const SubscriptionPlan::Entry& entry : intake_.plan().entries()) {
        const bool is_known = std::erase(change.obsolete, entry.filter.full_text()) != 0;
        if (!is_known || peer_->version() == Version::v5) change.wanted.push_back(entry);
    }
    return change;
}

asio::awaitable<Result<void>> Client::subscribe() {
    if (!is_connected_) co_return fail(Errc::unreachable, "the connection is gone");
    const SubscriptionChange change = needed_change();
    Answer<void> suback(shard_.io());
    peer_->subscribe(change, suback);
    const Result<void> result = co_await suback.wait(settings_.dialing.within, "the broker did not confirm a subscription");
    if (peer_) peer_->forget_suback();
    if (!result) co_return result;
    if (!is_connected_) co_return fail(Errc::unreachable, "the connection is gone");
    for (const std::string& filter : change.obsolete) subscribed_.erase(filter);
    for (const SubscriptionPlan::Entry& entry : change.wanted) subscribed_.insert(entry.filter.full_text());
    co_return result;
}

void Client::lost(const Error& why) {
    const bool was_connected = std::exchange(is_connected_, false);
    peer_ = nullptr;
    if (!was_connected) return;  // whoever connects hears it from there
    detach();
    if (SinkWatcher* const watcher = std::exchange(watcher_, nullptr)) watcher->lost(why);
    if (Inlet* const inlet = std::exchange(inlet_, nullptr)) {
        intake_.close();
        inlet->lost(why);
    }
}

void Client::stopped() noexcept {
    peer_ = nullptr;
    if (std::exchange(is_connected_, false)) detach();
}

void Client::leave_if_unused() {
    if (inlet_ || watcher_ || openings_ != 0 || !peer_) return;
    std::exchange(peer_, nullptr)->leave();
    if (std::exchange(is_connected_, false)) detach();
}

void Client::detach() noexcept {
    intake_.detach();
    outflow_.detach();
}

}  // namespace rialto::mqtt
