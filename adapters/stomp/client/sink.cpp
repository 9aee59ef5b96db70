#include "adapters/stomp/client/sink.hpp"

#include "adapters/stomp/mapping.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <utility>

namespace rialto::stomp {
namespace {

/// How brokers say that a message would never be taken, however often it came.
bool is_for_good(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 4> words = {"not authorized", "access_refused", "access refused",
                                                       "does not have permission"};
    return std::any_of(words.begin(), words.end(),
                       [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

}  // namespace

Sink::Sink(Shard& shard, ClientSettings settings) : shard_(shard), settings_(std::move(settings)) {}

Sink::~Sink() {
    if (connection_) connection_->quit();
}

boost::asio::awaitable<Result<void>> Sink::open(SinkWatcher& watcher) {
    watcher_ = nullptr;
    const std::string no_client_id;
    const Result<void> connected = co_await connect(shard_, settings_, no_client_id, *this, connection_);
    if (connected) watcher_ = &watcher;
    co_return connected;
}

void Sink::send(MessagePtr message, Receipt receipt) {
    assert(connection_ && "send() is for an open sink");
    const Version version = connection_->version();
    const Addresses& addresses = settings_.addresses;
    thread_local std::string head;
    head.clear();
    FrameWriter frame(head, Command::send, version);
    frame.header("destination", addresses.destination_of(message->topic()));
    if (addresses.need_routing()) frame.header("destination-type", "MULTICAST");
    frame.header("receipt", first_ + sent_.size());
    head.append(lines_to_broker(*message, version, addresses)).push_back('\n');
    connection_->write(head);
    connection_->wire().write_payload(message);
    connection_->write(std::string_view("\0", 1));
    sent_.push_back({std::move(receipt)});
}

std::optional<std::size_t> Sink::place_of(std::string_view receipt_id) const noexcept {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(receipt_id.data(), receipt_id.data() + receipt_id.size(), number);
    const bool is_number = error == std::errc{} && end == receipt_id.data() + receipt_id.size();
    if (!is_number || number < first_ || number - first_ >= sent_.size()) return std::nullopt;
    return static_cast<std::size_t>(number - first_);
}

void Sink::on_frame(Frame& frame) noexcept {
    if (frame.command != Command::receipt) return;
    const auto place = place_of(frame.headers.find("receipt-id").value_or(""));
    if (!place) return;
    sent_[*place].is_accepted = true;
    while (!sent_.empty() && sent_.front().is_accepted) {
        Sent sent = std::move(sent_.front());
        sent_.pop_front();
        ++first_;
        sent.receipt.settle(Outcome::accepted);
    }
}

void Sink::on_error(const Frame& error) noexcept {
    const auto place = place_of(error.headers.find("receipt-id").value_or(""));
    const std::string text = text_of_error(error);
    if (!place || !is_for_good(text)) return;
    if (const auto held = refusal_log_.pass()) {
        log::warn("message refused",
                  {{"backend", settings_.backend}, {"answer", text}, {"more", std::to_string(*held)}});
    }
    sent_[*place].receipt.settle(Outcome::rejected);
}

boost::asio::awaitable<void> Sink::close() {
    watcher_ = nullptr;
    co_await disconnect(shard_, connection_);
    release_all();
}

void Sink::on_lost(const Error& why) noexcept {
    connection_ = nullptr;
    release_all();
    if (watcher_) watcher_->lost(why);
}

void Sink::release_all() {
    first_ += sent_.size();
    for (Sent& sent : std::exchange(sent_, {})) {
        sent.receipt.settle(sent.is_accepted ? Outcome::accepted : Outcome::released);
    }
}

}  // namespace rialto::stomp
