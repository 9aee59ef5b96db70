#include "adapters/redis/streams/caller.hpp"

#include <utility>

namespace rialto::redis::streams {

Error error_from(std::string_view doing, const redisReply& reply) {
    const Errc code = is_temporary(reply) ? Errc::unreachable : Errc::refused;
    return fail(code, std::string(doing) + ": Redis answered: " + std::string(text_of(reply)));
}

Caller::Caller(Shard& shard, Login login, OnLost on_lost)
    : shard_(shard), login_(std::move(login)), on_lost_(std::move(on_lost)) {}

boost::asio::awaitable<Result<void>> Caller::open() {
    is_opened_ = false;
    const Result<void> connected = co_await connect(shard_, login_, *this, connection_);
    is_opened_ = connected.has_value();
    co_return connected;
}

void Caller::call(std::span<const std::string_view> words, OnReply on_reply) {
    connection_->send(words);
    unanswered_.push_back(std::move(on_reply));
}

void Caller::abort(std::string_view doing, const redisReply& reply) { abort(error_from(doing, reply)); }

void Caller::quit() {
    is_opened_ = false;
    unanswered_.clear();
    if (connection_) std::exchange(connection_, nullptr)->quit();
}

void Caller::on_reply(const redisReply& reply) noexcept {
    if (unanswered_.empty()) return connection_->abort({Errc::protocol, "Redis answered what nobody asked"});
    const OnReply answer = std::move(unanswered_.front());
    unanswered_.pop_front();
    answer(reply);
}

void Caller::on_silence() noexcept {
    call({"PING"}, [](const redisReply&) {});
}

void Caller::on_lost(const Error& why) noexcept {
    connection_ = nullptr;
    unanswered_.clear();
    if (std::exchange(is_opened_, false)) on_lost_(why);
}

}  // namespace rialto::redis::streams
