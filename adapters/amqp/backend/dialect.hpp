#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rialto::amqp {

/// Whose broker it is: AMQP 1.0 leaves to it what an address means and what is kept for whom.
enum class Dialect : std::uint8_t { generic, rabbitmq, artemis, activemq, qpid };

/// By its name in the configuration; nothing for "auto".
std::optional<Dialect> dialect_named(std::string_view name) noexcept;
std::string_view name_of(Dialect dialect) noexcept;
/// By what the broker calls itself in the property "product" of its open.
Dialect dialect_of_product(std::string_view product) noexcept;

/// What an address stands for: something to publish and subscribe to, or something that each message is taken from once.
enum class Node : std::uint8_t { topic, queue };

}  // namespace rialto::amqp
