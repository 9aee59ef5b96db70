#include "adapters/amqp/backend/dialect.hpp"

#include <array>

namespace rialto::amqp {
namespace {

constexpr std::array every_dialect{Dialect::generic, Dialect::rabbitmq, Dialect::artemis, Dialect::activemq, Dialect::qpid};

}  // namespace

std::optional<Dialect> dialect_named(std::string_view name) noexcept {
    for (const Dialect dialect : every_dialect) {
        if (name == name_of(dialect)) return dialect;
    }
    return std::nullopt;
}

std::string_view name_of(Dialect dialect) noexcept {
    switch (dialect) {
        case Dialect::generic: return "generic";
        case Dialect::rabbitmq: return "rabbitmq";
        case Dialect::artemis: return "artemis";
        case Dialect::activemq: return "activemq";
        case Dialect::qpid: return "qpid";
    }
    return {};
}

Dialect dialect_of_product(std::string_view product) noexcept {
    if (product == "RabbitMQ") return Dialect::rabbitmq;
    if (product == "apache-activemq-artemis") return Dialect::artemis;
    if (product == "ActiveMQ") return Dialect::activemq;
    if (product.starts_with("Apache Qpid Broker-J") || product == "qpid-cpp") return Dialect::qpid;
    return Dialect::generic;
}

}  // namespace rialto::amqp
