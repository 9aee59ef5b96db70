#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bridge/echo_guard.hpp"
#include "bridge/outlet.hpp"
#include "core/gateway.hpp"
#include "core/keep_open.hpp"

namespace rialto::bridge {

/// Whoever is fed by a link's source: the routes that read from its backend.
/// @pre takes its share of the receipt or leaves it alone; never blocks
using Feed = std::function<void(const MessagePtr& message, const Receipt& receipt)>;

/// One backend of the file, kept open: its source and its sink as far as routes use them, the outlet before the sink,
/// and the guard against echoes. Lives on: the backend's shard; made and asked from any thread before start().
class Link {
public:
    /// Messages of one source that may be unsettled at once: what bounds the memory that a slow target costs.
    static constexpr std::uint32_t source_credit = 1024;

    Link(Gateway& gateway, Shard& shard, std::string name, std::unique_ptr<Backend> backend,
         Outlet::Limits limits = {});
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    const std::string& name() const noexcept { return name_; }
    Shard& shard() const noexcept { return shard_; }
    Backend& backend() noexcept { return *backend_; }

    /// Before start(): what its source brings, and whom that feeds.
    void read(std::vector<TopicFilter> patterns, Feed feed);
    /// Before start(): that something writes to it.
    void write();

    /// Hands one message to the sink. @thread any; messages of one thread keep their order
    void send(MessagePtr message, Receipt receipt);

    /// @thread the link's
    void start();
    /// While it runs: other patterns, another feed, or its first writer. A source whose patterns change is closed and
    /// opened anew; what it had unsettled comes again from the other side. @thread the link's
    void change(std::vector<TopicFilter> patterns, Feed feed, bool is_written);
    /// Stops reading, and closes the sink once all is confirmed, or with what is not. @thread the link's
    boost::asio::awaitable<void> stop(std::chrono::milliseconds within);

    /// Whether all that routes use of it is open. @thread any
    bool is_up() const noexcept { return up_.value() != 0; }

private:
    class Reader;
    class Writer;

    void start_writer();
    boost::asio::awaitable<void> replace_reader();
    void remember(const Message& message);
    void say_state();

    Gateway& gateway_;
    Shard& shard_;
    const std::string name_;
    std::unique_ptr<Backend> backend_;
    const Outlet::Limits limits_;
    Gauge& up_;
    Readiness::Part readiness_;
    EchoGuard echoes_;
    std::vector<TopicFilter> patterns_;
    Feed feed_;
    bool is_written_ = false;
    bool is_started_ = false;
    bool is_stopping_ = false;
    bool is_replacing_ = false;  ///< a reader is being closed to make room for one with other patterns
    std::unique_ptr<Reader> reader_;
    std::unique_ptr<Writer> writer_;
};

}  // namespace rialto::bridge
