#include "adapters/redis/listener/reply.hpp"

#include <string>

namespace rialto::redis {
namespace {

void append_line(Bytes& out, char kind, std::string_view text) {
    out += kind;
    out += text;
    out += "\r\n";
}

}  // namespace

void append_status(Bytes& out, std::string_view text) { append_line(out, '+', text); }

void append_error(Bytes& out, std::string_view text) {
    out += '-';
    for (const char c : text) out += c == '\r' || c == '\n' ? ' ' : c;
    out += "\r\n";
}

void append_integer(Bytes& out, std::int64_t number) { append_line(out, ':', std::to_string(number)); }

void append_string(Bytes& out, std::string_view text) {
    append_line(out, '$', std::to_string(text.size()));
    out += text;
    out += "\r\n";
}

void append_nothing(Bytes& out, Resp version) { out += version == Resp::v2 ? "$-1\r\n" : "_\r\n"; }

void append_array(Bytes& out, std::size_t size) { append_line(out, '*', std::to_string(size)); }

void append_map(Bytes& out, std::size_t size, Resp version) {
    if (version == Resp::v2) return append_array(out, 2 * size);
    append_line(out, '%', std::to_string(size));
}

void append_push(Bytes& out, std::size_t size, Resp version) {
    append_line(out, version == Resp::v2 ? '*' : '>', std::to_string(size));
}

}  // namespace rialto::redis
