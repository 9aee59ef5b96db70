#include "adapters/amqp/listener/incoming_link.hpp"

#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/link.h>

#include <utility>

namespace rialto::amqp {

IncomingLink::IncomingLink(pn_link_t* link, const LinkContext& context, std::optional<NodeAddress> target)
    : Link(link, context), target_(std::move(target)), ledger_(new Ledger(context.shard(), *this)) {}

IncomingLink::~IncomingLink() { ledger_->forget(); }

void IncomingLink::open() { pn_link_flow(link_, static_cast<int>(context_.service.limits().credit)); }

void IncomingLink::close() noexcept {
    ledger_->forget();
    unsettled_.clear();
}

void IncomingLink::on_delivery(pn_delivery_t* delivery) noexcept {
    if (!pn_delivery_readable(delivery)) return;  // the client settled what was settled here, or is about to be
    if ((pn_link_state(link_) & PN_LOCAL_ACTIVE) == 0) return context_.engine.discard(delivery);
    const ListenerLimits& limits = context_.service.limits();
    if (unsettled_.size() >= limits.credit) {
        context_.engine.discard(delivery);
        return refuse_more({condition::transfer_limit, "more messages came than there was credit for"});
    }
    Bytes octets;
    switch (context_.engine.receive(delivery, octets, limits.message)) {
        case Engine::Received::whole:
            return take(delivery, octets);
        case Engine::Received::aborted:
            return made_room();
        case Engine::Received::too_large:
            context_.engine.discard(delivery);
            return refuse_more({condition::message_too_large, "a message may have " + std::to_string(limits.message) + " octets"});
        case Engine::Received::part:
            // Of all links together, so that many half messages are no way round the limit of one.
            if (context_.engine.unfinished() <= 2 * limits.message) return;
            context_.engine.discard(delivery);
            return refuse_more({condition::resource_limit, "too many unfinished messages"});
    }
}

void IncomingLink::take(pn_delivery_t* delivery, std::string_view octets) {
    context_.counts().received.add();
    Result<Decoded> decoded = decode(octets, wall_now());
    if (decoded.has_error()) return refuse(delivery, decoded.error());
    Result<NodeAddress> node = node_of(*decoded);
    if (node.has_error()) return refuse(delivery, node.error());
    publish(delivery, *decoded, *node);
}

Result<NodeAddress> IncomingLink::node_of(const Decoded& decoded) const {
    if (target_) return *target_;
    if (decoded.to.empty()) return fail(Errc::invalid, "a message to the anonymous terminus says by 'to' where it goes");
    return parse_target(decoded.to);
}

void IncomingLink::publish(pn_delivery_t* delivery, Decoded& decoded, const NodeAddress& node) {
    if (!decoded.reply_to.empty()) {
        const Result<NodeAddress> reply = parse_target(decoded.reply_to);
        if (reply.has_error()) return refuse(delivery, in_context("reply-to", reply.error()));
        decoded.make_properties().reply_to = reply->topic;
    }
    if (node.is_queue) {
        const auto queue = context_.service.queues().open(node.topic, context_.shard());
        if (queue.has_error()) return refuse(delivery, queue.error());
    }
    const bool is_settled = pn_delivery_settled(delivery);
    const MessagePtr message = decoded.to_message(node.topic, is_settled, context_.connection);
    Receipt receipt;
    if (is_settled) {
        settle(delivery, Outcome::accepted);
    } else {
        unsettled_.emplace(++last_token_, delivery);
        receipt = Receipt(ledger_, last_token_);
    }
    context_.shard().bus().publish(message, std::move(receipt));
}

/// Who sent it settled has no other way to hear of it than the end of the link.
void IncomingLink::refuse(pn_delivery_t* delivery, const Error& why) {
    if (pn_delivery_settled(delivery)) {
        context_.counts().refused.add();
        pn_delivery_settle(delivery);
        return refuse_more(condition_of(why));
    }
    set(pn_disposition_condition(pn_delivery_local(delivery)), condition_of(why));
    settle(delivery, Outcome::rejected);
}

void IncomingLink::settled(std::uint64_t token, Outcome outcome) noexcept {
    const auto found = unsettled_.find(token);
    if (found == unsettled_.end()) return;
    pn_delivery_t* const delivery = found->second;
    unsettled_.erase(found);
    if (outcome == Outcome::rejected) {
        set(pn_disposition_condition(pn_delivery_local(delivery)),
            {condition::precondition_failed, "the message was refused where it was to go"});
    }
    settle(delivery, outcome);
}

void IncomingLink::settle(pn_delivery_t* delivery, Outcome outcome) {
    if (!pn_delivery_settled(delivery)) {
        const std::uint64_t state = outcome == Outcome::accepted   ? PN_ACCEPTED
                                    : outcome == Outcome::rejected ? PN_REJECTED
                                                                   : PN_RELEASED;
        pn_delivery_update(delivery, state);
    }
    pn_delivery_settle(delivery);
    made_room();
    context_.engine.wake();
}

/// Credit goes in handfuls, for each costs a frame.
void IncomingLink::made_room() {
    const std::size_t handful = context_.service.limits().credit / 2;
    if (++owed_credit_ <= handful) return;
    pn_link_flow(link_, static_cast<int>(std::exchange(owed_credit_, 0)));
}

}  // namespace rialto::amqp
