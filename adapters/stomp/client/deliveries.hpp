#pragma once

#include "adapters/stomp/version.hpp"
#include "core/receipt.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace rialto::stomp {

/// How one MESSAGE frame is acknowledged. @source STOMP 1.2 ACK: by `id`; 1.1: message-id and subscription; 1.0: message-id
struct AckHandle {
    std::string id;
    std::string subscription;
};

/// The messages that the broker waits for an answer about, in the order in which they came, and their copies: what one
/// connection's subscriptions brought more than once. No IO. Lives on: one shard.
class Deliveries {
public:
    using Token = std::uint64_t;

    /// What has to be said to the broker.
    struct Answer {
        std::vector<AckHandle> handles;
        Outcome outcome = Outcome::accepted;
    };

    /// In 1.0 an ACK stands for all messages before it: answers are given in the order of arrival.
    explicit Deliveries(bool answers_in_order) noexcept : answers_in_order_(answers_in_order) {}

    /// A message that nobody had yet. @return its token
    Token add(AckHandle handle);
    /// The same for one of `copies` copies that bear the same `id`. Nothing for a copy of a message that came before: it is
    /// answered with it, or at once in `answers`.
    std::optional<Token> add_copy(const std::string& id, std::size_t copies, AckHandle handle, std::vector<Answer>& answers);
    /// @return what to say now; a message that was released is never answered
    std::vector<Answer> settle(Token token, Outcome outcome);

    [[nodiscard]] std::size_t unsettled() const noexcept { return unsettled_; }

private:
    struct Delivery {
        std::vector<AckHandle> handles;
        std::optional<Outcome> outcome;
    };
    /// A message of which not all copies have come.
    struct Known {
        Token token;
        std::size_t missing;
        std::optional<Outcome> outcome;  ///< once it is settled
    };

    void forget_front(std::vector<Answer>& answers);
    void remember(const std::string& id, Known known);

    bool answers_in_order_;
    std::deque<Delivery> deliveries_;
    Token first_ = 0;  ///< the token of deliveries_.front()
    std::size_t unsettled_ = 0;
    std::unordered_map<std::string, Known> known_;
    std::unordered_map<Token, std::string> ids_;  ///< of the unsettled among known_
    std::deque<std::string> oldest_;              ///< of known_: copies that never come must not be waited for
};

}  // namespace rialto::stomp
