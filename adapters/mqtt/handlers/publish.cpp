#include "adapters/mqtt/peer.hpp"

namespace rialto::mqtt {

void Peer::on_publish(const Frame& frame) {
    Publish packet;
    if (const Fault fault = decode(frame, version(), packet)) return fail(fault);
    if (!packet.properties.empty()) {
        if (const Fault fault = read_properties(packet)) return fail(fault);
    }
    if (const Fault fault = check_topic_name(packet)) return fail(fault);
    sessions().counters().messages_received.add();
    if (packet.qos == Qos::at_most_once) {
        if (!is_for_us_alone(packet)) wire_.shard().bus().publish(make_message(packet), Receipt{});
        return;
    }
    accept_with_receipt(packet);
}

/// Checks them, and puts the topic in place of its alias.
Fault Peer::read_properties(Publish& packet) {
    if (const Fault fault = packet.properties.check(PropertyOwner::publish)) return fault;
    for (const Property& property : packet.properties) {
        switch (property.id) {
            case PropertyId::subscription_identifier:
                return protocol_error("a client can't send a subscription identifier");  // [MQTT-3.3.4-6]
            case PropertyId::response_topic:
                if (!check_topic(property.text)) return protocol_error("the response topic has a wildcard");
                break;  // [MQTT-3.3.2-14]
            case PropertyId::topic_alias:
                if (const Fault fault = resolve_alias(property.number, packet)) return fault;
                break;
            default:
                break;
        }
    }
    return {};
}

Fault Peer::resolve_alias(std::uint32_t alias, Publish& packet) {
    if (!received_aliases_)
        received_aliases_ = std::make_unique<ReceivedAliases>(limits().topic_alias_maximum);
    if (!received_aliases_->may_be(alias)) {  // [MQTT-3.3.2-8] [MQTT-3.3.2-9]
        return {ReasonCode::topic_alias_invalid, "the topic alias is zero or above the maximum"};
    }
    if (packet.topic.empty()) {
        packet.topic = received_aliases_->find(alias);
        if (packet.topic.empty()) return protocol_error("the topic alias was never set");
    } else {
        if (const Fault fault = check_topic_name(packet)) return fault;
        received_aliases_->set(alias, packet.topic);
    }
    return {};
}

Fault Peer::check_topic_name(const Publish& packet) {
    std::string& recent = sessions().recent_topic;
    if (packet.topic == recent && !recent.empty()) return {};
    if (check_topic(packet.topic)) {
        recent = packet.topic;
        return {};
    }
    if (!is_utf8_text(packet.topic)) return malformed("the topic is not well-formed UTF-8 or holds U+0000");
    return {ReasonCode::topic_name_invalid,
            "the topic is empty, too deep or has a wildcard"};  // [MQTT-3.3.2-2]
}

/// What the server tells about itself nobody else may tell.
bool Peer::is_for_us_alone(const Publish& packet) const noexcept {
    return packet.topic.starts_with("$SYS/");
}

MessagePtr Peer::make_message(const Publish& packet) const {
    const Message::Traits traits{packet.qos, packet.retain, session_->number()};
    const std::string& mount_point = limits().mount_point;
    if (packet.properties.empty() && mount_point.empty()) [[likely]] {
        return Message::create(packet.topic, packet.payload, traits);
    }
    auto properties = to_properties(packet.properties, wall_now());
    const bool has_any = properties != nullptr;
    const std::string topic = mount_point + std::string(packet.topic);
    auto message = Message::create(topic, packet.payload, traits, std::move(properties));
    if (has_any) keep_encoded_properties(*message, packet.properties);
    return message;
}

void Peer::accept_with_receipt(const Publish& packet) {
    Inbound& inbound = session_->inbound();
    if (packet.qos == Qos::exactly_once && inbound.is_repeated(packet.id)) return;
    if (is_for_us_alone(packet)) {
        const bool is_qos_1 = packet.qos == Qos::at_least_once;
        return write_ack(is_qos_1 ? PacketType::puback : PacketType::pubrec, packet.id,
                         ReasonCode::not_authorized);
    }
    const std::size_t unacknowledged = inbound.unacknowledged();
    if (unacknowledged >= limits().receive_maximum) {
        if (version() == Version::v5) {  // [MQTT-3.3.4-8]
            return fail(
                {ReasonCode::receive_maximum_exceeded, "more unacknowledged messages than agreed on"});
        }
        if (unacknowledged >= SendWindow::id_count)
            return fail(protocol_error("packet identifiers used twice"));
    }
    inbound.publish(make_message(packet), packet.id);
    // Before 5.0 a client can't be told how much is enough. One that has to acknowledge something itself must
    // be heard, or two of them could wait for each other; its packet identifiers bound what it can have
    // unacknowledged.
    if (version() != Version::v5 && inbound.unacknowledged() >= limits().receive_maximum &&
        !session_->waits_for_acks()) {
        hold_back();
    }
}

}  // namespace rialto::mqtt
