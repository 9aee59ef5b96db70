#pragma once

#include "adapters/stomp/client/settings.hpp"
#include "adapters/stomp/version.hpp"
#include "core/topic.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rialto::stomp {

/// What a source asks for: one SUBSCRIBE for each pattern, none twice. Its place in the list is its id.
/// Lives on: one shard.
class Subscriptions {
public:
    Subscriptions(const ClientSettings& settings, std::vector<TopicFilter> filters);

    [[nodiscard]] std::size_t size() const noexcept { return filters_.size(); }
    /// Appends the SUBSCRIBE frames, each with a receipt "subscribe".
    void append_subscribe(std::string& out, Version version) const;
    /// Appends what takes back kept subscriptions of `before` that are not among these any more.
    void append_take_back(std::string& out, Version version, const std::set<std::string>& before) const;
    /// The patterns, as take-back wants them.
    [[nodiscard]] std::set<std::string> patterns() const;

    /// Which subscription the header `subscription` names.
    [[nodiscard]] std::optional<std::size_t> place_of(std::string_view id) const noexcept;
    /// Whether a message for `topic` by subscription `place` is asked for, and by no earlier subscription that gets a
    /// copy of its own. Where copies bear one id, each is taken here and Copies tells them.
    [[nodiscard]] bool takes(std::string_view topic, std::optional<std::size_t> place) const noexcept;
    /// How many subscriptions get a copy of a message for `topic`.
    [[nodiscard]] std::size_t copies_of(std::string_view topic) const noexcept;

    [[nodiscard]] static constexpr std::string_view receipt() noexcept { return "subscribe"; }

private:
    enum class Sharing : std::uint8_t { one_queue, same_id, unknown };

    [[nodiscard]] std::string name_of(std::string_view pattern) const;

    const ClientSettings& settings_;
    std::vector<TopicFilter> filters_;
    Sharing sharing_;
};

}  // namespace rialto::stomp
