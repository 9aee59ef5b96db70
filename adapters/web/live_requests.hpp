#pragma once

#include "adapters/web/live_frames.hpp"
#include "core/history/history.hpp"
#include "core/topic.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

/// What clients ask for on a live socket, read from its JSON and checked. Fields that are not known are
/// ignored.
namespace rialto::web {

/// A request that is answered with an `err` frame.
struct Refusal {
    LiveError error;
    std::string sentence;  ///< says what to change
};
template <typename T> using Checked = boost::system::result<T, Refusal>;

/// What happens to messages for a reader that is too slow.
enum class SlowPolicy : std::uint8_t {
    drop_oldest,  ///< what waits longest is dropped, and a `gap` tells how many
    conflate,     ///< of each topic only the newest waits
    close,        ///< the connection ends with 4108
};

/// Where a subscription begins.
enum class Beginning : std::uint8_t {
    now,
    last_values,  ///< the retained message of every matching topic first
    newest,       ///< so many of the newest messages first
    cursor,       ///< what came behind a cursor first
};

struct SubscribeRequest {
    TopicFilter filter;
    Beginning from = Beginning::now;
    std::size_t count = 0;  ///< with Beginning::newest
    Cursor cursor{};        ///< with Beginning::cursor
    SlowPolicy policy = SlowPolicy::drop_oldest;
    bool wants_own = true;  ///< `echo`: what this connection published itself, too
};

struct PublishRequest {
    MessagePtr message;
    std::string key;  ///< idempotency; empty where there is none
};

/// `id` as JSON text; empty where there is none.
Checked<std::string> read_id(const boost::json::object& members);

Checked<SubscribeRequest> read_subscribe(const boost::json::object& members);

/// `topic` of an unsub.
Checked<TopicFilter> read_filter(const boost::json::object& members);

/// @param text     the same object as text: `data` is published as it stands there
/// @param payload  of the binary form; nothing in the text form
Checked<PublishRequest> read_publish(const boost::json::object& members, std::string_view text,
                                     std::optional<ByteView> payload, Message::Traits traits);

}  // namespace rialto::web
