#include "adapters/amqp/backend/methods_0_9_1.hpp"

#include <algorithm>

namespace rialto::amqp::v091 {
namespace {

constexpr char method_frame = 1;
constexpr char frame_end = '\xCE';
constexpr std::size_t largest_frame = 1 << 20;  // what a broker says while a queue is made is short
constexpr std::size_t head_size = 7;

void append_number(Bytes& out, std::uint64_t value, int octets) {
    for (int shift = octets * 8 - 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> static_cast<unsigned>(shift)));
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, int octets) {
    std::uint64_t value = 0;
    for (int i = 0; i < octets; ++i) value = value << 8U | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
    return value;
}

/// Builds one method's frame.
class Call {
public:
    Call(std::uint16_t channel, Method method) : channel_(channel) { append_number(payload_, static_cast<std::uint32_t>(method), 4); }
    Call&& octet(std::uint8_t value) && {
        append_number(payload_, value, 1);
        return std::move(*this);
    }
    Call&& word(std::uint16_t value) && {
        append_number(payload_, value, 2);
        return std::move(*this);
    }
    Call&& short_text(std::string_view text) && {
        text = text.substr(0, 255);
        append_number(payload_, text.size(), 1);
        payload_ += text;
        return std::move(*this);
    }
    Call&& long_text(std::string_view text) && {
        append_number(payload_, text.size(), 4);
        payload_ += text;
        return std::move(*this);
    }
    Call&& raw(std::string_view octets) && {
        payload_ += octets;
        return std::move(*this);
    }
    Bytes frame() && {
        Bytes out(1, method_frame);
        append_number(out, channel_, 2);
        append_number(out, payload_.size(), 4);
        out += payload_;
        out += frame_end;
        return out;
    }

private:
    std::uint16_t channel_;
    Bytes payload_;
};

/// { "capabilities": { "authentication_failure_close": true } }, so that a wrong password is told and not just cut off.
Bytes client_properties() {
    Bytes inner = "\x1c" "authentication_failure_close" "t\x01";
    Bytes out = "\x0c" "capabilities" "F";
    append_number(out, inner.size(), 4);
    return out + inner;
}

Call bind_call(Method method, std::string_view queue, std::string_view exchange, std::string_view key) {
    return Call(1, method).word(0).short_text(queue).short_text(exchange).short_text(key);
}

}  // namespace

Bytes start_ok(std::string_view mechanism, std::string_view response) {
    return Call(0, Method::connection_start_ok)
        .long_text(client_properties())
        .short_text(mechanism)
        .long_text(response)
        .short_text("en_US")
        .frame();
}

Bytes tune_ok(std::string_view tune) {
    constexpr std::size_t limits = 6;
    if (tune.size() < limits) return Call(0, Method::connection_tune_ok).word(1).word(0).word(4096).word(0).frame();
    return Call(0, Method::connection_tune_ok).raw(tune.substr(0, limits)).word(0).frame();
}

Bytes open(std::string_view virtual_host) {
    return Call(0, Method::connection_open).short_text(virtual_host).short_text({}).octet(0).frame();
}

Bytes channel_open() { return Call(1, Method::channel_open).short_text({}).frame(); }

Bytes declare_queue(std::string_view queue) {
    constexpr std::uint8_t durable = 2;
    return Call(1, Method::queue_declare).word(0).short_text(queue).octet(durable).long_text({}).frame();
}

Bytes bind_queue(std::string_view queue, std::string_view exchange, std::string_view key) {
    return bind_call(Method::queue_bind, queue, exchange, key).octet(0).long_text({}).frame();
}

Bytes unbind_queue(std::string_view queue, std::string_view exchange, std::string_view key) {
    return bind_call(Method::queue_unbind, queue, exchange, key).long_text({}).frame();
}

Bytes close_connection() {
    return Call(0, Method::connection_close).word(200).short_text("done").word(0).word(0).frame();
}

Bytes close_connection_ok() { return Call(0, Method::connection_close_ok).frame(); }

Reading read_frame(std::string_view bytes, Frame& frame) {
    const std::string_view known = protocol_header.substr(0, std::min<std::size_t>(bytes.size(), 4));
    if (!bytes.empty() && bytes.starts_with(known)) return Reading::broken;  // it refuses the version, saying its own
    if (bytes.size() < head_size) return Reading::part;
    const auto size = static_cast<std::size_t>(number_at(bytes, 3, 4));
    if (size > largest_frame) return Reading::broken;
    if (bytes.size() < head_size + size + 1) return Reading::part;
    if (bytes[head_size + size] != frame_end) return Reading::broken;
    frame = {head_size + size + 1, std::nullopt, {}};
    if (bytes[0] != method_frame) return Reading::whole;
    if (size < 4) return Reading::broken;
    frame.method = static_cast<Method>(number_at(bytes, head_size, 4));
    frame.arguments = bytes.substr(head_size + 4, size - 4);
    return Reading::whole;
}

std::uint32_t consumers_of(std::string_view arguments) {
    if (arguments.empty()) return 0;
    const std::size_t at = 1 + static_cast<unsigned char>(arguments[0]) + 4;  // behind the name and the number of messages
    return arguments.size() < at + 4 ? 0 : static_cast<std::uint32_t>(number_at(arguments, at, 4));
}

Refusal refusal_of(std::string_view arguments) {
    if (arguments.size() < 3) return {};
    return {static_cast<std::uint16_t>(number_at(arguments, 0, 2)),
            std::string(arguments.substr(3, static_cast<unsigned char>(arguments[2])))};
}

}  // namespace rialto::amqp::v091
