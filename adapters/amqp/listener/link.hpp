#pragma once

#include <proton/types.h>

#include "adapters/amqp/engine/engine.hpp"
#include "adapters/amqp/listener/service.hpp"

namespace rialto::amqp {

/// What all links of one connection have in common.
struct LinkContext {
    Engine& engine;
    Service& service;
    ClientNumber connection;  ///< the origin of what its client publishes
    Shard& shard() const noexcept { return engine.wire().shard(); }
    Service::Counts& counts() const noexcept { return service.counts(shard()); }
};

/// One link of a client's: what a pn_link_t has as its context. Lives on: its connection's shard, until the link is closed.
class Link {
public:
    virtual ~Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    virtual void on_flow() noexcept {}
    virtual void on_delivery(pn_delivery_t* delivery) noexcept = 0;
    virtual void on_writable() noexcept {}
    /// The link is over; its deliveries are not touched any more.
    virtual void close() noexcept = 0;

    pn_link_t* handle() const noexcept { return link_; }

protected:
    Link(pn_link_t* link, const LinkContext& context) : link_(link), context_(context) {}

    /// Ends the link with an error; close() comes with the client's answer.
    void refuse_more(const Condition& why);

    pn_link_t* link_;
    LinkContext context_;
};

/// The condition for an address that can't be used.
Condition condition_of(const Error& error);

}  // namespace rialto::amqp
