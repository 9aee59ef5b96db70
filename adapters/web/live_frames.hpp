#pragma once

#include "core/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What the gateway says on a live socket, as the bytes of one frame each: JSON objects on one line, and the
/// binary form of messages. `id` is JSON text as the client wrote it; empty where a frame answers nothing.
namespace rialto::web {

/// How a message is shown: what differs between receivers.
enum class MessageForm : std::uint8_t {
    live,      ///< as it was published
    retained,  ///< as a topic's last value, to a new subscription
};
/// Whether the payload travels in text frames as data or text; otherwise as b64, or in the binary form.
bool is_textual(const Message& message);
/// A `msg` frame. Made once for all receivers; lives as long as the message.
const Bytes& message_frame(const Message& message, MessageForm form);
/// The same in the binary form: header length in two bytes, header JSON, payload. Empty where the header is
/// too long for that; the text form has no such limit.
const Bytes& binary_message_frame(const Message& message, MessageForm form);

/// An error's code, its name, and whether trying again can help.
struct LiveError {
    int code;
    std::string_view name;
    bool may_retry;
};
namespace live_error {
inline constexpr LiveError bad_request{400, "bad_request", false};
inline constexpr LiveError unauthorized{401, "unauthorized", false};
inline constexpr LiveError forbidden{403, "forbidden", false};
inline constexpr LiveError not_subscribed{404, "unknown_topic", false};
inline constexpr LiveError already_subscribed{409, "already_subscribed", false};
inline constexpr LiveError too_large{413, "too_large", false};
inline constexpr LiveError bad_filter{422, "bad_filter", false};
inline constexpr LiveError too_many{429, "too_many", true};
inline constexpr LiveError target_refused{503, "target_down", false};
inline constexpr LiveError target_down{503, "target_down", true};
}  // namespace live_error

Bytes error_frame(std::string_view id, const LiveError& error, std::string_view sentence);

struct Welcome {
    std::string connection;
    std::chrono::seconds ping;
    std::size_t message_size;
    std::size_t subscriptions;
    std::size_t rate;
    std::string epoch;       ///< of the history
    std::uint64_t position;  ///< likewise
};
Bytes connected_frame(std::string_view id, const Welcome& welcome);
/// @param position   of the history when the subscription began
/// @param recovered  whether nothing is missing behind the client's cursor; nothing where it has sent none
Bytes subscribed_frame(std::string_view id, std::string_view filter, std::size_t replay,
                       std::uint64_t position, std::optional<bool> recovered);
Bytes unsubscribed_frame(std::string_view id, std::string_view filter);
/// The replay for a subscription has ended.
Bytes live_frame(std::string_view filter, std::uint64_t position);
Bytes ack_frame(std::string_view id, std::uint64_t sequence);
Bytes gap_frame(std::string_view filter, std::uint64_t lost, std::uint64_t position);
Bytes ping_frame();
Bytes bye_frame(int code, std::string_view sentence);

}  // namespace rialto::web
