#include "tests/bench/scenarios.hpp"
#include "tests/bench/server_process.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/timerfd.h>
#include <unistd.h>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto silence_that_fails = std::chrono::seconds(10);

/// Becomes readable at a steady rate.
class Ticker {
public:
    explicit Ticker(std::uint32_t times_a_second)
        : fd_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
        if (fd_ < 0) fail_with_errno("timerfd_create");
        const long period = 1'000'000'000L / times_a_second;
        const timespec time{period / 1'000'000'000L, period % 1'000'000'000L};
        const itimerspec setting{time, time};
        if (timerfd_settime(fd_, 0, &setting, nullptr) != 0) fail_with_errno("timerfd_settime");
    }
    ~Ticker() { close(fd_); }
    Ticker(const Ticker&) = delete;
    Ticker& operator=(const Ticker&) = delete;

    [[nodiscard]] int fd() const { return fd_; }

    /// How many periods have passed since the last call.
    [[nodiscard]] std::uint64_t ticks() const {
        std::uint64_t count = 0;
        const ssize_t size = read(fd_, &count, sizeof count);
        if (size < 0 && errno != EAGAIN) fail_with_errno("timerfd");
        return count;
    }

private:
    int fd_;
};

/// One publisher, one subscriber, and when each message left and arrived.
class Stopwatch {
public:
    Stopwatch(const Options& options, std::uint32_t messages)
        : qos_(options.shape.qos),
          frame_(publish_frame(options.shape.version, "bench/latency", qos_, options.shape.payload)),
          payload_(options.shape.payload),
          subscriber_(options.server, options.shape.version, "bench-sub"),
          publisher_(options.server, options.shape.version, "bench-pub"),
          messages_(messages) {
        subscriber_.subscribe("bench/latency", qos_);
        subscriber_.stop_waiting();
        publisher_.stop_waiting();
        sent_at_.reserve(messages);
        latencies_.reserve(messages);
    }

    void run(std::uint32_t rate) {
        enum : std::uint32_t { from_ticker, from_subscriber, from_publisher };
        Ticker ticker(rate);
        Poller poller;
        poller.add(ticker.fd(), from_ticker);
        poller.add(subscriber_.fd(), from_subscriber);
        poller.add(publisher_.fd(), from_publisher);
        Clock::time_point last_progress = Clock::now();
        while (latencies_.size() < messages_) {
            for (const epoll_event& event : poller.wait(silence_that_fails)) {
                switch (event.data.u32) {
                    case from_ticker:
                        send(ticker.ticks());
                        break;
                    case from_subscriber:
                        receive();
                        last_progress = Clock::now();
                        break;
                    default:
                        publisher_.read_packets([](std::uint8_t, Bytes) {});
                }
            }
            if (Clock::now() - last_progress > silence_that_fails)
                throw Failure("nothing arrived for ten seconds: " + std::to_string(latencies_.size()) +
                              " of " + std::to_string(sent_at_.size()));
        }
    }

    /// The latency that so large a part of all messages had at most. Only after `sort`.
    [[nodiscard]] double microseconds_at(double part) const {
        const auto index = static_cast<std::size_t>(part * static_cast<double>(latencies_.size() - 1));
        return in_seconds(latencies_[index]) * 1e6;
    }
    void sort() { std::sort(latencies_.begin(), latencies_.end()); }

private:
    void send(std::uint64_t count) {
        for (; count > 0 && sent_at_.size() < messages_; --count) {
            auto* bytes = reinterpret_cast<std::uint8_t*>(frame_.bytes.data());
            const std::uint64_t number = sent_at_.size();
            std::memcpy(bytes + frame_.payload_at, &number, sizeof number);
            if (qos_ > 0)
                write_u16(bytes + frame_.packet_id_at, static_cast<std::uint16_t>(number % 65535 + 1));
            sent_at_.push_back(Clock::now());
            publisher_.send({bytes, frame_.bytes.size()});
            if (publisher_.has_backlog()) throw Failure("the server does not read");
        }
    }

    void receive() {
        std::vector<std::uint8_t> acks;
        subscriber_.read_packets([&](std::uint8_t first_byte, Bytes body) {
            if (first_byte != (packet::publish | qos_ << 1) || body.size() < 4 + payload_)
                throw Failure("the subscriber got something else than the message that was published");
            std::uint64_t number = 0;
            std::memcpy(&number, body.data() + body.size() - payload_, sizeof number);
            if (number != latencies_.size())
                throw Failure("the subscriber expected message " + std::to_string(latencies_.size()) +
                              " and got " + std::to_string(number));
            latencies_.push_back(Clock::now() - sent_at_[number]);
            const std::size_t id_at = 2u + read_u16(body.data());
            if (qos_ > 0) acks.insert(acks.end(), {packet::puback, 2, body[id_at], body[id_at + 1]});
        });
        if (!acks.empty()) subscriber_.send(acks);
    }

    int qos_;
    PublishFrame frame_;
    std::size_t payload_;
    Connection subscriber_;
    Connection publisher_;
    std::size_t messages_;
    std::vector<Clock::time_point> sent_at_;
    std::vector<Clock::duration> latencies_;  ///< by message until they are sorted
};

}  // namespace

Report measure_latency(const Options& options) {
    Stopwatch stopwatch(options, options.messages);
    const ServerProcess server(options.pid);
    const auto server_began = server.cpu_time();
    stopwatch.run(options.rate);
    const double server_seconds = in_seconds(server.cpu_time() - server_began);
    stopwatch.sort();

    Report report("latency");
    report.add("delivered", options.messages);
    report.add("p50_us", stopwatch.microseconds_at(0.5));
    report.add("p99_us", stopwatch.microseconds_at(0.99));
    report.add("max_us", stopwatch.microseconds_at(1));
    report.add("server_cpu_seconds", server_seconds);
    return report;
}

}  // namespace bench
