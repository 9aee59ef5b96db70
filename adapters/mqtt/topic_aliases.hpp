#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rialto::mqtt {

/// What the aliases that the other side sends stand for. Of one connection. Lives on: one shard.
/// @source MQTT 5.0 section 3.3.2.3.4
class ReceivedAliases {
public:
    explicit ReceivedAliases(std::uint16_t maximum) : topics_(maximum) {}

    bool may_be(std::uint32_t alias) const noexcept { return alias >= 1 && alias <= topics_.size(); }

    /// Precondition for both: may_be(alias).
    void set(std::uint32_t alias, std::string_view topic) { topics_[alias - 1] = topic; }
    /// Empty where the alias was never set.
    const std::string& find(std::uint32_t alias) const noexcept { return topics_[alias - 1]; }

private:
    std::vector<std::string> topics_;
};

/// Which topics the other side knows by an alias. A topic has one place, found by its hash, and takes it from
/// the topic that had it before: no search, no list of the least used. Of one connection. Lives on: one
/// shard.
class SentAliases {
public:
    explicit SentAliases(std::uint16_t maximum) : topics_(maximum) {}

    struct Answer {
        std::uint16_t alias;
        bool is_known;  ///< the other side has it already: the topic may be left out
    };

    /// Precondition: made with a maximum above zero.
    Answer find(std::string_view topic) const noexcept {
        const std::size_t place = place_of(topic);
        return {static_cast<std::uint16_t>(place + 1), topics_[place] == topic};
    }

    /// To be called when a packet that carries topic and alias is sure to go out.
    void set(std::string_view topic) { topics_[place_of(topic)] = topic; }

private:
    std::size_t place_of(std::string_view topic) const noexcept {
        return std::hash<std::string_view>{}(topic) % topics_.size();
    }

    std::vector<std::string> topics_;
};

}  // namespace rialto::mqtt
