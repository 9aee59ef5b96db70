#pragma once

#include <proton/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "adapters/amqp/backend/connection.hpp"
#include "adapters/amqp/backend/reading_plan.hpp"
#include "adapters/amqp/backend/subscriptions.hpp"
#include "core/adapter.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"

namespace rialto::amqp {

/// Reads from a broker, on a connection of its own with a link for each pattern. A message is accepted, rejected or released
/// when its receipt says so, in any order. Link credit is what was granted. Lives on: one shard.
class Source final : public rialto::Source, private Connection {
public:
    struct Surroundings {
        std::shared_ptr<Subscriptions> subscriptions;
        Counter& unmappable;                      ///< messages whose address is no topic, or that are none
        std::function<void(Dialect)> on_dialect;  ///< told at each open
    };

    Source(Shard& shard, std::shared_ptr<const ClientSettings> settings, std::vector<TopicFilter> filters, Surroundings around);
    ~Source() override;

    boost::asio::awaitable<Result<void>> open(Inlet& inlet) override;
    void grant(std::uint32_t more) override;
    boost::asio::awaitable<void> close() override;

private:
    class Receipts;
    struct Link {
        pn_link_t* link = nullptr;
        std::uint32_t waiting = 0;  ///< of its messages in `waiting_`
        bool is_open = false;
    };
    struct Unsettled {
        pn_delivery_t* delivery;
        std::size_t link;
    };
    struct Waiting {
        MessagePtr message;
        std::uint64_t token;  ///< 0: came settled
        std::size_t link;
    };

    boost::asio::awaitable<Result<void>> prepare();
    boost::asio::awaitable<Result<void>> make_rabbitmq_queue(const Addressing& addressing);
    Result<void> check_filters() const;
    void attach_all();
    pn_link_t* attach(const std::string& name, const std::string& address, bool is_durable);
    void take_back_unwanted();
    bool has_durable_links() const noexcept;

    void on_link_opened(pn_link_t* link) noexcept override;
    void on_link_closed(pn_link_t* link) noexcept override;
    void on_delivery(pn_delivery_t* delivery) noexcept override;
    void on_links_gone() noexcept override;
    void on_connection_lost(const Error& why) noexcept override;
    void note_silence(const Error& why) noexcept;

    std::size_t index_of(pn_link_t* link) const noexcept;
    void take(pn_delivery_t* delivery, std::size_t index, const Bytes& octets);
    Result<std::string> topic_of(const Decoded& decoded, std::size_t index) const;
    void drop_unmappable(pn_delivery_t* delivery, const Error& why);
    void hand_on();
    void top_up(std::size_t index);
    void settled(std::uint64_t token, Outcome outcome) noexcept;
    void settle(pn_delivery_t* delivery, Outcome outcome);
    void release_later(std::uint64_t token);
    void release_gathered();

    std::vector<TopicFilter> filters_;
    Surroundings around_;
    log::RateLimit unmappable_log_;
    std::optional<Addressing> addressing_;  ///< set by open()
    ReadingPlan plan_;
    std::vector<Link> links_;               ///< as in the plan
    Inlet* inlet_ = nullptr;
    Ref<Receipts> receipts_;
    std::map<std::uint64_t, Unsettled> unsettled_;  ///< by token
    std::uint64_t last_token_ = 0;                  ///< never used twice, so that late receipts settle nothing
    std::vector<std::uint64_t> released_;           ///< in this turn
    std::deque<Waiting> waiting_;                   ///< for credit
    std::uint64_t credit_ = 0;
    std::uint32_t other_readers_ = 0;               ///< of RabbitMQ's queue, when we came
    Bytes octets_;
    bool is_handing_on_ = false;
};

}  // namespace rialto::amqp
