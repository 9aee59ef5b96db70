#include "tests/bench/traffic.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace bench {
namespace {

struct Stamp {
    std::uint32_t publisher;
    std::uint32_t number;
};

/// A publisher waits until so large a part of its window is free: it writes batches, not single messages.
constexpr std::uint32_t batches_in_window = 4;

/// 1 to 65,535, never 0. [MQTT-2.3.1-1]
std::uint16_t packet_id(std::uint32_t number) {
    return static_cast<std::uint16_t>(number % 65535 + 1);
}

std::string topic_of(std::uint32_t publisher) {
    return "bench/" + std::to_string(publisher);
}

}  // namespace

Traffic::Traffic(const Endpoint& endpoint, const Shape& shape)
    : shape_(shape),
      window_of_each_(std::max(1u, shape.window / shape.publishers)),
      inflight_of_each_(shape.qos > 0 ? shape.inflight : std::numeric_limits<std::uint32_t>::max()) {
    publishers_.reserve(shape.publishers);
    subscribers_.reserve(shape.subscribers);
    const std::string filter = shape.publishers == 1 ? topic_of(0) : "bench/+";
    for (std::uint32_t i = 0; i < shape.subscribers; ++i) {
        Connection connection(endpoint, shape.version, "bench-sub-" + std::to_string(i));
        connection.subscribe(filter, shape.qos);
        connection.stop_waiting();
        poller_.add(connection.fd(), shape.publishers + i);
        subscribers_.push_back({std::move(connection), std::vector<std::uint32_t>(shape.publishers), {}});
    }
    for (std::uint32_t i = 0; i < shape.publishers; ++i) {
        Connection connection(endpoint, shape.version, "bench-pub-" + std::to_string(i));
        connection.stop_waiting();
        poller_.add(connection.fd(), i);
        if (shape.qos > 0)
            inflight_of_each_ = std::min<std::uint32_t>(inflight_of_each_, connection.receive_maximum());
        Publisher publisher{
            std::move(connection), publish_frame(shape.version, topic_of(i), shape.qos, shape.payload), {}};
        const std::uint32_t batch = std::min(window_of_each_, inflight_of_each_);
        for (std::uint32_t n = 0; n < batch; ++n)
            publisher.batch.insert(publisher.batch.end(), publisher.frame.bytes.begin(),
                                   publisher.frame.bytes.end());
        publishers_.push_back(std::move(publisher));
    }
}

void Traffic::publish(std::uint32_t messages_of_each) {
    target_ += messages_of_each;
    publish_what_is_allowed();
    while (!is_complete()) {
        const auto events = poller_.wait(std::chrono::seconds(10));
        if (events.empty()) throw Failure("nothing moved for ten seconds: " + how_far());
        for (const epoll_event& event : events) handle(event);
        publish_what_is_allowed();
    }
}

void Traffic::expect_silence(std::chrono::milliseconds time) {
    for (const epoll_event& event : poller_.wait(time))
        handle(event);  // a surplus message fails by its stamp
}

void Traffic::publish_what_is_allowed() {
    for (std::uint32_t i = 0; i < publishers_.size(); ++i) {
        Publisher& publisher = publishers_[i];
        const std::uint32_t left = target_ - publisher.sent;
        if (left == 0) {
            if (publisher.reached_all != target_) find_slowest(i);
            continue;
        }
        if (publisher.connection.has_backlog()) continue;
        const std::uint32_t window = std::min(window_of_each_, inflight_of_each_);
        const std::uint32_t enough = std::min(left, std::max(1u, window / batches_in_window));
        if (allowed(publisher) < enough) find_slowest(i);
        const std::uint32_t room = allowed(publisher);
        if (room >= enough) send_batch(i, std::min({room, left, window}));
    }
}

std::uint32_t Traffic::allowed(const Publisher& publisher) const {
    const std::uint32_t by_window = window_of_each_ - (publisher.sent - publisher.reached_all);
    if (shape_.qos == 0) return by_window;
    return std::min(by_window, inflight_of_each_ - (publisher.sent - publisher.acknowledged));
}

