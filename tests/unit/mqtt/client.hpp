#pragma once

#include "adapters/mqtt/listener.hpp"
#include "adapters/mqtt/peer.hpp"
#include "core/gateway.hpp"
#include "tests/support/memory_engine.hpp"
#include "tests/unit/mqtt/packets_under_test.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace rialto::mqtt::test {

/// A wire into a string. Takes everything at once unless it is told to be slow.
class TestWire final : public Wire {
public:
    using Wire::Wire;
    void flush() noexcept override;
    void close() override { is_closed = true; }
    void pause_reading() override { is_paused = true; }
    void resume_reading() override { is_paused = false; }
    void move_to(Shard&) override { has_moved = true; }
    std::string peer() const override { return "test"; }

    void take_all();

    std::string out;
    bool is_closed = false;
    bool is_paused = false;
    bool has_moved = false;
    bool is_slow = false;  ///< takes nothing
    StreamSession* session = nullptr;
};

/// A gateway with one shard that runs only when told to, and the MQTT server on it.
struct Broker {
    explicit Broker(Limits limits = {});
    /// One that keeps its sessions on this disk.
    explicit Broker(rialto::test::Disk& disk, Limits limits = {});
    ~Broker();

    Shard& shard() { return gateway.shard(0); }
    Bus& bus() { return shard().bus(); }
    /// Runs what is ready, and until the disk has all where it is not held.
    void run();
    /// The next turns, whatever the disk does.
    void run_ready() { shard().run_ready(); }

    std::unique_ptr<rialto::test::Disk> own_disk;  ///< where all tests are to be run with a store
    Gateway gateway{Gateway::Settings{.name = "test"}};
    Server server{gateway};
    std::shared_ptr<const Limits> limits;
};

/// One connection, in the client's words: `client.connect(); client.subscribe("a/#"); CHECK(client.reads() ==
/// ...)`.
class Client {
public:
    explicit Client(Broker& broker, Version version = Version::v311);
    ~Client();

    /// Connects and takes the CONNACK, which has to be a success. @return session present
    bool connect(std::string_view id = "c", Connect packet = {});
    /// Sends CONNECT alone.
    void send_connect(std::string_view id, Connect packet = {});
    ReasonCode subscribe(std::string_view filter, Qos qos = Qos::exactly_once, Subscription options = {},
                         std::uint32_t identifier = 0);
    void publish(std::string_view topic, std::string_view payload, Qos qos = Qos::at_most_once,
                 PacketId id = 0);
    void send(const Publish& packet);
    void ack(PacketType type, PacketId id, ReasonCode reason = ReasonCode::success);
    void disconnect(ReasonCode reason = ReasonCode::success);
    /// The network is gone, without a word.
    void vanish();
    /// Sends bytes as they are.
    void send_raw(std::string_view bytes);

    /// What came, oldest first, as text: "PUBLISH a/b=x q1 #1", "PUBACK #7", "SUBACK #1 00 01",
    /// "DISCONNECT 8e". Empty when there is nothing.
    std::vector<std::string> reads();
    /// reads(), where exactly one packet is expected.
    std::string read();
    /// The next frame undecoded; it stays valid until the next call.
    Frame read_frame();
    /// The properties of the next packet, which is to be a PUBLISH.
    Publish read_publish();

    bool is_closed() const { return wire.is_closed; }

    Broker& broker;
    Version version;
    TestWire wire;
    std::unique_ptr<StreamSession> session;
    PacketId next_id = 1;

private:
    std::string describe(const Frame& frame) const;

    std::string taken_;
    std::string pending_;
};

/// Holds a share of every receipt that it is delivered, so that a test decides when a message is safe.
class Holder final : public Subscriber {
public:
    void deliver(const Delivery&, const Receipt& receipt) noexcept override {
        held.push_back(receipt.share());
    }
    std::vector<Receipt> held;
};

inline TopicFilter filter(std::string_view text) {
    return TopicFilter::parse(text).value();
}

using Reads = std::vector<std::string>;

}  // namespace rialto::mqtt::test
