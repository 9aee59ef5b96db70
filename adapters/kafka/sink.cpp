#include "adapters/kafka/sink.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "adapters/kafka/errors.hpp"

namespace rialto::kafka {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_goodbye = 5s;

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Calls<rd_kafka_NewTopic_destroy>>;

}  // namespace

Sink::Sink(Shard& shard, std::string backend, std::shared_ptr<const Settings> settings,
           std::shared_ptr<Undertaker> undertaker)
    : shard_(shard), backend_(std::move(backend)), settings_(std::move(settings)), undertaker_(std::move(undertaker)) {}

boost::asio::awaitable<Result<void>> Sink::open(SinkWatcher& watcher) {
    watcher_ = &watcher;
    trouble_.clear();
    forbidden_.clear();
    being_made_.clear();
    Result<Conf> conf = make_conf(*settings_);
    if (conf.has_error()) co_return conf.error();
    auto client = Client::create(shard_, RD_KAFKA_PRODUCER, *std::move(conf), *this, undertaker_);
    if (client.has_error()) co_return client.error();
    client_ = *std::move(client);
    Result<void> result = co_await wait_for_broker();
    if (!result) disconnect();
    co_return result;
}

boost::asio::awaitable<Result<void>> Sink::wait_for_broker() {
    Answer<void> failed(shard_.io());
    opened_ = &failed;
    const Instant deadline = Clock::now() + settings_->within;
    Result<void> result = fail(Errc::timed_out, "");
    while (!result && result.error().code == Errc::timed_out && Clock::now() < deadline) {
        if (char* const id = rd_kafka_clusterid(client_->handle(), 0)) {  // only what is known
            rd_kafka_mem_free(client_->handle(), id);
            result = Result<void>();
        } else {
            result = co_await failed.wait(5ms, "no answer from Kafka at " + settings_->brokers);
        }
    }
    opened_ = nullptr;
    co_return result;
}

void Sink::send(MessagePtr message, Receipt receipt) {
    const std::uint64_t token = first_ + sent_.size();
    sent_.push_back({std::move(receipt)});
    Result<Record> record = to_record(*message, settings_->layout);
    if (record.has_error()) {
        say_refused(std::string(message->topic()), record.error().message);
        return settle(token, Outcome::rejected);
    }
    if (unsent_.empty() && hand_over(*record, token) != RD_KAFKA_RESP_ERR__QUEUE_FULL) return;
    unsent_.push_back({token, *std::move(record)});
}

rd_kafka_resp_err_t Sink::hand_over(const Record& record, std::uint64_t token) {
    const auto code = produce(*client_->handle(), record, token);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        settle(token, judge(record.topic, code));
    }
    return code;
}

void Sink::send_unsent() {
    while (client_ && !unsent_.empty()) {
        const Unsent next = std::move(unsent_.front());
        unsent_.pop_front();
        if (hand_over(next.record, next.token) != RD_KAFKA_RESP_ERR__QUEUE_FULL) continue;
        unsent_.push_front(next);
        return;
    }
}

void Sink::settle(std::uint64_t token, Outcome outcome) {
    if (token < first_ || token - first_ >= sent_.size()) return;
    Sent& sent = sent_[token - first_];
    Receipt receipt = std::move(sent.receipt);
    sent.is_done = true;
    while (!sent_.empty() && sent_.front().is_done) {
        sent_.pop_front();
        ++first_;
    }
    receipt.settle(outcome);  // may send more
}

// --- what the library says ------------------------------------------------------------------------------------------

void Sink::on_event(rd_kafka_event_t& event) noexcept {
    if (!client_) return;
    switch (rd_kafka_event_type(&event)) {
        case RD_KAFKA_EVENT_DR:
            while (client_) {
                const rd_kafka_message_t* const record = rd_kafka_event_message_next(&event);
                if (!record) break;
                on_delivered(*record);
            }
            send_unsent();
            break;
        case RD_KAFKA_EVENT_ERROR: on_error(event); break;
        case RD_KAFKA_EVENT_CREATETOPICS_RESULT: on_topic_made(event); break;
        default: break;
    }
}

