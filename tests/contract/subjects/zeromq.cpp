#include <signal.h>

#include <atomic>
#include <stdexcept>
#include <zmq.hpp>
#include <zmq_addon.hpp>

#include "adapters/zeromq/adapter.hpp"
#include "adapters/zeromq/context.hpp"
#include "adapters/zeromq/settings.hpp"
#include "tests/contract/adapter_under_test.hpp"
#include "tests/contract/other_side.hpp"
#include "tests/contract/process.hpp"

// RIALTO_PUSH_PULL: PUSH and PULL instead of PUB and SUB. RIALTO_CURVE: the same with keys.

#ifdef __SANITIZE_THREAD__
// libzmq is not instrumented, and its locks are its own.
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }
#endif

namespace rialto::contract {
namespace {

#ifdef RIALTO_PUSH_PULL
constexpr bool is_pubsub = false;
#else
constexpr bool is_pubsub = true;
#endif
#ifdef RIALTO_CURVE
constexpr bool uses_curve = true;
#else
constexpr bool uses_curve = false;
#endif

constexpr int patience = 20'000;    // ms
constexpr char mark_of_probes = '\x02';  // no topic of a case begins with it

std::string loopback(std::uint16_t port) { return "tcp://127.0.0.1:" + std::to_string(port); }

/// Somebody who has the peer publish something, and knows that it did.
class Injector {
public:
    explicit Injector(const std::string& address) : socket_(zeromq::shared_context(), zmq::socket_type::req) {
        socket_.set(zmq::sockopt::linger, 0);
        socket_.set(zmq::sockopt::rcvtimeo, patience);
        socket_.connect(address);
    }
    void publish(std::string_view to, std::string_view topic, std::string_view payload) {
        for (const auto& part : {to, topic}) socket_.send(zmq::message_t(part), zmq::send_flags::sndmore);
        socket_.send(zmq::message_t(payload), zmq::send_flags::none);
        zmq::message_t done;
        if (!socket_.recv(done)) throw std::runtime_error("the ZeroMQ peer does not answer");
    }

private:
    zmq::socket_t socket_;
};

class Reader final : public RawReader {
public:
    /// Returns when the subscription has got there: a probe that is subscribed to behind it has come.
    Reader(const std::string& readers, const std::string& inject, std::string_view pattern)
        : socket_(zeromq::shared_context(), zmq::socket_type::sub) {
        static std::atomic<int> next_probe{0};
        const std::string probe = mark_of_probes + std::to_string(next_probe++);
        socket_.set(zmq::sockopt::linger, 0);
        socket_.set(zmq::sockopt::rcvhwm, 0);
        socket_.set(zmq::sockopt::subscribe, pattern.substr(0, pattern.find_first_of("+#")));
        socket_.set(zmq::sockopt::subscribe, probe);
        socket_.connect(readers);
        Injector injector(inject);
        std::vector<zmq::message_t> parts;
        for (int tries = patience / 20; tries > 0; --tries) {
            injector.publish("readers", probe, "");
            if (receive(parts, 20) && parts[0].to_string_view() == probe) return;
        }
        throw std::runtime_error("the ZeroMQ peer does not publish to readers");
    }

    std::optional<Raw> next(std::chrono::milliseconds within) override {
        std::vector<zmq::message_t> parts;
        while (receive(parts, static_cast<int>(within.count()))) {
            const std::string topic = parts.front().to_string();
            if (!topic.empty() && topic.front() == mark_of_probes) continue;
            return Raw{topic, parts.back().to_string()};
        }
        return std::nullopt;
    }

private:
    bool receive(std::vector<zmq::message_t>& parts, int within) {
        parts.clear();
        socket_.set(zmq::sockopt::rcvtimeo, within);
        return zmq::recv_multipart(socket_, std::back_inserter(parts)).has_value();
    }

    zmq::socket_t socket_;
};

class Peer final : public OtherSide {
public:
    Peer() {
        zmq_curve_keypair(public_key_, secret_key_);
        restart();
    }

    std::unique_ptr<Backend> make_backend(Gateway& gateway, Shard& shard, std::string_view name) override {
        const auto adapter = zeromq::make_adapter(gateway);
        return backend_from(*adapter, shard, name, "zmq:", [this](OptionValues& options) {
            options.set(is_pubsub ? "publish" : "push", std::vector<std::string>{">" + loopback(front_)});
            options.set(is_pubsub ? "subscribe" : "pull", std::vector<std::string>{loopback(back_)});
            if (uses_curve) options.set("curve", keys(*options.schema().find("curve")->table));
        });
    }
    void publish(const Raw& message) override {
        if (!publisher_) publisher_.emplace(inject());
        publisher_->publish("all", message.topic, message.payload);
    }
    std::unique_ptr<RawReader> read(std::string_view pattern) override {
        return std::make_unique<Reader>(loopback(readers_), inject(), pattern);
    }
    void pause() override { peer_->send_signal(SIGSTOP); }
    void resume() override { peer_->send_signal(SIGCONT); }
    void stop() override {
        publisher_.reset();
        peer_.reset();
    }
    void restart() override {
        peer_ = std::make_unique<Process>(std::vector<std::string>{RIALTO_ZEROMQ_PEER, is_pubsub ? "pubsub" : "pushpull",
                                                                   loopback(front_), loopback(back_), loopback(readers_), inject(),
                                                                   uses_curve ? secret_key_ : "-"});
        wait_for_port(front_, *peer_);
    }

private:
    std::string inject() const { return "ipc://" + (folder_.path() / "inject").string(); }
    std::shared_ptr<const OptionValues> keys(const Schema& schema) const {
        auto keys = std::make_shared<OptionValues>(schema);
        keys->set("server_key", std::string(public_key_));
        return keys;
    }

    TempFolder folder_;
    std::uint16_t front_ = free_port();
    std::uint16_t back_ = free_port();
    std::uint16_t readers_ = free_port();
    char public_key_[41]{};
    char secret_key_[41]{};
    std::unique_ptr<Process> peer_;
    std::optional<Injector> publisher_;
};

}  // namespace

Abilities claimed_abilities() {
    OptionValues options(zeromq::schema());
    options.set(is_pubsub ? "publish" : "push", std::vector<std::string>{">tcp://127.0.0.1:1"});
    options.set(is_pubsub ? "subscribe" : "pull", std::vector<std::string>{"tcp://127.0.0.1:1"});
    return zeromq::abilities_from(options);
}
std::unique_ptr<OtherSide> start_other_side() { return std::make_unique<Peer>(); }

}  // namespace rialto::contract
