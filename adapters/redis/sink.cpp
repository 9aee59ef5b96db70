#include "adapters/redis/sink.hpp"

#include <cassert>
#include <utility>

namespace rialto::redis {

std::size_t send_publish(Connection& connection, const Message& message) {
    connection.send({"PUBLISH", message.topic(), as_text(message.payload())});
    return 1;
}

Sink::Sink(Shard& shard, std::string backend, Login login, SendMessage send_message)
    : shard_(shard), backend_(std::move(backend)), login_(std::move(login)), send_message_(std::move(send_message)) {}

Sink::~Sink() {
    if (connection_) connection_->quit();
}

boost::asio::awaitable<Result<void>> Sink::open(SinkWatcher& watcher) {
    watcher_ = nullptr;
    const Result<void> connected = co_await connect(shard_, login_, *this, connection_);
    if (connected) watcher_ = &watcher;
    co_return connected;
}

void Sink::send(MessagePtr message, Receipt receipt) {
    assert(connection_ && "send() is for an open sink");
    if (message->payload().size() > max_bulk_size) return receipt.settle(Outcome::rejected);
    for (std::size_t left = send_message_(*connection_, *message); left > 1; --left) unanswered_.push_back({Receipt(), true});
    unanswered_.push_back({std::move(receipt)});
}

void Sink::on_silence() noexcept {
    connection_->send({"PING"});
    unanswered_.push_back({Receipt(), true});
}

void Sink::on_reply(const redisReply& reply) noexcept {
    if (unanswered_.empty()) return connection_->abort({Errc::protocol, "Redis answered what nobody asked"});
    Sent sent = std::move(unanswered_.front());
    unanswered_.pop_front();
    if (is_error(reply) && error_code(reply) == "NOAUTH") {  // somebody set a password meanwhile
        sent.receipt.settle(Outcome::released);
        return connection_->abort({Errc::refused, "Redis answered: " + std::string(text_of(reply))});
    }
    if (is_error(reply)) log_refusal(reply);
    if (!sent.is_aside) sent.receipt.settle(outcome_of(reply));
}

Outcome Sink::outcome_of(const redisReply& reply) {
    if (!is_error(reply)) return Outcome::accepted;
    return is_temporary(reply) ? Outcome::released : Outcome::rejected;
}

void Sink::log_refusal(const redisReply& reply) {
    if (const auto held = refusal_log_.pass()) {
        log::warn("message refused", {{"backend", backend_},
                                      {"answer", std::string(text_of(reply))},
                                      {"more", std::to_string(*held)}});
    }
}

boost::asio::awaitable<void> Sink::close() {
    if (connection_) std::exchange(connection_, nullptr)->quit();
    release_all();
    co_return;
}

void Sink::on_lost(const Error& why) noexcept {
    connection_ = nullptr;
    release_all();
    if (watcher_) watcher_->lost(why);
}

void Sink::release_all() {
    for (Sent& sent : std::exchange(unanswered_, {})) sent.receipt.settle(Outcome::released);
}

}  // namespace rialto::redis
