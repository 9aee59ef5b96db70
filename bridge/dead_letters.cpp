#include "bridge/dead_letters.hpp"

#include <algorithm>

#include "bridge/link.hpp"

namespace rialto::bridge {

/// One message's way back.
class DeadLetters::Ticket final : public Returns {
public:
    Ticket(Ref<DeadLetters> desk, MessagePtr message, std::size_t pattern, std::string target)
        : Returns(desk->settings_.max_attempts),
          desk_(std::move(desk)),
          message_(std::move(message)),
          pattern_(pattern),
          target_(std::move(target)) {}

    const std::string& route() const noexcept override { return desk_->settings_.route; }
    void take_back(const Message& refused, Undeliverable why, std::uint32_t attempts, Receipt receipt) noexcept override {
        desk_->take({message_, pattern_, target_ + ":" + std::string(refused.topic()), why, attempts}, std::move(receipt));
    }

private:
    Ref<DeadLetters> desk_;
    MessagePtr message_;
    std::size_t pattern_;
    std::string target_;
};

DeadLetters::DeadLetters(Gateway& gateway, Shard& home, Settings settings, Backoff backoff)
    : Settler(home),
      gateway_(gateway),
      settings_(std::move(settings)),
      backoff_(std::move(backoff)),
      retry_([this] { send_again(); }),
      counters_{&counter_of(Undeliverable::rejected), &counter_of(Undeliverable::too_many_attempts),
                &counter_of(Undeliverable::unmappable_topic)},
      overflowed_(gateway.metrics().counter("rialto_route_dropped_total", "Messages that a route did not pass on",
                                            {{"route", settings_.route}, {"reason", "dead_letters_full"}})) {}

Counter& DeadLetters::counter_of(Undeliverable why) {
    const Labels labels{{"route", settings_.route}, {"reason", std::string(name_of(why))}};
    if (has_address()) {
        return gateway_.metrics().counter("rialto_route_dead_letters_total", "Messages that went to the dead-letter address", labels);
    }
    return gateway_.metrics().counter("rialto_route_dropped_total", "Messages that a route did not pass on", labels);
}

Ref<Returns> DeadLetters::returns_for(const MessagePtr& message, std::size_t pattern, std::string_view target) {
    return Ref<Returns>(new Ticket(Ref<DeadLetters>(this), message, pattern, std::string(target)));
}

void DeadLetters::take(Letter letter, Receipt receipt) {
    if (home().is_current()) return keep(letter, std::move(receipt));
    home().post([self = Ref<DeadLetters>(this), letter = std::move(letter), receipt = std::move(receipt)]() mutable {
        self->keep(letter, std::move(receipt));
    });
}

void DeadLetters::keep(const Letter& letter, Receipt receipt) {
    if (!has_address()) {
        counters_[static_cast<std::size_t>(letter.why)]->add();
        return receipt.settle(Outcome::rejected);
    }
    if (is_closed_) return;  // the share counts as released
    const bool has_receipt = !receipt.empty();
    if (!has_receipt && unacknowledged_ >= most_unacknowledged) return overflowed_.add();
    if (!has_receipt) ++unacknowledged_;
    const std::uint64_t number = ++last_;
    waiting_.emplace(number, Waiting{written(letter), std::move(receipt), has_receipt, letter.why});
    send(number);
}

std::string DeadLetters::topic_for(const Letter& letter) const {
    auto topic = settings_.topics[letter.pattern](letter.message->topic());
    if (topic && check_topic(*topic)) return std::move(*topic);
    return "rialto/dead/" + settings_.route;  // a topic that can't be had is no reason to lose it
}

MessagePtr DeadLetters::written(const Letter& letter) const {
    const Message& original = *letter.message;
    auto properties = std::make_unique<Properties>(original.properties());
    const auto add = [&](const char* name, Value value) { properties->headers.push_back({name, std::move(value)}); };
    add("rialto-dead-reason", std::string(name_of(letter.why)));
    add("rialto-dead-route", settings_.route);
    add("rialto-dead-target", letter.target);
    add("rialto-dead-address", settings_.sources[letter.pattern] + ":" + std::string(original.topic()));
    add("rialto-dead-attempts", std::int64_t{letter.attempts});
    if (original.is_retained()) add("rialto-dead-retain", true);
    if (properties->expires_at) add("rialto-dead-expires", *properties->expires_at);
    properties->expires_at.reset();  // it is kept for people, who come later
    properties->via.push_back(settings_.stamp);
    Message::Traits traits = original.traits();
    traits.qos = std::max(traits.qos, Qos::at_least_once);
    traits.retain = false;  // it is not its topic's last value
    return Message::rewrite(original, topic_for(letter), traits, std::move(properties));
}

void DeadLetters::send(std::uint64_t number) {
    const MessagePtr letter = waiting_.at(number).letter;
    Receipt receipt(Ref<Settler>(this), number);
    if (settings_.link) {
        settings_.link->send({letter, std::move(receipt), Order::none});
    } else {
        home().bus().publish(letter, std::move(receipt));
    }
}

void DeadLetters::settled(std::uint64_t token, Outcome outcome) noexcept {
    const auto found = waiting_.find(token);
    if (found == waiting_.end()) return;
    if (outcome != Outcome::accepted && !is_closed_) {
        again_.push_back(token);
        if (!retry_.is_armed()) home().arm(retry_, backoff_.after(found->second.tries));
        found->second.tries = std::min(found->second.tries + 1, 100);
        return;
    }
    Waiting done = std::move(found->second);
    waiting_.erase(found);
    if (!done.has_receipt) --unacknowledged_;
    counters_[static_cast<std::size_t>(done.why)]->add();
    done.receipt.settle(outcome);
}

void DeadLetters::send_again() {
    for (const std::uint64_t number : std::exchange(again_, {})) send(number);
}

void DeadLetters::forget(const Link& link) {
    if (settings_.link != &link) return;
    is_closed_ = true;
    retry_.cancel();
    again_.clear();
    for (auto& [number, waiting] : std::exchange(waiting_, {})) waiting.receipt.settle(Outcome::released);
}

}  // namespace rialto::bridge
