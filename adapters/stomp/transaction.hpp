#pragma once

#include "adapters/stomp/delivery_id.hpp"
#include "adapters/stomp/limits.hpp"
#include "adapters/stomp/subscription.hpp"
#include "core/error.hpp"
#include "core/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rialto::stomp {

/// A SEND that has been understood.
struct Sending {
    MessagePtr message;
    bool to_queue = false;
};

/// An ACK or NACK that has been understood.
struct Settlement {
    DeliveryId id;
    std::optional<Refusal> refusal;  ///< nothing is ACK
};

/// What a client did between BEGIN and COMMIT, in order. Nothing of it has happened yet.
struct Transaction {
    std::string id;
    std::vector<std::variant<Sending, Settlement>> steps;
    std::size_t size = 0;  ///< octets of its messages
};

/// The open transactions of one connection. Lives on: one shard.
class Transactions {
public:
    explicit Transactions(const Limits& limits) noexcept : limits_(limits) {}

    /// Errc::protocol where one of that name is open, Errc::over_limit where too many are.
    Result<void> begin(std::string_view id);
    /// Errc::protocol where none of that name is open; Errc::over_limit where it is too large.
    Result<void> add(std::string_view id, Sending sending);
    Result<void> add(std::string_view id, Settlement settlement);
    /// Takes it out: for COMMIT to carry out, for ABORT to forget. Errc::protocol where none of that name is
    /// open.
    Result<Transaction> end(std::string_view id);

private:
    Transaction* find(std::string_view id) noexcept;
    Result<void> add_step(std::string_view id, std::variant<Sending, Settlement> step, std::size_t size);

    const Limits& limits_;
    std::vector<Transaction> open_;
};

}  // namespace rialto::stomp
