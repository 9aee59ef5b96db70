#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/amqp/backend/dialect.hpp"
#include "core/dotted_topic.hpp"
#include "core/topic.hpp"

namespace rialto::amqp {

/// How topics are addresses at one broker, and back. Immutable.
///
///   dialect   topic a/b           pattern a/+/#           queue a/b
///   rabbitmq  /topic/a.b          key a.*.#               /queue/a.b
///   artemis   a.b                 a.*.#                   a.b
///   activemq  topic://a.b         topic://a.*.>           queue://a.b
///   qpid      amq.topic/a.b       amq.topic/a.*.#         a.b
///   generic   a/b                 a/+/#                   a/b
class Addressing {
public:
    /// What a file may say beside the dialect: `topics = { prefix = …, separator = … }`.
    struct Override {
        std::optional<std::string> prefix;
        std::optional<char> separator;
    };

    Addressing(Dialect dialect, Node node, const Override& differently);

    Dialect dialect() const noexcept { return dialect_; }
    Node node() const noexcept { return node_; }

    std::string address_of(std::string_view topic) const { return prefix_ + encoded(dotted_name(topic, form_)); }
    /// RabbitMQ's routing key: without the exchange.
    std::string key_of(std::string_view topic) const { return key_prefix_ + dotted_name(topic, form_); }
    /// The address of a source for the narrowest pattern that has what the filter asks for.
    std::string source_of(const TopicFilter& filter) const { return prefix_ + encoded(dotted_pattern(filter, form_)); }
    /// RabbitMQ's binding key for that pattern.
    std::string binding_of(const TopicFilter& filter) const { return key_prefix_ + dotted_pattern(filter, form_); }
    /// Whether the address can't tell the topic, so that the message has to.
    bool is_shortened(std::string_view topic) const { return rialto::is_shortened(dotted_name(topic, form_), form_); }
    /// The address of something whose name is no topic.
    std::string address_of_name(const std::string& name) const { return prefix_ + encoded(name); }

    /// From an address as producers write it, with the prefix of this broker, another usual one, or none.
    /// @error invalid  no topic
    Result<std::string> topic_of(std::string_view address) const;
    /// From a routing key of RabbitMQ's. @error invalid  no topic, or not below the prefix
    Result<std::string> topic_of_key(std::string_view key) const;

    /// RabbitMQ's exchange: "amq.topic" where the prefix begins with "/topic/", "x" where it does with "/exchange/x/".
    /// @error invalid  neither of them
    Result<std::string> exchange() const;

private:
    std::string encoded(std::string name) const;

    Dialect dialect_;
    Node node_;
    DottedForm form_;
    std::string prefix_;      ///< what stands before the name: "/topic/"
    std::string key_prefix_;  ///< the part of it that is no exchange: "plant." of "/topic/plant."
};

}  // namespace rialto::amqp
