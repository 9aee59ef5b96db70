#include "tests/bench/wire.hpp"

namespace bench {
namespace {

void append_u16(std::string& out, std::size_t value) {
    out.push_back(static_cast<char>(value >> 8));
    out.push_back(static_cast<char>(value));
}

void append_string(std::string& out, std::string_view text) {
    append_u16(out, text.size());
    out.append(text);
}

void append_no_properties(std::string& out, Version version) {
    if (version == Version::v5) out.push_back(0);
}

std::string with_fixed_header(std::uint8_t first_byte, std::string_view body) {
    std::string out(1, static_cast<char>(first_byte));
    std::size_t left = body.size();
    do {
        const std::size_t low = left & 0x7f;
        left >>= 7;
        out.push_back(static_cast<char>(left > 0 ? low | 0x80 : low));
    } while (left > 0);
    return out.append(body);
}

/// The length of a property's value. @source MQTT 5.0 section 2.2.2.2, those that CONNACK may carry
std::size_t value_size(std::uint8_t property, Bytes value) {
    const auto string_size = [&](std::size_t at) -> std::size_t {
        if (value.size() < at + 2) throw Failure("CONNACK ends inside a property");
        return 2u + read_u16(&value[at]);
    };
    switch (property) {
        case 0x24:
        case 0x25:
        case 0x28:
        case 0x29:
        case 0x2a:
            return 1;
        case 0x13:
        case 0x21:
        case 0x22:
            return 2;
        case 0x11:
        case 0x27:
            return 4;
        case 0x12:
        case 0x15:
        case 0x16:
        case 0x1a:
        case 0x1c:
        case 0x1f:
            return string_size(0);
        case 0x26:
            return string_size(0) + string_size(string_size(0));
        default:
            throw Failure("CONNACK carries property " + std::to_string(property));
    }
}

constexpr std::uint8_t receive_maximum_property = 0x21;

}  // namespace

std::string connect_packet(Version version, std::string_view client_id) {
    constexpr char clean_session = 2;
    std::string body;
    append_string(body, "MQTT");
    body.push_back(static_cast<char>(version));
    body.push_back(clean_session);
    append_u16(body, 0);  // keep-alive: switched off
    append_no_properties(body, version);
    append_string(body, client_id);
    return with_fixed_header(0x10, body);
}

std::string subscribe_packet(Version version, std::string_view filter, int qos) {
    std::string body;
    append_u16(body, 1);
    append_no_properties(body, version);
    append_string(body, filter);
    body.push_back(static_cast<char>(qos));
    return with_fixed_header(0x82, body);
}

PublishFrame publish_frame(Version version, std::string_view topic, int qos, std::size_t payload_size) {
    std::string body;
    append_string(body, topic);
    const std::size_t packet_id_in_body = body.size();
    if (qos > 0) append_u16(body, 0);
    append_no_properties(body, version);
    const std::size_t payload_in_body = body.size();
    body.append(payload_size, 'x');

    PublishFrame frame;
    frame.bytes = with_fixed_header(static_cast<std::uint8_t>(packet::publish | qos << 1), body);
    const std::size_t header = frame.bytes.size() - body.size();
    frame.packet_id_at = qos > 0 ? header + packet_id_in_body : 0;
    frame.payload_at = header + payload_in_body;
    return frame;
}

std::uint16_t receive_maximum_of(Version version, Bytes connack_body) {
    if (connack_body.size() < 2) throw Failure("CONNACK is too short");
    if (connack_body[1] != 0)
        throw Failure("the server refused CONNECT with code " + std::to_string(connack_body[1]));
    if (version == Version::v311) return 65535;

    std::size_t at = 2;
    while (at < connack_body.size() && (connack_body[at] & 0x80) != 0) ++at;  // the length of all properties
    Bytes properties = at < connack_body.size() ? connack_body.subspan(at + 1) : Bytes();
    while (!properties.empty()) {
        const Bytes value = properties.subspan(1);
        const std::size_t size = value_size(properties[0], value);
        if (value.size() < size) throw Failure("CONNACK ends inside a property");
        if (properties[0] == receive_maximum_property) return read_u16(value.data());
        properties = value.subspan(size);
    }
    return 65535;
}

}  // namespace bench
