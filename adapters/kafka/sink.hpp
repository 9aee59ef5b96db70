#pragma once

#include <deque>
#include <memory>
#include <set>

#include "adapters/kafka/client.hpp"
#include "adapters/kafka/mapping.hpp"
#include "core/adapter.hpp"
#include "core/answer.hpp"
#include "core/log.hpp"

namespace rialto::kafka {

/// Writes with an idempotent producer: a message is accepted when Kafka says that all replicas have it. Topics that are not
/// there are made, by the broker where it does that, and otherwise by us. Lives on: one shard.
class Sink final : public rialto::Sink, private ClientUser {
public:
    Sink(Shard& shard, std::string backend, std::shared_ptr<const Settings> settings, std::shared_ptr<Undertaker> undertaker);
    ~Sink() override { disconnect(); }

    /// Succeeds when a broker has answered.
    boost::asio::awaitable<Result<void>> open(SinkWatcher& watcher) override;
    /// What Kafka never will take (too large, no permission, no name for the address) is rejected; what passes is released.
    void send(MessagePtr message, Receipt receipt) override;
    std::size_t window() const override { return 4096; }
    /// Waits for what is under way, for a while.
    boost::asio::awaitable<void> close() override;

private:
    struct Sent {
        Receipt receipt;
        bool is_done = false;
    };
    struct Unsent {
        std::uint64_t token;
        Record record;
    };

    void on_event(rd_kafka_event_t& event) noexcept override;
    void on_error(rd_kafka_event_t& event);
    void on_delivered(const rd_kafka_message_t& record);
    void on_topic_made(rd_kafka_event_t& event);
    boost::asio::awaitable<Result<void>> wait_for_broker();

    rd_kafka_resp_err_t hand_over(const Record& record, std::uint64_t token);
    void send_unsent();
    void settle(std::uint64_t token, Outcome outcome);
    Outcome judge(const std::string& topic, rd_kafka_resp_err_t code);
    void make_topic(const std::string& name);
    void say_refused(const std::string& topic, const std::string& why);

    void lose(Error why);
    void disconnect();
    void release_all();

    Shard& shard_;
    std::string backend_;
    std::shared_ptr<const Settings> settings_;
    std::shared_ptr<Undertaker> undertaker_;
    log::RateLimit refusal_log_;
    log::RateLimit trouble_log_;
    SinkWatcher* watcher_ = nullptr;
    std::unique_ptr<Client> client_;
    Answer<void>* opened_ = nullptr;  ///< set while open() waits
    std::string trouble_;             ///< the library's latest complaint
    std::deque<Sent> sent_;           ///< by token, from first_ on
    std::uint64_t first_ = 1;
    std::deque<Unsent> unsent_;       ///< the library's queue was full
    std::set<std::string, std::less<>> being_made_;   ///< topics
    std::set<std::string, std::less<>> forbidden_;    ///< topics that we may not make
};

}  // namespace rialto::kafka
