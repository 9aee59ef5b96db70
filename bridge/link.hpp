#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/echo_guard.hpp"
#include "bridge/envelope.hpp"
#include "bridge/outlet.hpp"
#include "bridge/spool_config.hpp"
#include "core/gateway.hpp"
#include "core/keep_open.hpp"

namespace rialto::bridge {

/// Whoever is fed by a link's source: the routes that read from its backend.
/// @pre takes its share of the receipt or leaves it alone; never blocks
using Feed = std::function<void(const MessagePtr& message, const Receipt& receipt)>;

/// What the routes make of a backend.
struct Wiring {
    std::vector<TopicFilter> patterns;  ///< what its source brings; empty: it has none
    Feed feed;                          ///< whom that feeds
    /// Whom a message goes back to that a route gave to it in an earlier life and that can't be delivered; null: nobody.
    std::function<Ref<Returns>(const std::string& route, const MessagePtr& message)> returns = {};
    std::vector<std::string> writers;   ///< the routes that write to it, each as in Properties::via; none: it has no sink
};

/// One backend of the file, kept open: its source and its sink as far as routes use them, the outlet before the sink,
/// and the guard against echoes. Lives on: the backend's shard; made and asked from any thread before start().
class Link {
public:
    /// Messages of one source that may be unsettled at once: what bounds the memory that a slow target costs.
    static constexpr std::uint32_t source_credit = 1024;

    Link(Gateway& gateway, Shard& shard, std::string name, std::unique_ptr<Backend> backend,
         Outlet::Limits limits = {}, Envelope envelope = Envelope(), std::optional<SpoolConfig> spool = {});
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    const std::string& name() const noexcept { return name_; }
    Shard& shard() const noexcept { return shard_; }
    Backend& backend() noexcept { return *backend_; }

    /// What survives the way to it, as far as is known by now: it may turn out when it is connected. @thread any
    FieldSet carries() const noexcept { return carries_.load(std::memory_order_relaxed); }

    /// Before start().
    void wire(Wiring wiring);

    /// Hands one message to the sink. @thread any; messages of one thread keep their order
    void send(Parcel parcel);

    /// @thread the link's
    void start();
    /// While it runs: other patterns, another feed, other writers. A source whose patterns change is closed and opened
    /// anew; what it had unsettled comes again from the other side. @thread the link's
    void change(Wiring wiring);
    /// While it runs: another way to what the file calls by the same name. What was on its way to the old one and was not
    /// confirmed, and all that waits, goes to the new one. @thread the link's
    void exchange(std::unique_ptr<Backend> backend);
    /// Stops reading, and closes the sink once all is confirmed, or with what is not. @thread the link's
    boost::asio::awaitable<void> stop(std::chrono::milliseconds within);

    /// Whether all that routes use of it is open. @thread any
    bool is_up() const noexcept { return up_.value() != 0; }

private:
    class Reader;
    class Writer;

    void start_writer();
    void renew_soon();
    boost::asio::awaitable<void> renew();
    boost::asio::awaitable<void> take_next_backend();
    void remember(const Message& message);
    bool is_echo(const Message& message);
    bool tells_echoes_by_via() const noexcept { return carries().has(Field::via); }
    void say_state();

    Gateway& gateway_;
    Shard& shard_;
    const std::string name_;
    std::unique_ptr<Backend> backend_;
    const Outlet::Limits limits_;
    const Envelope envelope_;
    const std::optional<SpoolConfig> spool_config_;
    Gauge& up_;
    Readiness::Part readiness_;
    EchoGuard echoes_;
    std::vector<TopicFilter> patterns_;
    Feed feed_;
    decltype(Wiring::returns) returns_;
    std::vector<std::string> writers_;
    std::atomic<FieldSet> carries_;
    bool is_started_ = false;
    bool is_stopping_ = false;
    bool is_renewing_ = false;  ///< a reader is being closed to make room for one with other patterns, or the backend for another
    std::unique_ptr<Backend> next_backend_;
    std::unique_ptr<Reader> reader_;
    std::unique_ptr<Writer> writer_;
};

}  // namespace rialto::bridge
