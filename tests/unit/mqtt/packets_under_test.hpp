#pragma once

#include "adapters/mqtt/codec/decode.hpp"
#include "adapters/mqtt/codec/encode.hpp"

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace rialto::mqtt {

inline std::ostream& operator<<(std::ostream& out, ReasonCode code) {
    return out << name(code);
}
inline std::ostream& operator<<(std::ostream& out, PacketType type) {
    return out << name(type);
}

}  // namespace rialto::mqtt

namespace rialto::mqtt::test {

/// "10 0c 00" as bytes; blanks count for nothing.
Bytes hex(std::string_view text);

/// Bytes as "10 0c 00".
std::string to_hex(std::string_view bytes);

/// The one whole packet in `bytes`; ends the test when there is none. Looks into `bytes`.
Frame frame_of(std::string_view bytes);

/// One packet as the standards' tables lay it out.
struct Golden {
    const char* what;
    Version version;
    Bytes bytes;
};

/// At least one of every packet type in every dialect that has it.
const std::vector<Golden>& golden_packets();

/// Decodes whatever the frame holds, and all lists and properties in it.
Fault decode_any(const Frame& frame, Version version);

/// Decodes, and encodes again what came out.
Bytes recode(const Frame& frame, Version version);

}  // namespace rialto::mqtt::test
