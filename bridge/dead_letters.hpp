#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bridge/parcel.hpp"
#include "core/backoff.hpp"
#include "core/gateway.hpp"

namespace rialto::bridge {

class Link;

/// Writes what one route can't deliver to the route's dead-letter address: the message as it came, with headers that say why,
/// by which route, where to, where from and after how many attempts. The source hears when the dead letter is safe, not
/// before: one that is not taken goes again until it is. Outlives its route while something is on its way.
/// Lives on: the route's home shard, but for take() and returns_for()
class DeadLetters final : public Settler {
public:
    /// Dead letters that nobody waits for; more are dropped and counted.
    static constexpr std::size_t most_unacknowledged = 10'000;

    struct Settings {
        std::string route;
        std::string stamp;                 ///< of the route, for Properties::via
        std::uint32_t max_attempts = 0;    ///< 0: for ever
        std::string place;                 ///< empty: there is no address, and the source hears that it was refused
        Link* link = nullptr;              ///< the place's; null: the bus
        std::vector<std::string> sources;  ///< places, by the number of the route's pattern
        /// The topic of the dead letter for a topic that the pattern of that number matched.
        std::vector<std::function<std::optional<std::string>(std::string_view topic)>> topics;
    };
    struct Letter {
        MessagePtr message;       ///< as it came
        std::size_t pattern = 0;  ///< which of the route's it matched
        std::string target;       ///< "place:topic"
        Undeliverable why{};
        std::uint32_t attempts = 0;
    };

    DeadLetters(Gateway& gateway, Shard& home, Settings settings, Backoff backoff = Backoff());

    /// Whom an outlet gives the message back to. @thread any
    Ref<Returns> returns_for(const MessagePtr& message, std::size_t pattern, std::string_view target);
    /// Takes the letter over; its receipt settles when it is safe. @thread any
    void take(Letter letter, Receipt receipt);
    bool has_address() const noexcept { return !settings_.place.empty(); }

    /// The link goes away: what was not taken by it is released, and so is all that comes. @thread home
    void forget(const Link& link);

    void settled(std::uint64_t token, Outcome outcome) noexcept override;

private:
    class Ticket;
    struct Waiting {
        MessagePtr letter;
        Receipt receipt;
        bool has_receipt;
        Undeliverable why;
        int tries = 0;
    };

    MessagePtr written(const Letter& letter) const;
    std::string topic_for(const Letter& letter) const;
    void keep(const Letter& letter, Receipt receipt);
    void send(std::uint64_t number);
    void send_again();
    Counter& counter_of(Undeliverable why);

    Gateway& gateway_;
    const Settings settings_;
    Backoff backoff_;
    Timer retry_;
    bool is_closed_ = false;
    std::uint64_t last_ = 0;
    boost::unordered_flat_map<std::uint64_t, Waiting> waiting_;
    std::vector<std::uint64_t> again_;  ///< to be sent when the timer fires
    std::size_t unacknowledged_ = 0;
    std::array<Counter*, 3> counters_;
    Counter& overflowed_;
};

}  // namespace rialto::bridge
