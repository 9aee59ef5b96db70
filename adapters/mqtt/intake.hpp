#pragma once

#include "adapters/mqtt/client_settings.hpp"
#include "adapters/mqtt/inbound.hpp"
#include "adapters/mqtt/subscription_plan.hpp"
#include "core/adapter.hpp"
#include "core/metrics.hpp"

#include <deque>

namespace rialto::mqtt {

class ClientPeer;

/// The reading half of a client. What comes is handed to the source's inlet as far as there is credit; the rest waits
/// here until we stop reading. Acknowledged is what was settled, in the order of arrival; what was released is not
/// acknowledged. What QoS 2 has to remember outlives connections. Lives on: one shard.
class Intake {
public:
    struct Counters {
        Counter& unwanted;      ///< acknowledged and dropped: no filter asks for it (any more), or a copy
        Counter& unmappable;    ///< dropped: its topic is none of the bus
        Counter& dropped_qos_0; ///< dropped: more than we hold
    };

    Intake(Shard& shard, const ClientSettings& settings, Counters counters);
    ~Intake();
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    // The source's side.
    void set_filters(std::vector<TopicFilter> filters);
    const std::vector<TopicFilter>& filters() const noexcept { return filters_; }
    void open(Inlet& inlet) noexcept;
    void close() noexcept { inlet_ = nullptr; }
    Inlet* inlet() const noexcept { return inlet_; }
    void grant(std::uint32_t more);

    // The connection's side.
    void attach(ClientPeer& peer, SubscriptionPlan::Copies copies);
    /// The connection is gone. What waits here comes again, or was QoS 0 and is handed on later.
    void detach() noexcept;
    /// The broker has forgotten our session.
    void forget_session() noexcept { inbound_->forget(); }
    const SubscriptionPlan& plan() const noexcept { return plan_; }

    /// A checked PUBLISH, its alias resolved. @return a fault where the broker sends more than it may
    Fault take(const Publish& packet);
    /// PUBREL. @return false where no such message is known
    bool release(PacketId id) { return inbound_->release(id); }

private:
    /// Publishes to the intake instead of the bus.
    class ToIntake final : public Inbound {
    public:
        ToIntake(Shard& home, Intake& intake) noexcept : Inbound(home), intake_(&intake) {}
        void forget_intake() noexcept { intake_ = nullptr; }

    private:
        bool hand_over(const MessagePtr& message, Receipt receipt) override;
        Intake* intake_;
    };
    struct Waiting {
        MessagePtr message;
        Receipt receipt;
    };

    bool is_wanted(const Publish& packet);
    MessagePtr make_message(const Publish& packet) const;
    void hand_on();
    void bound();

    const ClientSettings& settings_;
    Counters counters_;
    Ref<ToIntake> inbound_;
    std::vector<TopicFilter> filters_;
    SubscriptionPlan::Copies copies_ = SubscriptionPlan::Copies::joined;
    SubscriptionPlan plan_;
    ClientPeer* peer_ = nullptr;
    Inlet* inlet_ = nullptr;
    std::deque<Waiting> waiting_;  ///< for credit
    std::uint64_t credit_ = 0;
    bool is_handing_on_ = false;
    bool is_wanted_ = true;  ///< what take() is passing on just now
};

}  // namespace rialto::mqtt
