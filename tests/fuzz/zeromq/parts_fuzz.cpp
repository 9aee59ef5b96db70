// Whatever parts a peer sends, they are a message or an error; and a message that is written again is the same message.
// A part ends where 0xF8 stands, which no text and no header block has. The subscriptions that peers send are read too.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "adapters/zeromq/interest.hpp"
#include "adapters/zeromq/wire_form.hpp"
#include "core/properties.hpp"

namespace rialto::zeromq {
namespace {

constexpr char end_of_part = '\xF8';

std::vector<ByteView> split(std::string_view input) {
    std::vector<ByteView> parts;
    while (!input.empty()) {
        const auto end = input.find(end_of_part);
        parts.push_back(as_bytes(input.substr(0, end)));
        input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
    }
    return parts;
}

void check_round_trip(const Message& message) {
    const auto headers = header_part_of(message, Format::three_part);
    const std::vector<ByteView> parts{as_bytes(message.topic()), as_bytes(*headers), message.payload()};
    const auto again = read_parts(parts, {});
    if (again.has_error() || (*again)->topic() != message.topic()) std::abort();
    if (as_text((*again)->payload()) != as_text(message.payload())) std::abort();
    if ((*again)->is_retained() != message.is_retained()) std::abort();
    // Doubles that are not a number are not equal to themselves; what is written of both is.
    if (header_part_of(**again, Format::three_part) != headers) std::abort();
}

void try_parts(std::string_view input) {
    const auto parts = split(input);
    const auto message = read_parts(parts, "fuzz/one");
    if (message) check_round_trip(**message);
    Interest interest;
    for (const ByteView part : parts) interest.take(part);
    for (const ByteView part : parts) {
        const bool is_asked_for = !part.empty() && part[0] == 1;
        if (is_asked_for && interest.size() == 0 && parts.size() == 1) std::abort();
        static_cast<void>(interest.wants(as_text(part)));
    }
}

}  // namespace
}  // namespace rialto::zeromq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rialto::zeromq::try_parts({reinterpret_cast<const char*>(data), size});
    return 0;
}