void Traffic::send_batch(std::uint32_t number, std::uint32_t messages) {
    Publisher& publisher = publishers_[number];
    const std::size_t frame_size = publisher.frame.bytes.size();
    std::uint8_t* frame = publisher.batch.data();
    for (std::uint32_t i = 0; i < messages; ++i, frame += frame_size) {
        const Stamp stamp{number, publisher.sent++};
        std::memcpy(frame + publisher.frame.payload_at, &stamp, sizeof stamp);
        if (publisher.frame.packet_id_at > 0)
            write_u16(frame + publisher.frame.packet_id_at, packet_id(stamp.number));
    }
    const bool had_backlog = publisher.connection.has_backlog();
    publisher.connection.send({publisher.batch.data(), messages * frame_size});
    watch(publisher.connection, number, had_backlog);
}

void Traffic::find_slowest(std::uint32_t number) {
    std::uint32_t slowest = std::numeric_limits<std::uint32_t>::max();
    for (const Subscriber& subscriber : subscribers_)
        slowest = std::min(slowest, subscriber.received[number]);
    publishers_[number].reached_all = slowest;
}

bool Traffic::is_complete() const {
    return std::all_of(publishers_.begin(), publishers_.end(), [this](const Publisher& publisher) {
        return publisher.reached_all == target_ && (shape_.qos == 0 || publisher.acknowledged == target_);
    });
}

void Traffic::handle(const epoll_event& event) {
    const std::uint32_t number = event.data.u32;
    const bool is_publisher = number < publishers_.size();
    Connection& connection =
        is_publisher ? publishers_[number].connection : subscribers_[number - publishers_.size()].connection;
    const bool had_backlog = connection.has_backlog();
    if ((event.events & EPOLLOUT) != 0) connection.flush();
    if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
        if (is_publisher) {
            read_acks(publishers_[number]);
        } else {
            read_messages(subscribers_[number - publishers_.size()]);
        }
    }
    watch(connection, number, had_backlog);
}

void Traffic::read_acks(Publisher& publisher) {
    publisher.connection.read_packets([&](std::uint8_t first_byte, Bytes body) {
        if (first_byte != packet::puback || body.size() < 2)
            throw Failure("a publisher got something else than PUBACK");
        if (body.size() > 2 && body[2] >= 0x80)
            throw Failure("the server refused a message: " + std::to_string(body[2]));
        if (publisher.acknowledged == publisher.sent)
            throw Failure("a publisher got more PUBACKs than it sent messages");
        ++publisher.acknowledged;
    });
}

void Traffic::read_messages(Subscriber& subscriber) {
    subscriber.acks.clear();
    subscriber.connection.read_packets(
        [&](std::uint8_t first_byte, Bytes body) { take(subscriber, first_byte, body); });
    if (!subscriber.acks.empty()) subscriber.connection.send(subscriber.acks);
}

void Traffic::take(Subscriber& subscriber, std::uint8_t first_byte, Bytes body) const {
    if (first_byte != (packet::publish | shape_.qos << 1) || body.size() < 4 + shape_.payload)
        throw Failure("a subscriber got something else than the message that was published");
    Stamp stamp;
    std::memcpy(&stamp, body.data() + body.size() - shape_.payload, sizeof stamp);
    if (stamp.publisher >= publishers_.size()) throw Failure("a payload was changed on its way");
    std::uint32_t& expected = subscriber.received[stamp.publisher];
    if (stamp.number != expected || stamp.number >= publishers_[stamp.publisher].sent)
        throw Failure("a subscriber expected message " + std::to_string(expected) + " of publisher " +
                      std::to_string(stamp.publisher) + " and got " + std::to_string(stamp.number));
    ++expected;
    if (shape_.qos == 0) return;
    const std::size_t id_at = 2u + read_u16(body.data());
    if (id_at + 2 > body.size()) throw Failure("a topic is longer than its packet");
    subscriber.acks.insert(subscriber.acks.end(), {packet::puback, 2, body[id_at], body[id_at + 1]});
}

void Traffic::watch(Connection& connection, std::uint32_t number, bool had_backlog) {
    if (connection.has_backlog() == had_backlog) return;
    if (had_backlog) {
        poller_.report_only_readable(connection.fd(), number);
    } else {
        poller_.report_writable(connection.fd(), number);
    }
}

std::string Traffic::how_far() const {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::uint64_t acknowledged = 0;
    for (const Publisher& publisher : publishers_) {
        sent += publisher.sent;
        acknowledged += publisher.acknowledged;
    }
    for (const Subscriber& subscriber : subscribers_)
        for (const std::uint32_t count : subscriber.received) received += count;
    return std::to_string(sent) + " sent, " + std::to_string(acknowledged) + " acknowledged, " +
           std::to_string(received) + " received of " + std::to_string(sent * subscribers_.size());
}

}  // namespace bench
