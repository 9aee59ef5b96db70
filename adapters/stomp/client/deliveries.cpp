#include "adapters/stomp/client/deliveries.hpp"

#include <utility>

namespace rialto::stomp {
namespace {

/// Ids are short; a copy comes soon after the first. Ours, against subscriptions that never get theirs.
constexpr std::size_t most_known = 65'536;

}  // namespace

Deliveries::Token Deliveries::add(AckHandle handle) {
    deliveries_.push_back({{std::move(handle)}, std::nullopt});
    ++unsettled_;
    return first_ + deliveries_.size() - 1;
}

std::optional<Deliveries::Token> Deliveries::add_copy(const std::string& id, std::size_t copies, AckHandle handle,
                                                      std::vector<Answer>& answers) {
    const auto found = known_.find(id);
    if (found == known_.end()) {
        const Token token = add(std::move(handle));
        remember(id, {token, copies - 1, std::nullopt});
        return token;
    }
    Known& known = found->second;
    if (!known.outcome) {
        deliveries_[known.token - first_].handles.push_back(std::move(handle));
    } else if (*known.outcome != Outcome::released) {
        answers.push_back({{std::move(handle)}, *known.outcome});
    }
    if (--known.missing == 0) {
        ids_.erase(known.token);
        known_.erase(found);
    }
    return std::nullopt;
}

void Deliveries::remember(const std::string& id, Known known) {
    ids_.emplace(known.token, id);
    known_.emplace(id, known);
    oldest_.push_back(id);
    if (oldest_.size() <= most_known) return;
    if (const auto old = known_.find(oldest_.front()); old != known_.end()) {
        ids_.erase(old->second.token);
        known_.erase(old);
    }
    oldest_.pop_front();
}

std::vector<Deliveries::Answer> Deliveries::settle(Token token, Outcome outcome) {
    std::vector<Answer> answers;
    if (token < first_ || token - first_ >= deliveries_.size()) return answers;
    Delivery& delivery = deliveries_[token - first_];
    if (delivery.outcome) return answers;
    delivery.outcome = outcome;
    --unsettled_;
    if (const auto id = ids_.find(token); id != ids_.end()) {
        known_.at(id->second).outcome = outcome;
        ids_.erase(id);
    }
    if (!answers_in_order_ && outcome != Outcome::released) {
        answers.push_back({std::exchange(delivery.handles, {}), outcome});
    }
    forget_front(answers);
    return answers;
}

/// What was released stays, so that an ACK in 1.0 does not speak for it.
void Deliveries::forget_front(std::vector<Answer>& answers) {
    while (!deliveries_.empty() && deliveries_.front().outcome) {
        Delivery& front = deliveries_.front();
        if (answers_in_order_ && *front.outcome == Outcome::released) return;
        if (answers_in_order_) answers.push_back({std::move(front.handles), *front.outcome});
        deliveries_.pop_front();
        ++first_;
    }
}

}  // namespace rialto::stomp
