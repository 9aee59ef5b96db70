#pragma once

#include <cstdint>
#include <string_view>

namespace rialto::stomp {

/// The protocol's versions, in the order of their age. They differ in escapes, line ends and in how an ACK
/// names its message.
enum class Version : std::uint8_t { v1_0, v1_1, v1_2 };

constexpr std::string_view to_text(Version version) noexcept {
    switch (version) {
        case Version::v1_0:
            return "1.0";
        case Version::v1_1:
            return "1.1";
        case Version::v1_2:
            return "1.2";
    }
    return "";
}

}  // namespace rialto::stomp
