#pragma once

#include "adapters/web/live_publisher.hpp"
#include "adapters/web/live_queue.hpp"
#include "adapters/web/live_requests.hpp"
#include "adapters/web/settings.hpp"
#include "adapters/web/websocket_session.hpp"
#include "core/bus.hpp"
#include "core/gateway.hpp"
#include "core/subscriber.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace rialto::web {

/// What the live sockets of one listener share. @thread any; each shard raises its own counters
struct LiveService {
    struct Counts {
        Counter& received;
        Counter& sent;
        Counter& dropped;
    };

    LiveService(Gateway& gateway, const LiveLimits& limits);

    Gateway& gateway;
    const LiveLimits limits;
    const std::shared_ptr<RecentKeys> keys = std::make_shared<RecentKeys>();
    std::vector<Counts> counts;  ///< by shard
};

/// One client of the protocol `rialto.v1.json`: JSON frames, one a line, many a message; docs/live-socket.md
/// has them. Lives on: the link's shard.
class LiveSocket final : public WebSocketSession, public Subscriber, public Flushable, public PublishWatcher {
public:
    /// @param service, link  outlive it
    LiveSocket(LiveService& service, WebSocketLink& link);
    ~LiveSocket() override;

    void on_data(DataKind kind, ByteView piece, bool ends_message) override;
    void on_drained() override;
    void on_timer() override;
    void on_drain() override;
    void on_closed(const Error& reason) override;

    void deliver(const Delivery& delivery, const Receipt& receipt) noexcept override;
    void publish_settled(std::string_view id, const RecentKeys::Settled& settled) noexcept override;
    void flush() noexcept override;

private:
    struct Subscription {
        TopicFilter filter;
        std::uint32_t identifier;
        SlowPolicy policy;
        std::uint64_t lost = 0;  ///< dropped, and not told yet
        std::uint64_t replayed_through = 0;  ///< what the history has up to this number was replayed, or came before
    };
    /// One frame of the client's.
    struct Frame {
        const boost::json::object& members;
        std::string_view text;
        std::optional<ByteView> payload;
        std::string id;
    };
    using Handler = void (LiveSocket::*)(const Frame&);

    void on_message(DataKind kind, ByteView message);
    void on_frame(std::string_view text, std::optional<ByteView> payload);
    void handle(const Frame& frame);
    static Handler handler_of(std::string_view op) noexcept;
    void not_understood(std::string_view sentence);
    void refuse(const Frame& frame, const Refusal& refusal);
    bool take_from_rate();

    void on_connect(const Frame& frame);
    void on_subscribe(const Frame& frame);
    void on_unsubscribe(const Frame& frame);
    void on_publish(const Frame& frame);
    void on_pong(const Frame&) {}
    void on_unoffered(const Frame& frame);
    bool replay_last_values(const Frame& frame, const Subscription& subscription);
    void replay_history(const Frame& frame, const SubscribeRequest& request, Subscription& subscription);
    History& history() noexcept { return link_.shard().bus().history(); }
    bool was_replayed(const Message& message) noexcept;

    void answer(Bytes frame);
    void hang_up(CloseCode code, std::string_view sentence);
    void enqueue(const MessagePtr& message, MessageForm form, std::span<const std::uint32_t> identifiers);
    bool is_behind() const noexcept;
    bool has_room_for(const Message& message) noexcept;
    Subscription* find(std::uint32_t identifier) noexcept;
    void drop_down_to(std::size_t bytes);
    void tell_gaps();
    void pump();
    void send_batch();
    /// The binary message that the item goes out as; null where it is a line of text.
    const Bytes* binary_form(const LiveQueue::Item& item) const;
    void pause_or_resume();

    LiveService& service_;
    WebSocketLink& link_;
    Ref<LivePublisher> publisher_;
    LiveQueue queue_;
    std::map<std::string, Subscription> subscriptions_;  ///< by the filter as the client wrote it
    Bytes unfinished_;                                   ///< a message of which more is to come
    Instant rate_since_{};
    double rate_left_ = 0;
    std::uint32_t next_identifier_ = 1;
    std::uint64_t replayed_through_ = 0;  ///< the highest of any subscription
    int misunderstandings_ = 0;
    bool is_connected_ = false;
    bool wants_binary_ = false;
    bool awaits_pong_ = false;
    bool is_paused_ = false;
    bool has_gaps_ = false;
};

}  // namespace rialto::web
