#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>

#include "adapters/amqp/listener/address.hpp"
#include "adapters/amqp/listener/link.hpp"
#include "adapters/amqp/mapping.hpp"
#include "core/receipt.hpp"

namespace rialto::amqp {

/// A link on which a client sends: to one topic or queue, or each message where its `to` says. A delivery is settled as
/// accepted once all takers of its message have it; rejected where it is no message, or not for a topic, or a taker refuses
/// it for good; released where it should come again. The client may have so many unsettled that the credit says.
/// Lives on: its connection's shard.
class IncomingLink final : public Link {
public:
    /// `target` is nothing on the anonymous terminus.
    IncomingLink(pn_link_t* link, const LinkContext& context, std::optional<NodeAddress> target);
    ~IncomingLink() override;

    /// Gives the first credit.
    void open();
    void on_delivery(pn_delivery_t* delivery) noexcept override;
    void close() noexcept override;

private:
    /// Hears of what became of messages, and may outlive the link.
    class Ledger final : public Settler {
    public:
        Ledger(Shard& home, IncomingLink& link) noexcept : Settler(home), link_(&link) {}
        void forget() noexcept { link_ = nullptr; }
        void settled(std::uint64_t token, Outcome outcome) noexcept override {
            if (link_) link_->settled(token, outcome);
        }

    private:
        IncomingLink* link_;
    };

    void take(pn_delivery_t* delivery, std::string_view octets);
    void publish(pn_delivery_t* delivery, Decoded& decoded, const NodeAddress& node);
    Result<NodeAddress> node_of(const Decoded& decoded) const;
    void refuse(pn_delivery_t* delivery, const Error& why);
    void settled(std::uint64_t token, Outcome outcome) noexcept;
    void settle(pn_delivery_t* delivery, Outcome outcome);
    void made_room();

    std::optional<NodeAddress> target_;
    Ref<Ledger> ledger_;
    boost::unordered_flat_map<std::uint64_t, pn_delivery_t*> unsettled_;
    std::uint64_t last_token_ = 0;
    std::size_t owed_credit_ = 0;  ///< of settled messages, given together
};

}  // namespace rialto::amqp
