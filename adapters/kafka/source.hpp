#pragma once

#include <deque>
#include <memory>

#include "adapters/kafka/membership.hpp"
#include "core/adapter.hpp"
#include "core/answer.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"

namespace rialto::kafka {

/// Reads as a member of a consumer group. A message's offset is committed when it and all before it in its partition are
/// settled; one that was released is brought again after a moment, in its order. Without credit nothing is taken from the
/// library, which reads ahead up to its own bound and then not at all. Lives on: one shard.
class Source final : public rialto::Source, private ClientUser, private MembershipUser {
public:
    /// @param unmappable  counts records without an address, which are passed over
    Source(Shard& shard, std::shared_ptr<const Settings> settings, std::vector<TopicFilter> filters,
           std::shared_ptr<Undertaker> undertaker, Counter& unmappable);
    ~Source() override { disconnect(); }

    /// Succeeds when the group has given us our partitions and it is known where each is read from.
    boost::asio::awaitable<Result<void>> open(Inlet& inlet) override;
    void grant(std::uint32_t more) override;
    boost::asio::awaitable<void> close() override;

private:
    /// A client with its membership: they come and go together.
    struct Session {
        std::unique_ptr<Client> client;
        std::unique_ptr<Membership> membership;
    };
    struct Waiting {
        Ref<Partition> partition;
        std::int64_t offset;
        MessagePtr message;
    };

    Result<void> connect();
    void disconnect();
    void lose(Error why);

    void on_event(rd_kafka_event_t& event) noexcept override;
    void on_topics(const std::set<std::string>& names) noexcept override;
    bool wants_messages() const noexcept override;
    void on_error(rd_kafka_event_t& event);
    void on_record(const rd_kafka_message_t& record);
    void say_unmappable(const std::string& topic, const Error& why);

    void on_joined() noexcept override;
    void on_leaving() noexcept override;
    void on_membership_lost(Error why) noexcept override { lose(std::move(why)); }
    void on_settled(Partition& partition, std::int64_t offset, Outcome outcome) noexcept override;

    void hand_on();
    void bring_again();
    bool is_wanted(std::string_view topic) const noexcept;
    /// Whether messages that are wanted may lie in the Kafka topic.
    bool may_hold_wanted(const std::string& kafka_topic) const;

    Shard& shard_;
    std::shared_ptr<const Settings> settings_;
    std::vector<TopicFilter> filters_;
    std::shared_ptr<Undertaker> undertaker_;
    Counter& unmappable_;
    log::RateLimit unmappable_log_;
    log::RateLimit trouble_log_;
    Inlet* inlet_ = nullptr;
    std::unique_ptr<Session> session_;
    Answer<void>* opened_ = nullptr;  ///< set while open() waits
    std::string trouble_;             ///< the library's latest complaint
    bool was_open_ = false;
    bool is_closing_ = false;
    std::deque<Waiting> waiting_;     ///< for credit
    std::vector<Waiting> released_;   ///< for their time to come again
    Timer again_;
    std::uint64_t credit_ = 0;
    bool is_handing_on_ = false;
};

}  // namespace rialto::kafka
