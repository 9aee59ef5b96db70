#include "adapters/kafka/source.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "adapters/kafka/errors.hpp"

namespace rialto::kafka {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_join = 60s;  // a group waits for members that are gone
constexpr auto longest_goodbye = 5s;
constexpr auto again_after = 500ms;
constexpr std::size_t most_waiting = 1000;  // messages that come while it is not open yet

bool has_heard_from_broker(const Client& client) {
    char* const id = rd_kafka_clusterid(client.handle(), 0);  // only what is known
    if (id) rd_kafka_mem_free(client.handle(), id);
    return id != nullptr;
}

}  // namespace

Source::Source(Shard& shard, std::shared_ptr<const Settings> settings, std::vector<TopicFilter> filters,
               std::shared_ptr<Undertaker> undertaker, Counter& unmappable)
    : shard_(shard),
      settings_(std::move(settings)),
      filters_(std::move(filters)),
      undertaker_(std::move(undertaker)),
      unmappable_(unmappable),
      again_([this] { bring_again(); }) {}

boost::asio::awaitable<Result<void>> Source::open(Inlet& inlet) {
    inlet_ = &inlet;
    credit_ = 0;
    trouble_.clear();
    is_closing_ = false;
    Answer<void> opened(shard_.io());
    opened_ = &opened;
    Result<void> result = connect();
    if (result) {
        const std::string late = "no answer from Kafka at " + settings_->brokers;
        result = co_await opened.wait(settings_->within, late);
        const bool is_joining = !result && session_ && has_heard_from_broker(*session_->client);
        if (is_joining) result = co_await opened.wait(longest_join, "Kafka's group '" + settings_->group + "' does not take us");
    }
    opened_ = nullptr;
    if (result && !session_) result = fail(Errc::unreachable, "the connection to Kafka is gone");
    if (!result) disconnect();
    if (result) was_open_ = true;
    co_return result;
}

Result<void> Source::connect() {
    Result<Conf> conf = make_conf(*settings_);
    if (conf.has_error()) return conf.error();
    auto client = Client::create(shard_, RD_KAFKA_CONSUMER, *std::move(conf), *this, undertaker_);
    if (client.has_error()) return client.error();
    session_ = std::make_unique<Session>();
    session_->client = *std::move(client);
    MembershipUser& us = *this;
    session_->membership = std::make_unique<Membership>(shard_, *session_->client, *settings_, us, was_open_);
    const Layout& layout = settings_->layout;
    session_->client->list_topics(settings_->within);
    return session_->membership->join(layout.is_one_topic() ? std::vector<std::string>{layout.topic}
                                                            : layout.names.subscriptions(filters_));
}

void Source::disconnect() {
    waiting_.clear();
    released_.clear();
    again_.cancel();
    if (!session_) return;
    session_->client->detach();
    session_->membership->fence();
    shard_.post([session = std::move(session_)] {});  // it may be calling us
}

void Source::lose(Error why) {
    if (!session_) return;
    disconnect();
    if (opened_) {
        opened_->give(std::move(why));
    } else if (!is_closing_) {
        inlet_->lost(std::move(why));
    }
}

boost::asio::awaitable<void> Source::close() {
    is_closing_ = true;
    waiting_.clear();
    released_.clear();
    if (session_) session_->membership->leave();
    boost::asio::steady_timer pause(shard_.io());
    const Instant deadline = Clock::now() + longest_goodbye;
    while (session_ && !rd_kafka_consumer_closed(session_->client->handle()) && Clock::now() < deadline) {
        pause.expires_after(5ms);
        co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    disconnect();
}

// --- what the library says ------------------------------------------------------------------------------------------

bool Source::wants_messages() const noexcept {
    if (is_closing_) return false;
    return opened_ ? waiting_.size() < most_waiting : credit_ > 0 && waiting_.empty();
}

void Source::on_event(rd_kafka_event_t& event) noexcept {
    if (!session_ || session_->membership->handle(event)) return;
    switch (rd_kafka_event_type(&event)) {
        case RD_KAFKA_EVENT_FETCH:
            while (const rd_kafka_message_t* record = rd_kafka_event_message_next(&event)) on_record(*record);
            break;
        case RD_KAFKA_EVENT_ERROR: on_error(event); break;
        default: break;
    }
}

void Source::on_topics(const std::set<std::string>& names) noexcept {
    if (!session_) return;
    const bool any = std::any_of(names.begin(), names.end(), [this](const auto& name) { return may_hold_wanted(name); });
    session_->membership->found_topics(names, any);
}

bool Source::may_hold_wanted(const std::string& kafka_topic) const {
    const Layout& layout = settings_->layout;
    if (layout.is_one_topic()) return kafka_topic == layout.topic;
    if (layout.names.is_shortened(kafka_topic)) return true;
    const auto topic = layout.names.topic_of(kafka_topic);
    return topic && is_wanted(*topic);
}

void Source::on_error(rd_kafka_event_t& event) {
    const auto code = rd_kafka_event_error(&event);
    if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        const std::unique_ptr<rd_kafka_topic_partition_t, Calls<rd_kafka_topic_partition_destroy>> at(
            rd_kafka_event_topic_partition(&event));
        if (at) session_->membership->reached_end(at->topic, at->partition, at->offset);
        return;
    }
    const std::string text = rd_kafka_event_error_string(&event);
    const std::string told = trouble_.empty() ? text : trouble_ + "; " + text;
    if (auto loss = loss_of(code, told, rd_kafka_event_error_is_fatal(&event) != 0)) return lose(*std::move(loss));
    trouble_ = text;
    // A topic is found when it comes into being, and brokers that are gone are told of when all are.
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || is_about_a_broker(code)) return;
    if (const auto held = trouble_log_.pass()) {
        log::warn("kafka has trouble", {{"group", settings_->group}, {"reason", text}, {"more", std::to_string(*held)}});
    }
}

