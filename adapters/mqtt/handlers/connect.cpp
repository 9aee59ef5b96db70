#include "adapters/mqtt/peer.hpp"

#include <algorithm>

namespace rialto::mqtt {

bool Peer::on_connect(const Frame& frame) {
    Connect packet;
    const Fault fault = decode(frame, packet);
    receiver_.version = packet.version;
    has_decoded_connect_ = true;
    if (fault) return refuse(fault), true;
    if (const auto maximum = packet.properties.number(PropertyId::maximum_packet_size))
        receiver_.max_packet_size = *maximum;
    if (const Fault credentials = check_credentials(packet)) return refuse(credentials), true;
    if (const Fault will = check_will(packet)) return refuse(will), true;
    if (packet.client_id.empty()) {
        // Before 5.0 a client without an identifier can't come back for its session [MQTT-3.1.3-8].
        const bool may =
            packet.version == Version::v5 || (packet.version == Version::v311 && packet.clean_start);
        if (!may) return refuse({ReasonCode::client_identifier_not_valid, "no client identifier"}), true;
        return accept(packet, {}), true;
    }
    Shard& home = sessions().home_of(packet.client_id);
    if (&home != &wire_.shard()) {
        timer_.cancel();
        state_ = State::moving;
        wire_.move_to(home);
        return false;
    }
    accept(packet, packet.client_id);
    return true;
}

Fault Peer::check_credentials(const Connect& packet) const {
    if (packet.properties.find(PropertyId::authentication_method)) {
        return {ReasonCode::bad_authentication_method,
                "no authentication method is supported"};  // [MQTT-4.12.0-1]
    }
    if (server_.gateway().allows_anonymous()) return {};
    if (packet.user_name) return {ReasonCode::bad_user_name_or_password, "bad user name or password"};
    return {ReasonCode::not_authorized, "credentials are required"};
}

Fault Peer::check_will(const Connect& packet) const {
    if (!packet.will) return {};
    const auto topic = limits().mount_point + std::string(packet.will->topic);
    if (packet.will->topic.empty() || !check_topic(topic) || packet.will->topic.starts_with("$SYS/")) {
        return {ReasonCode::topic_name_invalid, "the will's topic can't be published to"};
    }
    const auto response = packet.will->properties.find(PropertyId::response_topic);
    if (response && !check_topic(response->text)) return protocol_error("the response topic has a wildcard");
    return {};
}

void Peer::accept(const Connect& packet, std::string_view client_id) {
    const std::string assigned = client_id.empty() ? sessions().invent_client_id() : std::string();
    const auto opened =
        sessions().open(client_id.empty() ? assigned : client_id, packet.clean_start, limits_);
    Session& session = opened.session;
    session_ = &session;
    state_ = State::connected;
    is_bridge_ = packet.is_bridge;
    agree_on_limits(packet);
    sessions().counters().connected.add(1);
    if (!write_connack(packet, opened.is_present, assigned)) return leave();  // [MQTT-3.1.2-24]
    if (packet.will) session.will = std::make_unique<StoredWill>(*packet.will, limits().mount_point);
    watch_silence();
    session.attach(*this, limits_);
    session.keep();
}

void Peer::agree_on_limits(const Connect& packet) {
    const auto& asked = packet.properties;
    const bool v5 = packet.version == Version::v5;
    const std::uint32_t for_ever = 0xFFFF'FFFF;
    std::uint32_t expiry = packet.clean_start ? 0 : for_ever;
    if (v5) expiry = asked.number(PropertyId::session_expiry_interval).value_or(0);
    session_->expiry = std::min(expiry, limits().max_session_expiry);

    keep_alive_ = packet.keep_alive;
    const std::uint16_t longest = limits().max_keep_alive;
    const bool is_too_long = longest != 0 && (keep_alive_ == 0 || keep_alive_ > longest);
    if (is_too_long && v5) keep_alive_ = longest;  // [MQTT-3.1.2-21]

    const std::uint32_t takes = v5 ? asked.number(PropertyId::receive_maximum).value_or(65'535) : 65'535;
    receive_maximum_ = static_cast<std::uint16_t>(std::min<std::uint32_t>(takes, limits().send_maximum));
    wants_reasons_ = asked.number(PropertyId::request_problem_information).value_or(1) == 1;

    const std::uint32_t aliases = asked.number(PropertyId::topic_alias_maximum).value_or(0);
    if (const auto most = std::min<std::uint32_t>(aliases, limits().topic_alias_maximum); most != 0) {
        sent_aliases_ = std::make_unique<SentAliases>(static_cast<std::uint16_t>(most));
        receiver_.aliases = sent_aliases_.get();
    }
}

bool Peer::write_connack(const Connect& packet, bool session_present, std::string_view assigned_id) {
    PropertyWriter properties;
    if (packet.version == Version::v5) {
        const auto asked = packet.properties.number(PropertyId::session_expiry_interval).value_or(0);
        if (asked != session_->expiry)
            properties.number(PropertyId::session_expiry_interval, session_->expiry);
        if (!assigned_id.empty()) properties.text(PropertyId::assigned_client_identifier, assigned_id);
        if (keep_alive_ != packet.keep_alive) properties.number(PropertyId::server_keep_alive, keep_alive_);
        properties.number(PropertyId::receive_maximum, limits().receive_maximum);
        properties.number(PropertyId::maximum_packet_size,
                          static_cast<std::uint32_t>(limits().max_packet_size));
        if (limits().topic_alias_maximum != 0) {
            properties.number(PropertyId::topic_alias_maximum, limits().topic_alias_maximum);
        }
    }
    Bytes answer;
    encode(Connack{.session_present = session_present, .properties = properties.view()}, packet.version,
           answer);
    if (answer.size() > receiver_.max_packet_size) return false;
    send(answer);
    return true;
}

void Peer::refuse(Fault fault) {
    log_refusal(fault);
    // Before 5.0 CONNACK has five refusals; for anything else the connection just ends [MQTT-3.1.4-1].
    const bool can_tell = receiver_.version == Version::v5 ? may_carry(PacketType::connack, fault.reason)
                                                           : fault.reason != ReasonCode::malformed_packet &&
                                                                 connect_return_code(fault.reason) != 3;
    if (can_tell && has_decoded_connect_) {
        PropertyWriter properties;
        add_reason_string(properties, fault.what);
        Bytes answer;
        encode(Connack{.reason = fault.reason, .properties = properties.view()}, receiver_.version, answer);
        send(answer);
    }
    leave();
}

}  // namespace rialto::mqtt
