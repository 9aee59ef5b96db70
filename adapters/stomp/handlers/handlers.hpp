#pragma once

#include "adapters/stomp/frame.hpp"
#include "adapters/stomp/peer.hpp"
#include "core/error.hpp"

#include <cstdint>

namespace rialto::stomp {

/// When the RECEIPT goes out that a frame asked for.
enum class Answer : std::uint8_t {
    receipt_now,    ///< the frame is done
    receipt_later,  ///< the handler has seen to it
};

/// Handles a client's frame by its command. An error means ERROR to the client and the end of its connection.
[[nodiscard]] Result<Answer> handle_frame(Peer& peer, Frame& frame);

// One file for each.
[[nodiscard]] Result<Answer> handle_connect(Peer& peer, Frame& frame);
[[nodiscard]] Result<Answer> handle_send(Peer& peer, Frame& frame);
[[nodiscard]] Result<Answer> handle_subscribe(Peer& peer, Frame& frame);
[[nodiscard]] Result<Answer> handle_unsubscribe(Peer& peer, Frame& frame);
[[nodiscard]] Result<Answer> handle_ack(Peer& peer, Frame& frame);
[[nodiscard]] Result<Answer> handle_nack(Peer& peer, Frame& frame);
[[nodiscard]] Result<Answer> handle_begin(Peer& peer, Frame& frame);
[[nodiscard]] Result<Answer> handle_commit(Peer& peer, Frame& frame);
[[nodiscard]] Result<Answer> handle_abort(Peer& peer, Frame& frame);
[[nodiscard]] Result<Answer> handle_disconnect(Peer& peer, Frame& frame);

/// The value of a header that the frame must have.
[[nodiscard]] Result<std::string_view> required(const Frame& frame, std::string_view name);

/// The message that an ACK or NACK names, in the way of the client's version, and what becomes of it; an
/// error where no message waits for that.
[[nodiscard]] Result<Answer> settle_message(Peer& peer, const Frame& frame, std::optional<Refusal> refusal);

}  // namespace rialto::stomp
