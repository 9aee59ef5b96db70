#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/topic.hpp"

namespace rialto::kafka {

/// How topics of the gateway are written as names of Kafka topics: levels joined by dots, each byte that is neither letter
/// nor digit as `-HH`, an empty level as `-00`. No two topics have the same name, and none that Kafka takes for the same
/// ("a.b" and "a_b" collide there). A name of more than 200 bytes is its first 200, `-h` and 16 digits of a hash; such a
/// message has its topic in the header `rialto-topic`. Immutable. @thread any
class TopicNames {
public:
    enum class Form : std::uint8_t {
        escaped,   ///< as above
        verbatim,  ///< levels as they are, for Kafka topics that others named; not every topic has such a name
    };

    /// @param prefix  stands before every name, "plant."; letters, digits, `.`, `_` and `-`
    explicit TopicNames(std::string prefix = {}, Form form = Form::escaped) : prefix_(std::move(prefix)), form_(form) {}

    /// @error invalid  verbatim, and Kafka takes no such name
    Result<std::string> name_of(std::string_view topic) const;
    /// Whether the name ends in a hash, so that it can't be read back.
    bool is_shortened(std::string_view name) const noexcept;
    /// The way back. Of names that are not ours `-` and `_` stand for themselves.
    /// @error invalid  another prefix, shortened, or no topic
    Result<std::string> topic_of(std::string_view name) const;

    /// What to subscribe to, so that all that the filters ask for comes: names, and regular expressions that begin with `^`.
    /// There may come more: the filters decide. Sorted, without repeats.
    std::vector<std::string> subscriptions(const std::vector<TopicFilter>& filters) const;

private:
    std::string pattern_of(const TopicFilter& filter) const;
    /// What all names have in common that the filter asks for.
    std::string fixed_beginning(const TopicFilter& filter) const;
    void append_level(std::string& out, std::string_view level) const;

    std::string prefix_;
    Form form_;
};

/// Whether Kafka takes this as a topic's name. @source org.apache.kafka.common.internals.Topic
bool is_kafka_name(std::string_view name) noexcept;

}  // namespace rialto::kafka
