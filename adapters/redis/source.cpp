#include "adapters/redis/source.hpp"

#include <utility>

#include "adapters/redis/awaited.hpp"

namespace rialto::redis {

Source::Source(Shard& shard, Login login, std::vector<TopicFilter> filters, Counter& unmappable)
    : shard_(shard), login_(std::move(login)), subscriptions_(std::move(filters)), unmappable_(unmappable) {}

Source::~Source() { disconnect(); }

boost::asio::awaitable<Result<void>> Source::open(Inlet& inlet) {
    inlet_ = &inlet;
    credit_ = 0;
    waiting_.clear();
    Answer<void> subscribed(shard_.io());
    const Awaited shown(subscribed_, subscribed);
    Result<void> result = co_await connect(shard_, login_, *this, connection_);
    if (result) {
        subscribe();
        result = co_await subscribed.wait(login_.dialing.within, "Redis did not confirm a subscription");
        if (!result) disconnect();
    }
    if (result && !connection_) co_return fail(Errc::unreachable, "the connection to Redis is gone");
    co_return result;
}

void Source::subscribe() {
    const auto send = [this](std::string_view command, const std::vector<std::string>& names) {
        if (names.empty()) return;
        std::vector<std::string_view> words{command};
        words.insert(words.end(), names.begin(), names.end());
        connection_->send(words);
        unconfirmed_ += names.size();
    };
    unconfirmed_ = 0;
    send("SUBSCRIBE", subscriptions_.channels());
    send("PSUBSCRIBE", subscriptions_.patterns());
    if (unconfirmed_ == 0) subscribed_->give({});
}

void Source::on_reply(const redisReply& reply) noexcept {
    if (is_error(reply)) {
        const Error error{is_temporary(reply) ? Errc::unreachable : Errc::refused,
                          "Redis refused a subscription: " + std::string(text_of(reply))};
        if (subscribed_) return subscribed_->give(error);
        return connection_->abort(error);
    }
    const auto parts = elements_of(reply);
    if (parts.empty()) return;
    const std::string_view kind = text_of(*parts[0]);
    if (kind == "message" && parts.size() == 3) {
        on_message(text_of(*parts[1]), text_of(*parts[2]), std::nullopt);
    } else if (kind == "pmessage" && parts.size() == 4) {
        on_message(text_of(*parts[2]), text_of(*parts[3]), text_of(*parts[1]));
    } else if (kind == "subscribe" || kind == "psubscribe") {
        on_subscribed();
    }  // the rest is the pong of a PING
}

void Source::on_subscribed() {
    if (unconfirmed_ != 0 && --unconfirmed_ == 0 && subscribed_) subscribed_->give({});
}

void Source::on_message(std::string_view channel, std::string_view payload, std::optional<std::string_view> pattern) {
    if (!subscriptions_.takes(channel, pattern)) return;
    if (const auto is_topic = check_topic(channel); !is_topic) {
        unmappable_.add();
        if (const auto held = unmappable_log_.pass()) {
            log::warn("message dropped", {{"reason", "the channel is no topic: " + is_topic.error().message},
                                          {"more", std::to_string(*held)}});
        }
        return;
    }
    waiting_.push_back(Message::create(channel, as_bytes(payload), {Qos::at_least_once}));  // from here on it counts
    if (!subscribed_) hand_on();
}

void Source::hand_on() {
    if (is_handing_on_) return;  // more credit came from within accept()
    is_handing_on_ = true;
    while (credit_ != 0 && !waiting_.empty()) {
        --credit_;
        MessagePtr message = std::move(waiting_.front());
        waiting_.pop_front();
        inlet_->accept(std::move(message), Receipt());
    }
    is_handing_on_ = false;
}

void Source::grant(std::uint32_t more) {
    credit_ += more;
    hand_on();
    if (connection_ && waiting_.empty()) connection_->take_more();
}

boost::asio::awaitable<void> Source::close() {
    disconnect();
    waiting_.clear();
    co_return;
}

void Source::disconnect() {
    if (connection_) std::exchange(connection_, nullptr)->quit();
    if (subscribed_) subscribed_->give(fail(Errc::closed, "closed"));
}

void Source::on_lost(const Error& why) noexcept {
    connection_ = nullptr;
    if (subscribed_) return subscribed_->give(why);
    inlet_->lost(why);
}

}  // namespace rialto::redis
