#include "adapters/stomp/escape.hpp"

namespace rialto::stomp {
namespace {

/// The letter after the backslash, or 0 where this version has no escape for the octet.
char escape_letter(char octet, Version version) noexcept {
    if (version == Version::v1_0) return 0;
    switch (octet) {
        case '\\':
            return '\\';
        case '\n':
            return 'n';
        case ':':
            return 'c';
        case '\r':
            return version == Version::v1_2 ? 'r' : char{0};
        default:
            return 0;
    }
}

bool breaks_the_line(char octet, Version version, HeaderPart part) noexcept {
    if (octet == '\0')
        return true;  // no version can write it, and it would end the frame for lenient readers
    if (octet == '\n') return version == Version::v1_0;
    if (octet == '\r') return version != Version::v1_2;
    return octet == ':' && version == Version::v1_0 && part == HeaderPart::name;
}

constexpr std::string_view special_octets{"\\\n\r:\0", 5};

}  // namespace

void append_escaped(std::string& out, std::string_view text, Version version, HeaderPart part) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (;;) {
        const std::size_t special = text.find_first_of(special_octets);
        out.append(text.substr(0, special));
        if (special == std::string_view::npos) return;
        const char octet = text[special];
        if (const char letter = escape_letter(octet, version)) {
            out.append({'\\', letter});
        } else if (breaks_the_line(octet, version, part)) {
            const auto value = static_cast<unsigned char>(octet);
            out.append({'%', digits[value >> 4], digits[value & 15]});
        } else {
            out.push_back(octet);
        }
        text.remove_prefix(special + 1);
    }
}

bool needs_percent(std::string_view text, Version version, HeaderPart part) noexcept {
    for (const char octet : text) {
        if (breaks_the_line(octet, version, part)) return true;
    }
    return false;
}

Result<std::string> unescape(std::string_view line, Version version) {
    std::string text;
    text.reserve(line.size());
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] != '\\' || version == Version::v1_0) {
            text.push_back(line[i]);
            continue;
        }
        const char letter = ++i < line.size() ? line[i] : '\0';
        if (letter == '\\')
            text.push_back('\\');
        else if (letter == 'n')
            text.push_back('\n');
        else if (letter == 'c')
            text.push_back(':');
        else if (letter == 'r' && version == Version::v1_2)
            text.push_back('\r');
        else
            return fail(Errc::protocol, "a header has an escape that STOMP " + std::string(to_text(version)) +
                                            " does not define");
    }
    return text;
}

}  // namespace rialto::stomp
