#include "core/header_block.hpp"

#include <optional>

namespace rialto {
namespace {

void append_escaped(Bytes& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '\\': out += "\\\\"; break;
            case '\r': out += "\\r"; break;
            case '\n': out += "\\n"; break;
            case ':': out += "\\c"; break;
            default: out += c;
        }
    }
}

std::optional<std::string> unescaped(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\') {
            out += text[at];
            continue;
        }
        if (++at == text.size()) return std::nullopt;
        switch (text[at]) {
            case '\\': out += '\\'; break;
            case 'r': out += '\r'; break;
            case 'n': out += '\n'; break;
            case 'c': out += ':'; break;
            default: return std::nullopt;
        }
    }
    return out;
}

}  // namespace

Bytes header_block_of(const TextHeaders& headers) {
    Bytes block;
    for (const TextHeader& header : headers) {
        append_escaped(block, header.name);
        block += ": ";
        append_escaped(block, header.value);
        block += "\r\n";
    }
    return block;
}

Result<TextHeaders> read_header_block(ByteView block) {
    TextHeaders headers;
    std::string_view rest = as_text(block);
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return fail(Errc::protocol, "a header line has no colon");
        std::string_view value = line.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        auto name = unescaped(line.substr(0, colon));
        auto text = unescaped(value);
        if (!name || !text) return fail(Errc::protocol, "a header line has an escape that is none");
        headers.push_back({*std::move(name), *std::move(text)});
    }
    return headers;
}

}  // namespace rialto
