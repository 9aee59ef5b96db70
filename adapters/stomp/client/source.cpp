#include "adapters/stomp/client/source.hpp"

#include "adapters/stomp/mapping.hpp"
#include "adapters/stomp/sidecar.hpp"

#include <utility>

namespace rialto::stomp {
namespace {

AckHandle handle_of(const Frame& frame, Version version) {
    const auto text = [&frame](std::string_view name) { return std::string(frame.headers.find(name).value_or("")); };
    if (version == Version::v1_2) return {text("ack"), {}};
    return {text("message-id"), version == Version::v1_1 ? text("subscription") : std::string()};
}

/// What all copies of a message have in common: Artemis puts the consumer's number and a comma in front of it.
std::string shared_id(const Frame& frame) {
    const std::string_view id = frame.headers.find("message-id").value_or("");
    return std::string(id.substr(id.rfind(',') + 1));
}

void append_answer(std::string& out, Version version, Command command, const AckHandle& handle) {
    FrameWriter frame(out, command, version);
    frame.header(version == Version::v1_2 ? "id" : "message-id", handle.id);
    if (!handle.subscription.empty()) frame.header("subscription", handle.subscription);
}

}  // namespace

Source::Source(Shard& shard, ClientSettings settings, std::vector<TopicFilter> filters,
               std::shared_ptr<std::set<std::string>> known, Counter& unmappable)
    : shard_(shard),
      settings_(std::move(settings)),
      subscriptions_(settings_, std::move(filters)),
      known_(std::move(known)),
      unmappable_(unmappable),
      redelivery_timer_([this] {
          if (connection_) connection_->abort({Errc::unreachable, "asking the broker again for what nobody could take"});
      }),
      silence_timer_([this] { inlet_->lost(std::move(silence_)); }) {}

Source::~Source() {
    end_connection();
    if (connection_) connection_->quit();
}

boost::asio::awaitable<Result<void>> Source::open(Inlet& inlet) {
    inlet_ = &inlet;
    credit_ = 0;
    is_paused_ = false;
    Answer<void> subscribed(shard_.io());
    subscribed_ = &subscribed;
    std::string client_id;  // under which the broker knows our subscriptions
    if (settings_.has_kept_subscriptions()) client_id = settings_.client_id;
    Result<void> result = co_await connect(shard_, settings_, client_id, *this, connection_);
    if (result) {
        begin_connection();
        subscribe();
        result = co_await subscribed.wait(settings_.dialing.within, "the broker did not confirm a subscription");
        if (!result && connection_) std::exchange(connection_, nullptr)->quit();
    }
    subscribed_ = nullptr;
    if (result && !connection_) result = fail(Errc::unreachable, "the connection to the broker is gone");
    if (!result) end_connection();
    is_open_ = result.has_value();
    co_return result;
}

void Source::begin_connection() {
    deliveries_ = Deliveries(connection_->version() == Version::v1_0);
    receipts_ = Ref<Receipts>(new Receipts(shard_, *this));
    waiting_.clear();
}

void Source::end_connection() {
    is_open_ = false;
    redelivery_timer_.cancel();
    silence_timer_.cancel();
    if (receipts_) receipts_->source = nullptr;
    receipts_ = {};
    waiting_.clear();
}

void Source::subscribe() {
    std::string out;
    subscriptions_.append_take_back(out, connection_->version(), *known_);
    subscriptions_.append_subscribe(out, connection_->version());
    *known_ = subscriptions_.patterns();
    unconfirmed_ = subscriptions_.size();
    connection_->write(out);
    if (unconfirmed_ == 0) subscribed_->give({});
}

void Source::on_frame(Frame& frame) noexcept {
    if (frame.command == Command::message) return on_message(frame);
    if (frame.headers.find("receipt-id") != Subscriptions::receipt() || unconfirmed_ == 0) return;
    if (--unconfirmed_ == 0 && subscribed_) subscribed_->give({});
}

Result<std::string> Source::topic_of(const Frame& frame) const {
    if (const auto topic = frame.headers.find(topic_header)) {  // its name had to be shortened
        if (auto ok = check_topic(*topic); !ok) return ok.error();
        return std::string(*topic);
    }
    return settings_.addresses.topic_of(frame.headers.find("destination").value_or(""));
}

void Source::on_message(Frame& frame) {
    if (!receipts_) return;  // it is closing
    const Version version = connection_->version();
    AckHandle handle = handle_of(frame, version);
    const Result<std::string> topic = topic_of(frame);
    if (topic.has_error()) return give_up(std::move(handle), topic.error());
    const auto place = subscriptions_.place_of(frame.headers.find("subscription").value_or(""));
    if (!subscriptions_.takes(*topic, place)) return write_answers({{{std::move(handle)}, Outcome::accepted}});
    const std::size_t copies = subscriptions_.copies_of(*topic);
    const bool comes_again = copies > 1 && place && settings_.addresses.dialect().keeping == Dialect::Keeping::each_pattern &&
                             settings_.has_kept_subscriptions();
    std::vector<Deliveries::Answer> answers;
    const auto token = comes_again ? deliveries_.add_copy(shared_id(frame), copies, std::move(handle), answers)
                                   : deliveries_.add(std::move(handle));
    write_answers(answers);
    if (!token) return;
    waiting_.push_back({message_from_broker(frame, *topic, settings_.addresses), *token});
    hand_on();
    hold_back();
}

void Source::give_up(AckHandle handle, const Error& why) {
    unmappable_.add();
    if (const auto held = unmappable_log_.pass()) {
        log::warn("message dropped", {{"backend", settings_.backend},
                                      {"reason", "its destination is no topic: " + why.message},
                                      {"more", std::to_string(*held)}});
    }
    write_answers({{{std::move(handle)}, Outcome::rejected}});
}

void Source::hand_on() {
    if (is_handing_on_ || !is_open_) return;  // more credit came from within accept()
    is_handing_on_ = true;
    while (credit_ != 0 && !waiting_.empty()) {
        --credit_;
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        inlet_->accept(std::move(next.message), Receipt(receipts_, next.token));
    }
    is_handing_on_ = false;
}

/// A broker that was told how much is welcome sends no more than that.
void Source::hold_back() {
    if (!connection_ || !settings_.addresses.dialect().prefetch.empty()) return;
    const bool has_enough = waiting_.size() >= settings_.prefetch;
    if (has_enough == is_paused_) return;
    is_paused_ = has_enough;
    is_paused_ ? connection_->pause_reading() : connection_->resume_reading();
}

void Source::grant(std::uint32_t more) {
    credit_ += more;
    hand_on();
    hold_back();
}

void Source::settled(std::uint64_t token, Outcome outcome) {
    if (outcome == Outcome::released && !redelivery_timer_.is_armed()) {
        shard_.arm(redelivery_timer_, settings_.redeliver_after);
    }
    write_answers(deliveries_.settle(token, outcome));
}

void Source::write_answers(const std::vector<Deliveries::Answer>& answers) {
    if (answers.empty() || !connection_) return;
    const Version version = connection_->version();
    using GivingUp = Dialect::GivingUp;
    const GivingUp giving_up = settings_.addresses.dialect().giving_up;
    std::string out;
    for (const Deliveries::Answer& answer : answers) {
        // 1.0 has no NACK.
        const bool is_nack = answer.outcome == Outcome::rejected && giving_up != GivingUp::ack && version != Version::v1_0;
        for (const AckHandle& handle : answer.handles) {
            append_answer(out, version, is_nack ? Command::nack : Command::ack, handle);
            if (is_nack && giving_up == GivingUp::nack_without_requeue) append_header(out, "requeue", "false", version);
            out.append("\n", 1).push_back('\0');
        }
    }
    connection_->write(out);
}

boost::asio::awaitable<void> Source::close() {
    end_connection();
    co_await disconnect(shard_, connection_);
}

void Source::on_lost(const Error& why) noexcept {
    connection_ = nullptr;
    if (subscribed_) return subscribed_->give(why);
    const bool was_open = is_open_;
    end_connection();
    if (!was_open) return;
    if (why.code != Errc::timed_out || !shares_its_queue()) return inlet_->lost(why);
    silence_ = why;
    shard_.arm(silence_timer_, until_broker_notices());
}

/// With a connection that the broker takes for alive: what lies unanswered on that would come behind what is newer.
bool Source::shares_its_queue() const noexcept {
    return settings_.addresses.dialect().keeping == Dialect::Keeping::one_queue && settings_.has_kept_subscriptions();
}

/// RabbitMQ looks once in each interval, and gives up at the second look that finds nothing new.
std::chrono::milliseconds Source::until_broker_notices() const noexcept { return settings_.heart_beat.can_send * 5 / 2; }

void Source::on_stopped() noexcept {
    connection_ = nullptr;
    redelivery_timer_.cancel();
}

}  // namespace rialto::stomp
