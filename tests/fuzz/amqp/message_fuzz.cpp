// Whatever octets a transfer carries, they are a message or are refused; and a message goes out and comes in again as it was.

#include <cstdint>
#include <cstdlib>

#include "adapters/amqp/mapping.hpp"

namespace rialto::amqp {
namespace {

constexpr WallTime now{std::chrono::milliseconds(1'800'000'000'000)};

MessagePtr read(std::string_view octets) {
    auto decoded = decode(octets, now);
    if (decoded.has_error()) return nullptr;
    if (!decoded->reply_to.empty()) decoded->make_properties().reply_to = decoded->reply_to;
    return decoded->to_message("t", false);
}

Bytes written(const Message& message) { return encode(message, now, {"t", message.properties().reply_to}); }

void fuzz(std::string_view octets) {
    const MessagePtr message = read(octets);
    if (!message) return;
    // The second time nothing is normalised any more.
    const MessagePtr once = read(written(*message));
    if (!once) std::abort();
    const MessagePtr twice = read(written(*once));
    if (!twice || written(*twice) != written(*once)) std::abort();
}

}  // namespace
}  // namespace rialto::amqp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rialto::amqp::fuzz({reinterpret_cast<const char*>(data), size});
    return 0;
}
