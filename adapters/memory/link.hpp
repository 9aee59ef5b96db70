#pragma once

#include <cstdint>
#include <utility>

#include "core/error.hpp"
#include "core/message.hpp"
#include "core/receipt.hpp"
#include "core/ref_counted.hpp"
#include "core/shard.hpp"

namespace rialto::memory {

/// A message in a session, with the number by which it is settled.
struct Held {
    std::uint64_t number;
    MessagePtr message;
};

/// What the broker tells one connected client. Called on the client's shard, never from within a call to the broker.
class Client {
public:
    /// There is something to take.
    virtual void ready() noexcept {}
    /// What became of the message that was published with `number`.
    virtual void confirmed(std::uint64_t, Outcome) noexcept {}
    /// The connection is gone.
    virtual void lost(const Error& reason) noexcept = 0;

protected:
    ~Client() = default;
};

/// One connection between a client and the broker. Telling is for any thread; the client is touched on its shard alone.
class Link : public RefCounted {
public:
    Link(Shard& home, Client& client) noexcept : home_(home), client_(&client) {}

    /// The client hears nothing any more. @thread the client's shard
    void forget_client() noexcept { client_ = nullptr; }

    /// Calls `tell(client)` on the client's shard, soon.
    template <typename Tell>
    void post(Tell tell) {
        home_.post([self = Ref<Link>(this), tell = std::move(tell)] {
            if (self->client_) tell(*self->client_);
        });
    }

private:
    Shard& home_;
    Client* client_;
};

}  // namespace rialto::memory
