#include "adapters/mqtt/client.hpp"
#include "adapters/mqtt/client_peer.hpp"

#include <utility>

// What a server sends, packet by packet.
namespace rialto::mqtt {
namespace {

ServerLimits limits_from(const Connack& packet) {
    ServerLimits limits;
    limits.session_present = packet.session_present;
    for (const Property& property : packet.properties) {
        switch (property.id) {
            case PropertyId::receive_maximum: limits.receive_maximum = static_cast<std::uint16_t>(property.number); break;
            case PropertyId::maximum_packet_size: limits.max_packet_size = property.number; break;
            case PropertyId::topic_alias_maximum:
                limits.topic_alias_maximum = static_cast<std::uint16_t>(property.number);
                break;
            case PropertyId::server_keep_alive: limits.keep_alive = static_cast<std::uint16_t>(property.number); break;
            case PropertyId::maximum_qos: limits.maximum_qos = static_cast<Qos>(property.number); break;
            case PropertyId::retain_available: limits.retain_available = property.number != 0; break;
            case PropertyId::subscription_identifier_available:
                limits.subscription_identifiers_available = property.number != 0;
                break;
            default: break;
        }
    }
    return limits;
}

/// The reason by its name, and what the broker says about it.
std::string words_of(ReasonCode reason, PropertiesView properties) {
    std::string words(name(reason));
    if (const auto why = properties.find(PropertyId::reason_string)) words += " (" + std::string(why->text) + ")";
    return words;
}

/// A server of an older version answers with its own CONNACK: two bytes, the second being "unacceptable version".
bool is_refusal_of_version(const Frame& frame) noexcept { return frame.body.size() == 2 && frame.body[1] == 1; }

}  // namespace

Errc meaning_of(ReasonCode reason) noexcept {
    switch (reason) {
        case ReasonCode::bad_user_name_or_password:
        case ReasonCode::not_authorized:
        case ReasonCode::banned:
        case ReasonCode::client_identifier_not_valid:
        case ReasonCode::bad_authentication_method:
        case ReasonCode::unsupported_protocol_version: return Errc::refused;
        case ReasonCode::malformed_packet:
        case ReasonCode::protocol_error: return Errc::protocol;
        default: return Errc::unreachable;
    }
}

void ClientPeer::on_connack(const Frame& frame) {
    Connack packet;
    if (is_refusal_of_version(frame)) {
        packet.reason = ReasonCode::unsupported_protocol_version;
    } else if (const Fault fault = decode(frame, version(), packet)) {
        return fail(fault);
    }
    if (is_failure(packet.reason)) {
        if (packet.reason == ReasonCode::unsupported_protocol_version) client_->refuse_version();
        return end(error(meaning_of(packet.reason), "refused: " + words_of(packet.reason, packet.properties)));
    }
    const ServerLimits limits = limits_from(packet);
    agree_on_limits(limits);
    state_ = State::connected;
    std::exchange(connack_, nullptr)->give(limits);
    client_->connected(limits);
}

void ClientPeer::agree_on_limits(const ServerLimits& limits) {
    receiver_.max_packet_size = std::min(limits.max_packet_size, max_varint + 5);
    if (const auto aliases = std::min(limits.topic_alias_maximum, settings().topic_alias_maximum); aliases != 0) {
        sent_aliases_ = std::make_unique<SentAliases>(aliases);
        receiver_.aliases = sent_aliases_.get();
    }
    const std::uint16_t keep_alive = limits.keep_alive.value_or(settings().keep_alive);  // [MQTT-3.2.2-21]
    ping_after_ = std::chrono::milliseconds(keep_alive * 500);
    if (keep_alive != 0) wire_.shard().arm(keep_alive_timer_, ping_after_);
}

/// Sends SUBSCRIBE or UNSUBSCRIBE under an identifier of its own.
template <typename Request>
void ClientPeer::send_request(Request packet) {
    packet.id = client_->outflow().spare_id(unanswered_requests_++);
    Bytes bytes;
    encode(packet, version(), bytes);
    send(bytes);
}

void ClientPeer::subscribe(const SubscriptionChange& change, Answer<void>& suback) {
    suback_ = &suback;
    const bool v5 = version() == Version::v5;
    // An identifier is for a whole packet, so each filter has a packet of its own.
    for (const SubscriptionPlan::Entry& entry : change.wanted) {
        const std::string filter = entry.filter.full_text();
        Bytes list;
        append_subscription({.filter = filter,
                             .qos = settings().qos,
                             .no_local = v5 && !entry.filter.is_shared(),  // [MQTT-3.8.3-4]
                             .retain_as_published = v5,
                             .retain_handling = v5 ? RetainHandling::send_if_new : RetainHandling::send},
                            list);
        PropertyWriter properties;
        if (v5 && client_->limits().subscription_identifiers_available) {
            properties.number(PropertyId::subscription_identifier, entry.identifier);
        }
        send_request(Subscribe{.properties = properties.view(), .encoded_list = as_bytes(list)});
    }
    for (const std::string& filter : change.obsolete) {
        Bytes list;
        append_filter(filter, list);
        send_request(Unsubscribe{.encoded_list = as_bytes(list)});
    }
    if (unanswered_requests_ == 0) std::exchange(suback_, nullptr)->give({});
}

void ClientPeer::on_suback(const Frame& frame) {
    SubscriptionAck packet;
    if (const Fault fault = decode(frame, version(), packet)) return fail(fault);
    if (unanswered_requests_ == 0) return fail(protocol_error("an answer to no SUBSCRIBE or UNSUBSCRIBE"));
    --unanswered_requests_;
    if (!suback_) return;
    for (const std::uint8_t byte : packet.reasons) {
        if (frame.type == PacketType::unsuback) break;  // refused, the filter goes on being acknowledged and dropped
        const auto reason = static_cast<ReasonCode>(byte);
        if (!is_failure(reason)) continue;
        return std::exchange(suback_, nullptr)
            ->give(error(Errc::refused, "subscription refused: " + words_of(reason, packet.properties)));
    }
    if (unanswered_requests_ == 0) std::exchange(suback_, nullptr)->give({});
}

void ClientPeer::on_publish(const Frame& frame) {
    Publish packet;
    if (const Fault fault = decode(frame, version(), packet)) return fail(fault);
    if (const Fault fault = read_publish(packet)) return fail(fault);
    if (const Fault fault = client_->intake().take(packet)) return fail(fault);
}

/// Checks what the codec leaves to the receiver, and puts the topic in place of its alias.
Fault ClientPeer::read_publish(Publish& packet) {
    if (!packet.properties.empty()) {
        if (const Fault fault = packet.properties.check(PropertyOwner::publish)) return fault;
        if (const auto alias = packet.properties.number(PropertyId::topic_alias)) {
            if (const Fault fault = resolve_alias(*alias, packet)) return fault;
        }
    }
    if (check_topic(packet.topic)) return {};
    if (!is_utf8_text(packet.topic)) return malformed("the topic is not well-formed UTF-8 or holds U+0000");
    if (packet.topic.empty() || packet.topic.find_first_of("+#") != std::string_view::npos) {
        return {ReasonCode::topic_name_invalid, "the topic is empty or has a wildcard"};  // [MQTT-3.3.2-2]
    }
    return {};  // fine for MQTT, and too deep for our bus: the intake drops it
}

Fault ClientPeer::resolve_alias(std::uint32_t alias, Publish& packet) {
    if (!received_aliases_) received_aliases_ = std::make_unique<ReceivedAliases>(settings().topic_alias_maximum);
    if (!received_aliases_->may_be(alias)) {  // [MQTT-3.3.2-10]
        return {ReasonCode::topic_alias_invalid, "the topic alias is zero or above the maximum"};
    }
    if (!packet.topic.empty()) {
        received_aliases_->set(alias, packet.topic);
        return {};
    }
    packet.topic = received_aliases_->find(alias);
    if (packet.topic.empty()) return protocol_error("the topic alias was never set");
    return {};
}

void ClientPeer::on_ack(const Frame& frame) {
    Ack packet;
    if (const Fault fault = decode(frame, version(), packet)) return fail(fault);
    if (const Fault fault = client_->outflow().on_ack(packet)) fail(fault);
}

void ClientPeer::on_pubrel(const Frame& frame) {
    Ack packet;
    if (const Fault fault = decode(frame, version(), packet)) return fail(fault);
    const bool is_known = client_->intake().release(packet.id);
    write_ack(PacketType::pubcomp, packet.id,
              is_known ? ReasonCode::success : ReasonCode::packet_identifier_not_found);
}

void ClientPeer::on_disconnect(const Frame& frame) {
    Disconnect packet;
    if (const Fault fault = decode(frame, version(), packet)) return fail(fault);
    end(error(meaning_of(packet.reason), "the broker said goodbye: " + words_of(packet.reason, packet.properties)));
}

Error ClientPeer::error(Errc code, std::string_view what) const {
    return {code, "MQTT broker " + server_ + ": " + std::string(what)};
}

}  // namespace rialto::mqtt
