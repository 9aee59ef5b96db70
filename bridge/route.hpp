#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/dead_letters.hpp"
#include "bridge/dedupe.hpp"
#include "bridge/link.hpp"
#include "bridge/loss_counters.hpp"
#include "bridge/place.hpp"
#include "bridge/reply_desk.hpp"
#include "core/gateway.hpp"
#include "core/log.hpp"
#include "core/subscriber.hpp"

namespace rialto::bridge {

/// A rule that copies messages from some places to others. Each message goes through the same steps: match, guard
/// against loops, map the topic, send; its receipt settles when every required target has it.
/// @thread take(): any shard's; the rest: the main one before start()
class Route final : private Passage {
public:
    /// The topic at the target for a topic at the source; nothing where the source's pattern does not match.
    using Rewrite = std::function<std::optional<std::string>(std::string_view topic)>;

    struct Target {
        std::string place;       ///< a backend's name, or "bus"
        Link* link = nullptr;    ///< null: the bus
        bool is_required = true;  ///< the source waits for it
    };
    /// One entry of `from`, with what each target makes of a topic that it matches, in the order of the targets.
    struct Pattern {
        std::string place;
        Link* link = nullptr;  ///< the place's; null: the bus
        TopicFilter filter;
        std::vector<Rewrite> rewrites;
        /// What the pattern says beyond its filter; empty where that is nothing.
        std::function<bool(std::string_view topic)> accepts = {};
    };
    enum class Retain { keep, set, clear };

    struct Settings {
        std::string name;
        std::vector<Pattern> from;
        std::vector<Target> to;
        Retain retain = Retain::keep;
        ReplyDesk* replies = nullptr;  ///< brings answers back; null: reply addresses go on as they are
        Ref<Dedupe> dedupe = {};  ///< null: repeats pass
        Order order = Order::by_topic;
        std::uint32_t max_attempts = 0;  ///< while the connection holds; 0 is for ever
        std::optional<Target> dead_letter = {};
        std::vector<Rewrite> dead_topics = {};  ///< by pattern; empty without `dead_letter`
    };

    Route(Gateway& gateway, Settings settings);
    ~Route();
    Route(const Route&) = delete;
    Route& operator=(const Route&) = delete;

    const std::string& name() const noexcept { return settings_.name; }
    const Settings& settings() const noexcept { return settings_; }
    /// What it leaves in Properties::via: "gateway/route".
    const std::string& stamp() const noexcept { return stamp_; }

    /// What it reads from `place`.
    std::vector<TopicFilter> filters_of(std::string_view place) const;

    /// One message that arrived from `place`. Ignores what none of its patterns for the place matches.
    void take(std::string_view place, const MessagePtr& message, const Receipt& receipt);

    /// Whom `message` goes back to, which it once sent to `target` and which was on disk since; null: nobody.
    Ref<Returns> returns_for(const MessagePtr& message, std::string_view target);

    /// Subscribes to what it reads from the bus, on its own shard. @thread any
    void start();
    /// Takes no more from the bus. @thread its own shard
    void stop();
    /// Nothing that waits goes on by it. @thread any
    void retire();
    /// The link goes away; what would go there is released. @thread its own shard
    void forget(const Link& link);
    Shard& shard() const noexcept { return home_; }

private:
    class BusReader;
    struct Counters {
        Counter* taken;
        Counter* looped;
        Counter* unmappable;
    };

    void pass(std::string_view place, const MessagePtr& message, const Receipt& receipt) override;
    const Pattern* match(std::string_view place, std::string_view topic) const;
    bool has_passed(const Message& message) const;
    bool is_return(const Message& message, std::string_view place, const Target& target, std::string_view topic) const;
    void log_loop(const Message& message);
    std::unique_ptr<Properties> stamped(const Message& message, std::string_view place) const;
    void pass_to_all(std::string_view place, const Pattern& pattern, const MessagePtr& message, const Receipt& receipt);
    void send(std::size_t target, MessagePtr message, Receipt share, Ref<Returns> returns);
    void pass_on(std::size_t target, std::string_view topic, const Pattern& pattern, const MessagePtr& message, const Receipt& receipt);
    void bury_unmappable(const Target& target, const Pattern& pattern, const MessagePtr& message, const Receipt& receipt);
    std::size_t number_of(const Pattern& pattern) const { return static_cast<std::size_t>(&pattern - settings_.from.data()); }
    static Receipt share_for(const Target& target, const Receipt& receipt);
    Ref<DeadLetters> make_dead_letters();
    Message::Traits traits_for(const Message& message) const;

    Gateway& gateway_;
    const Settings settings_;
    const std::string stamp_;  ///< "gateway/route", in Properties::via
    Shard& home_;
    std::vector<Counters> counters_;  ///< by shard
    LossCounters losses_;
    log::RateLimit loops_;
    Ref<DeadLetters> dead_letters_;  ///< null: what is refused is the source's business
    std::unique_ptr<BusReader> bus_reader_;
};

}  // namespace rialto::bridge