void Sink::on_delivered(const rd_kafka_message_t& record) {
    const auto token = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(record._private));
    settle(token, record.err ? judge(rd_kafka_topic_name(record.rkt), record.err) : Outcome::accepted);
}

void Sink::on_error(rd_kafka_event_t& event) {
    const std::string text = rd_kafka_event_error_string(&event);
    const std::string told = trouble_.empty() ? text : trouble_ + "; " + text;
    const auto code = rd_kafka_event_error(&event);
    if (auto loss = loss_of(code, told, rd_kafka_event_error_is_fatal(&event) != 0)) return lose(*std::move(loss));
    trouble_ = text;
    if (is_about_a_broker(code)) return;  // told of when all are gone
    if (const auto held = trouble_log_.pass()) {
        log::warn("kafka has trouble", {{"backend", backend_}, {"reason", text}, {"more", std::to_string(*held)}});
    }
}

Outcome Sink::judge(const std::string& topic, rd_kafka_resp_err_t code) {
    if (is_unknown_topic(code)) {
        if (!forbidden_.contains(topic)) {
            make_topic(topic);
            return Outcome::released;  // it comes again when the topic is there
        }
        say_refused(topic, "there is no such Kafka topic, and we may not make it");
        return Outcome::rejected;
    }
    say_refused(topic, rd_kafka_err2str(code));
    return outcome_of(code);
}

void Sink::make_topic(const std::string& name) {
    if (!being_made_.insert(name).second) return;
    std::array<char, 256> why{};
    const NewTopic topic(rd_kafka_NewTopic_new(name.c_str(), -1, -1, why.data(), why.size()));  // as the broker likes it
    if (!topic) return;
    rd_kafka_NewTopic_t* wanted = topic.get();
    rd_kafka_CreateTopics(client_->handle(), &wanted, 1, nullptr, client_->queue());
}

void Sink::on_topic_made(rd_kafka_event_t& event) {
    std::size_t count = 0;
    const auto* const result = rd_kafka_event_CreateTopics_result(&event);
    const auto* const* const topics = rd_kafka_CreateTopics_result_topics(result, &count);
    if (count == 0) being_made_.clear();  // the request itself failed; the next message asks again
    for (std::size_t at = 0; at < count; ++at) {
        const std::string name = rd_kafka_topic_result_name(topics[at]);
        being_made_.erase(name);
        const auto code = rd_kafka_topic_result_error(topics[at]);
        if (is_forbidden(code) || code == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION) forbidden_.insert(name);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) log::info("kafka topic made", {{"backend", backend_}, {"kafka_topic", name}});
    }
}

void Sink::say_refused(const std::string& topic, const std::string& why) {
    if (const auto held = refusal_log_.pass()) {
        log::warn("message refused",
                  {{"backend", backend_}, {"topic", topic}, {"answer", why}, {"more", std::to_string(*held)}});
    }
}

// --- the end --------------------------------------------------------------------------------------------------------

void Sink::lose(Error why) {
    if (opened_) return opened_->give(std::move(why));
    disconnect();
    watcher_->lost(std::move(why));
}

void Sink::disconnect() {
    if (client_) {
        client_->detach();
        rd_kafka_purge(client_->handle(),
                       RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
        shard_.post([client = std::move(client_)] {});  // it may be calling us
    }
    release_all();
}

void Sink::release_all() {
    unsent_.clear();
    auto sent = std::exchange(sent_, {});
    first_ += sent.size();
    for (Sent& one : sent) one.receipt.settle(Outcome::released);
}

boost::asio::awaitable<void> Sink::close() {
    boost::asio::steady_timer pause(shard_.io());
    const Instant deadline = Clock::now() + longest_goodbye;
    while (client_ && !sent_.empty() && Clock::now() < deadline) {
        pause.expires_after(2ms);
        co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    watcher_ = nullptr;
    disconnect();
}

}  // namespace rialto::kafka
