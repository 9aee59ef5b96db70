#include "adapters/web/live_socket.hpp"

#include "core/bus.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace rialto::web {
namespace {

/// Before somebody has said who they are they get little room. @source RabbitMQ does the same, with the same
/// reason
constexpr std::size_t size_before_connect = 4096;
/// More than this in the link is a reader that is behind: the rest waits here, where policies can act on it.
constexpr std::size_t link_backlog = 64 * 1024;
constexpr std::size_t frames_per_message = 256;
constexpr std::size_t joined_size = 64 * 1024;
/// Publishes that nobody has confirmed yet; beyond that the client is not read.
constexpr std::size_t most_unsettled = 1024;

}  // namespace

LiveService::LiveService(Gateway& gateway_, const LiveLimits& limits_) : gateway(gateway_), limits(limits_) {
    auto& metrics = gateway.metrics();
    for (std::size_t i = 0; i < gateway.shard_count(); ++i) {
        counts.push_back({metrics.counter("rialto_messages_received_total", "Messages received from clients",
                                          {{"protocol", "live"}}),
                          metrics.counter("rialto_messages_sent_total", "Messages sent to clients",
                                          {{"protocol", "live"}}),
                          metrics.counter("rialto_messages_dropped_total", "Messages dropped, by reason",
                                          {{"protocol", "live"}, {"reason", "slow_reader"}})});
    }
}

LiveSocket::LiveSocket(LiveService& service, WebSocketLink& link)
    : service_(service), link_(link), publisher_(new LivePublisher(link.shard(), service.keys, *this)) {
    link_.wake_after(service_.limits.connect_timeout);
}

LiveSocket::~LiveSocket() {
    publisher_->forget_watcher();
}

void LiveSocket::on_data(DataKind kind, ByteView piece, bool ends_message) {
    const std::size_t limit = is_connected_ ? service_.limits.message_size : size_before_connect;
    if (unfinished_.size() + piece.size() > limit) {
        return hang_up(CloseCode::too_large, "at most " + std::to_string(limit) + " bytes");
    }
    awaits_pong_ = false;
    if (unfinished_.empty() && ends_message) return on_message(kind, piece);
    unfinished_.append(as_text(piece));
    if (!ends_message) return;
    const Bytes message = std::exchange(unfinished_, {});
    on_message(kind, as_bytes(message));
}

void LiveSocket::on_drained() {
    pump();
    pause_or_resume();
}

void LiveSocket::on_timer() {
    if (!is_connected_) return hang_up(CloseCode::silent, "no connect came");
    if (awaits_pong_) return hang_up(CloseCode::silent, "no pong came");
    awaits_pong_ = true;
    answer(ping_frame());
    link_.wake_after(service_.limits.ping_interval);
}

void LiveSocket::on_drain() {
    constexpr auto code = CloseCode::restarting;
    answer(bye_frame(static_cast<int>(code), "the gateway is stopping"));
    while (!queue_.empty()) send_batch();
    link_.close(code, "the gateway is stopping");
}

void LiveSocket::on_closed(const Error&) {
    publisher_->forget_watcher();
    auto& bus = link_.shard().bus();
    for (const auto& [text, subscription] : subscriptions_) bus.unsubscribe(*this, subscription.filter);
    subscriptions_.clear();
    queue_.clear();
    unlink();
}

void LiveSocket::hang_up(CloseCode code, std::string_view sentence) {
    pump();  // answers come before the end
    link_.close(code, sentence);
}

void LiveSocket::answer(Bytes frame) {
    if (!link_.is_open()) return;
    queue_.push(std::move(frame));
    link_.shard().flush_later(*this);
}

// A replay is made while messages that are in it are still on their way from the shard that numbers them.
bool LiveSocket::was_replayed(const Message& message) noexcept {
    if (replayed_through_ == 0 || !history().covers(message.topic())) return false;
    const std::uint64_t number = stamp_of(message).number;
    if (number > replayed_through_) {  // so are all later ones
        replayed_through_ = 0;
        return false;
    }
    return std::all_of(subscriptions_.begin(), subscriptions_.end(), [&](const auto& known) {
        const Subscription& subscription = known.second;
        return number <= subscription.replayed_through || !subscription.filter.matches(message.topic());
    });
}

void LiveSocket::deliver(const Delivery& delivery, const Receipt&) noexcept {
    if (!delivery.is_replay && was_replayed(*delivery.message)) return;
    enqueue(delivery.message, delivery.is_replay ? MessageForm::retained : MessageForm::live,
            delivery.identifiers);
}

