#include "tests/unit/mqtt/packets_under_test.hpp"

namespace rialto::mqtt::test {
namespace {

constexpr Version v31 = Version::v31;
constexpr Version v311 = Version::v311;
constexpr Version v5 = Version::v5;

/// Fixed header byte and body in hexadecimal; the length between them is counted (all are below 128).
Bytes packet(std::string_view first, const Bytes& body) {
    return hex(first) + static_cast<char>(body.size()) + body;
}

Bytes packet(std::string_view first, const char* body) {
    return packet(first, hex(body));
}

/// Properties with their length in front.
Bytes properties(std::string_view encoded) {
    const Bytes bytes = hex(encoded);
    return static_cast<char>(bytes.size()) + bytes;
}

std::vector<Golden> connection_packets() {
    return {
        {"CONNECT 3.1", v31, packet("10", "0006 4d5149736470 03 02 000a 0001 61")},
        {"CONNECT 3.1.1", v311, packet("10", "0004 4d515454 04 02 003c 0001 61")},
        {"CONNECT 3.1.1 without a client identifier", v311, packet("10", "0004 4d515454 04 02 0000 0000")},
        {"CONNECT 3.1.1 with will and credentials", v311,
         packet("10", "0004 4d515454 04 ee 003c 0001 61 0003 772f74 0002 ff00 0001 75 0002 7077")},
        {"CONNECT 3.1.1 of a bridge", v311, packet("10", "0004 4d515454 84 00 003c 0001 61")},
        {"CONNECT 5", v5, packet("10", "0004 4d515454 05 02 003c 00 0001 61")},
        {"CONNECT 5 with a password alone", v5, packet("10", "0004 4d515454 05 42 003c 00 0001 61 0001 70")},
        {"CONNECT 5 with properties and will", v5,
         packet("10",
                hex("0004 4d515454 05 36 003c") +
                    properties("11 0000003c 21 0014 22 000a 27 00010000 19 01 17 00 26 0001 6b 0001 76") +
                    hex("0001 61") +
                    properties("18 00000005 01 01 02 00000009 03 0001 74 08 0001 72 09 0002 ff00") +
                    hex("0001 77 0003 627965"))},
        {"CONNACK 3.1", v31, packet("20", "00 00")},
        {"CONNACK 3.1.1", v311, packet("20", "01 00")},
        {"CONNACK 3.1.1 refused", v311, packet("20", "00 05")},
        {"CONNACK 5", v5, packet("20", "00 00 00")},
        {"CONNACK 5 with properties", v5,
         packet("20",
                hex("01 00") +
                    properties("11 0000000a 12 0002 6964 13 001e 21 0014 22 000a 24 01 25 01 27 00001000"
                               "28 01 29 01 2a 01 1a 0001 69 1c 0001 73 1f 0001 72"))},
        {"PINGREQ", v311, packet("c0", "")},
        {"PINGRESP", v5, packet("d0", "")},
        {"DISCONNECT 3.1.1", v311, packet("e0", "")},
        {"DISCONNECT 5", v5, packet("e0", "")},
        {"DISCONNECT 5 with will", v5, packet("e0", "04")},
        {"DISCONNECT 5 with properties", v5, packet("e0", hex("8e") + properties("1f 0002 6279"))},
        {"AUTH", v5, packet("f0", hex("18") + properties("15 0001 6d 16 0002 0001"))},
        {"AUTH in its short form", v5, packet("f0", "")},
    };
}

std::vector<Golden> message_packets() {
    return {
        {"PUBLISH 3.1 QoS 0", v31, packet("30", "0003 612f62 6869")},
        {"PUBLISH 3.1.1 QoS 0 retained, empty", v311, packet("31", "0003 612f62")},
        {"PUBLISH 3.1.1 QoS 1", v311, packet("32", "0003 612f62 000a 6869")},
        {"PUBLISH 3.1.1 QoS 2 again", v311, packet("3c", "0003 612f62 000a 6869")},
        {"PUBLISH 5 QoS 0", v5, packet("30", "0003 612f62 00 6869")},
        {"PUBLISH 5 by alias", v5, packet("30", hex("0000") + properties("23 0007") + hex("6869"))},
        {"PUBLISH 5 QoS 1 with every property", v5,
         packet("33", hex("0003 612f62 ffff") +
                          properties("01 01 02 0000003c 23 0001 08 0001 72 09 0002 ff00 26 0001 62 0001 31"
                                     "26 0001 61 0001 32 26 0001 62 0001 33 0b 01 0b 80 01 03 0001 74") +
                          hex("00ff"))},
        {"PUBACK 3.1.1", v311, packet("40", "000a")},
        {"PUBACK 5", v5, packet("40", "000a")},
        {"PUBACK 5 with a reason", v5, packet("40", "000a 10")},
        {"PUBREC 5 with properties", v5,
         packet("50", hex("000a 97") + properties("1f 0001 71 26 0001 6b 0000"))},
        {"PUBREL 3.1.1", v311, packet("62", "000a")},
        {"PUBREL 5", v5, packet("62", "000a 92")},
        {"PUBCOMP 3.1", v31, packet("70", "000a")},
        {"PUBCOMP 5", v5, packet("70", "000a 92")},
        {"SUBSCRIBE 3.1.1", v311, packet("82", "000a 0003 612f62 01 0001 23 02")},
        {"SUBSCRIBE 5", v5, packet("82", hex("000a") + properties("0b ffffff7f") + hex("0003 612f62 2d"))},
        {"SUBACK 3.1.1", v311, packet("90", "000a 00 02 80")},
        {"SUBACK 5", v5, packet("90", hex("000a") + properties("1f 0001 72") + hex("00 01 02 8f 87"))},
        {"UNSUBSCRIBE 3.1.1", v311, packet("a2", "000a 0003 612f62 0001 23")},
        {"UNSUBSCRIBE 5", v5, packet("a2", hex("000a") + properties("26 0001 6b 0001 76") + hex("0001 23"))},
        {"UNSUBACK 3.1.1", v311, packet("b0", "000a")},
        {"UNSUBACK 5", v5, packet("b0", "000a 00 00 11")},
    };
}

}  // namespace

const std::vector<Golden>& golden_packets() {
    static const std::vector<Golden> packets = [] {
        std::vector<Golden> all = connection_packets();
        for (Golden& golden : message_packets()) all.push_back(std::move(golden));
        return all;
    }();
    return packets;
}

}  // namespace rialto::mqtt::test