void Source::on_record(const rd_kafka_message_t& record) {
    const char* const topic = rd_kafka_topic_name(record.rkt);
    if (record.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        return session_->membership->reached_end(topic, record.partition, record.offset);
    }
    if (record.err) return;
    Partition* const partition = session_->membership->find(topic, record.partition);
    if (!partition) return;  // it is somebody else's by now
    if (partition->is_looking_for_end) session_->membership->reached_end(topic, record.partition, record.offset);
    Result<MessagePtr> message = to_message(record_from(record), settings_->layout);
    if (message.has_error()) say_unmappable(topic, message.error());
    if (message.has_error() || !is_wanted((*message)->topic())) {
        partition->window().reached(record.offset + 1);
        return session_->membership->progressed();
    }
    partition->window().handed_on(record.offset, *message);
    waiting_.push_back({partition, record.offset, *std::move(message)});
    if (!opened_) hand_on();
}

bool Source::is_wanted(std::string_view topic) const noexcept {
    return std::any_of(filters_.begin(), filters_.end(), [&](const auto& filter) { return filter.matches(topic); });
}

void Source::say_unmappable(const std::string& topic, const Error& why) {
    unmappable_.add();
    if (const auto held = unmappable_log_.pass()) {
        log::warn("message dropped",
                  {{"reason", "it has no address: " + why.message}, {"kafka_topic", topic}, {"more", std::to_string(*held)}});
    }
}

// --- messages on their way ------------------------------------------------------------------------------------------

void Source::on_joined() noexcept {
    if (opened_) opened_->give({});
}

void Source::on_leaving() noexcept {
    const auto drop = [](auto& list) {
        std::erase_if(list, [](const Waiting& one) {
            if (one.partition->is_leaving()) one.partition->window().withdrawn();
            return one.partition->is_leaving();
        });
    };
    drop(waiting_);
    drop(released_);
}

void Source::grant(std::uint32_t more) {
    credit_ += more;
    hand_on();
    if (session_ && credit_ > 0) session_->client->look();
}

void Source::hand_on() {
    if (is_handing_on_) return;  // more credit came from within accept()
    is_handing_on_ = true;
    while (credit_ != 0 && !waiting_.empty() && !opened_) {
        --credit_;
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        const auto token = static_cast<std::uint64_t>(next.offset);
        inlet_->accept(std::move(next.message), Receipt(std::move(next.partition), token));
    }
    is_handing_on_ = false;
}

void Source::on_settled(Partition& partition, std::int64_t offset, Outcome outcome) noexcept {
    if (outcome != Outcome::released) {
        partition.window().settled(offset);
        return session_->membership->progressed();
    }
    MessagePtr message = partition.window().find(offset);
    if (!message || is_closing_) return;
    if (partition.is_leaving()) {
        partition.window().withdrawn();
        return session_->membership->progressed();
    }
    released_.push_back({&partition, offset, std::move(message)});
    if (!again_.is_armed()) shard_.arm(again_, again_after);
}

void Source::bring_again() {
    std::stable_sort(released_.begin(), released_.end(), [](const Waiting& a, const Waiting& b) {
        return a.partition != b.partition ? a.partition < b.partition : a.offset < b.offset;
    });
    waiting_.insert(waiting_.begin(), std::make_move_iterator(released_.begin()), std::make_move_iterator(released_.end()));
    released_.clear();
    hand_on();
}

}  // namespace rialto::kafka