void LiveSocket::enqueue(const MessagePtr& message, MessageForm form,
                         std::span<const std::uint32_t> identifiers) {
    if (!link_.is_open()) return;
    const std::uint32_t identifier = identifiers.empty() ? 0 : identifiers.front();
    const std::size_t limit = service_.limits.backlog;
    if (is_behind() || !has_room_for(*message)) {
        const Subscription* const subscription = find(identifier);
        const auto policy = subscription ? subscription->policy : SlowPolicy::drop_oldest;
        if (policy == SlowPolicy::conflate) {
            queue_.push_latest(message, form, identifier);
            drop_down_to(limit);
            return link_.shard().flush_later(*this);
        }
        if (!has_room_for(*message)) {
            if (policy == SlowPolicy::close) {
                service_.counts[link_.shard().index()].dropped.add();
                return link_.close(CloseCode::too_slow, "the reader is too slow");
            }
            drop_down_to(limit - std::min(limit, message->size()));
        }
    }
    queue_.push(message, form, identifier);
    link_.shard().flush_later(*this);
}

bool LiveSocket::is_behind() const noexcept {
    return link_.backlog() >= link_backlog;
}

// A turn may bring more than the limit to a reader that is not slow at all: it gets the chance to take it
// first.
bool LiveSocket::has_room_for(const Message& message) noexcept {
    if (queue_.bytes() + message.size() <= service_.limits.backlog) return true;
    link_.write_now();
    pump();
    return queue_.bytes() + message.size() <= service_.limits.backlog;
}

void LiveSocket::drop_down_to(std::size_t bytes) {
    while (queue_.bytes() > bytes) {
        const auto identifier = queue_.drop_oldest();
        if (!identifier) return;  // answers alone
        service_.counts[link_.shard().index()].dropped.add();
        if (Subscription* const subscription = find(*identifier)) ++subscription->lost;
        has_gaps_ = true;
    }
}

LiveSocket::Subscription* LiveSocket::find(std::uint32_t identifier) noexcept {
    for (auto& [text, subscription] : subscriptions_) {
        if (subscription.identifier == identifier) return &subscription;
    }
    return nullptr;
}

// What was dropped is what waited longest, so its place is before all that still waits.
void LiveSocket::tell_gaps() {
    has_gaps_ = false;
    const std::uint64_t position = history().position();
    for (auto& [text, subscription] : subscriptions_) {
        if (subscription.lost != 0) queue_.push_first(gap_frame(text, std::exchange(subscription.lost, 0), position));
    }
}

void LiveSocket::flush() noexcept {
    pump();
}

void LiveSocket::pump() {
    while (link_.is_open() && !queue_.empty() && !is_behind()) {
        if (has_gaps_) tell_gaps();
        send_batch();
    }
    if (!queue_.empty() && link_.is_open()) link_.tell_when_drained();
}

const Bytes* LiveSocket::binary_form(const LiveQueue::Item& item) const {
    if (!item.message || !wants_binary_ || is_textual(*item.message)) return nullptr;
    const Bytes& frame = binary_message_frame(*item.message, item.form);
    return frame.empty() ? nullptr : &frame;
}

void LiveSocket::send_batch() {
    static thread_local std::vector<std::string_view> lines;
    lines.clear();
    std::size_t size = 0;
    std::size_t items = 0;
    std::size_t messages = 0;
    const auto now = wall_now();
    for (; items < queue_.count() && lines.size() < frames_per_message && size < joined_size; ++items) {
        const auto& item = queue_.at(items);
        if (!item.answer && (!item.message || item.message->is_expired(now))) continue;
        if (const Bytes* const frame = binary_form(item)) {
            if (!lines.empty()) break;
            service_.counts[link_.shard().index()].sent.add();
            link_.send(DataKind::binary, as_bytes(*frame));
            return queue_.pop(items + 1);
        }
        lines.push_back(item.answer ? *item.answer : message_frame(*item.message, item.form));
        size += lines.back().size() + 1;
        if (item.message) ++messages;
    }
    if (!lines.empty()) {
        std::uint8_t* at = link_.extend(DataKind::text, size - 1);
        for (const auto& line : lines) {
            if (&line != &lines.front()) *at++ = '\n';
            std::memcpy(at, line.data(), line.size());
            at += line.size();
        }
        service_.counts[link_.shard().index()].sent.add(messages);
    }
    queue_.pop(items);
}

// A client that asks and does not read, or publishes faster than its targets take, is not read meanwhile.
void LiveSocket::pause_or_resume() {
    if (!link_.is_open()) return;
    const bool is_full =
        publisher_->unsettled() >= most_unsettled || queue_.bytes() > service_.limits.backlog;
    if (is_full && !is_paused_) {
        is_paused_ = true;
        link_.pause_reading();
    } else if (!is_full && is_paused_) {
        is_paused_ = false;
        link_.resume_reading();
    }
}

}  // namespace rialto::web
