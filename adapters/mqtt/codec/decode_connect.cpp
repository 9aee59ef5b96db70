#include "adapters/mqtt/codec/decode.hpp"

namespace rialto::mqtt {
namespace {

struct ConnectFlags {
    bool user_name;
    bool password;
    bool will_retain;
    unsigned will_qos;
    bool will;
    bool clean_start;
    bool reserved;
};

ConnectFlags split(std::uint8_t byte) noexcept {
    return {(byte & 0x80U) != 0, (byte & 0x40U) != 0, (byte & 0x20U) != 0, (byte >> 3U) & 3U,
            (byte & 0x04U) != 0, (byte & 0x02U) != 0, (byte & 0x01U) != 0};
}

Fault check(const ConnectFlags& flags, Version version) noexcept {
    if (flags.reserved && version != Version::v31)
        return malformed("reserved CONNECT flag is set");                    // [MQTT-3.1.2-3]
    if (flags.will_qos == 3) return malformed("will QoS 3 does not exist");  // [MQTT-3.1.2-12]
    if (!flags.will && (flags.will_qos != 0 || flags.will_retain) && version != Version::v31) {
        return malformed("will QoS or will retain without a will");  // [MQTT-3.1.2-11], [MQTT-3.1.2-13]
    }
    if (flags.password && !flags.user_name && version != Version::v5) {
        return malformed("password without a user name");  // 3.1.1 [MQTT-3.1.2-22]; 5.0 allows it
    }
    return {};
}

/// Protocol Name and Protocol Level; sections 3.1.2.1 and 3.1.2.2.
Fault read_version(Reader& reader, Connect& out) noexcept {
    out.version = Version::v311;
    const std::string_view protocol = reader.string();
    const std::uint8_t byte = reader.u8();
    if (reader.failed()) return reader.fault();
    if (byte == 5) out.version = Version::v5;  // whatever the name: who says 5 understands an answer in 5.0
    const unsigned level = byte & 0x7FU;
    out.is_bridge = byte != level;
    if (protocol == "MQIsdp" && level == 3) {
        out.version = Version::v31;
        return {};
    }
    if (protocol == "MQTT" && (level == 4 || byte == 5)) return {};
    return {ReasonCode::unsupported_protocol_version, "unsupported protocol name or level"};
}

PropertiesView read_properties(Reader& reader, PropertyOwner owner, Version version) noexcept {
    if (version != Version::v5) return {};
    const PropertiesView properties(reader.take(reader.varint()));
    if (const Fault fault = properties.check(owner)) reader.fail(fault);
    return properties;
}

Fault check_authentication(PropertiesView properties) noexcept {
    if (properties.find(PropertyId::authentication_data) &&
        !properties.find(PropertyId::authentication_method)) {
        return protocol_error("Authentication Data without Authentication Method");  // section 3.1.2.11.10
    }
    return {};
}

void read_will(Reader& reader, const ConnectFlags& flags, Connect& out) noexcept {
    Will& will = out.will.emplace();
    will.properties = read_properties(reader, PropertyOwner::will, out.version);
    will.topic = reader.string();
    will.payload = reader.binary();
    will.qos = static_cast<Qos>(flags.will_qos);
    will.retain = flags.will_retain;
}

/// 3.1 lets a client set the flag and then send no such field: the Remaining Length has the last word.
bool is_there(const Reader& reader, bool flag, Version version) noexcept {
    return flag && !(version == Version::v31 && reader.at_end());
}

}  // namespace

Fault decode(const Frame& frame, Connect& out) noexcept {
    Reader reader(frame.body);
    if (const Fault fault = read_version(reader, out)) return fault;
    if (frame.flags != 0) return malformed("reserved flags of the fixed header");
    if (frame.overlong_length && out.version == Version::v5)
        return malformed("Remaining Length is longer than needed");
    const ConnectFlags flags = split(reader.u8());
    if (reader.failed()) return reader.fault();
    if (const Fault fault = check(flags, out.version)) return fault;
    out.clean_start = flags.clean_start;
    out.keep_alive = reader.u16();
    out.properties = read_properties(reader, PropertyOwner::connect, out.version);
    if (const Fault fault = check_authentication(out.properties)) reader.fail(fault);
    out.client_id = reader.string();
    out.will.reset();
    if (flags.will) read_will(reader, flags, out);
    out.user_name.reset();
    if (is_there(reader, flags.user_name, out.version)) out.user_name = reader.string();
    out.password.reset();
    if (is_there(reader, flags.password, out.version)) out.password = reader.binary();
    return reader.finish();
}

Fault decode(const Frame& frame, Version version, Connack& out) noexcept {
    if (frame.flags != 0) return malformed("reserved flags of the fixed header");
    Reader reader(frame.body);
    const std::uint8_t flags = reader.u8();
    const std::uint8_t code = reader.u8();
    if ((flags & 0xFEU) != 0 && version != Version::v31) return malformed("reserved CONNACK flags");
    out.session_present = (flags & 1U) != 0 && version != Version::v31;
    out.reason = version == Version::v5 ? static_cast<ReasonCode>(code) : reason_of_return_code(code);
    if (version == Version::v5 && !may_carry(PacketType::connack, out.reason)) {
        reader.fail(protocol_error("CONNACK can't carry this reason code"));
    }
    out.properties = read_properties(reader, PropertyOwner::connack, version);
    return reader.finish();
}

}  // namespace rialto::mqtt
