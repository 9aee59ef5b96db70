#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/adapter.hpp"
#include "core/gateway.hpp"

namespace rialto::contract {

/// A message as somebody sees it who does not use the adapter.
struct Raw {
    std::string topic;
    Bytes payload;
    bool retain = false;

    friend bool operator==(const Raw&, const Raw&) = default;
};

/// Somebody who listens at the other side without the adapter.
class RawReader {
public:
    virtual ~RawReader() = default;
    /// The next message, or nothing within the time.
    virtual std::optional<Raw> next(std::chrono::milliseconds within) = 0;
};

/// What an adapter under test talks to: a broker, and ways to look at it that do not use the adapter. One is made for
/// each test case, already started. What goes wrong in here is thrown, and fails the case.
class OtherSide {
public:
    virtual ~OtherSide() = default;

    /// The adapter under test, as the client `name` of this broker.
    virtual std::unique_ptr<Backend> make_backend(Gateway& gateway, Shard& shard, std::string_view name) = 0;

    virtual void publish(const Raw& message) = 0;
    /// Listens to a pattern; what is published after the call arrives.
    virtual std::unique_ptr<RawReader> read(std::string_view pattern) = 0;

    /// How many times longer than others it takes for what others do at once, such as noting what was acknowledged.
    virtual int slowness() const { return 1; }
    /// Whether messages of different topics come in the order in which they were published; those of one topic always do.
    virtual bool keeps_order_across_topics() const { return true; }

    /// It stops answering, with connections open; resume() undoes that.
    virtual void pause() = 0;
    virtual void resume() = 0;
    /// It goes, and nobody can connect. What it promised to keep it keeps.
    virtual void stop() = 0;
    /// It comes back at the same place.
    virtual void restart() = 0;
};

/// What the adapter says that it can do. Cases about what it does not claim are skipped; nothing else skips a case.
/// Defined, like start_other_side(), once in each program, beside the suite (subjects/NAME.cpp).
Abilities claimed_abilities();
std::unique_ptr<OtherSide> start_other_side();

}  // namespace rialto::contract
