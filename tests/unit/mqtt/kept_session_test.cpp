#include "tests/unit/mqtt/client.hpp"

#include "adapters/mqtt/kept_session.hpp"
#include "core/store/store.hpp"

#include <map>
#include <random>
#include <set>

using namespace rialto;
using namespace rialto::mqtt;
using namespace rialto::mqtt::test;
using rialto::test::Disk;

namespace {

constexpr Version v311 = Version::v311;
constexpr Version v5 = Version::v5;
constexpr Qos q1 = Qos::at_least_once;
constexpr Qos q2 = Qos::exactly_once;
const Connect kept{.clean_start = false};

/// What is on the disk at this moment, as after kill -9.
std::unique_ptr<Disk> after_a_kill(Disk& disk) {
    auto copy = std::make_unique<Disk>();
    const std::lock_guard lock(disk.mutex);
    copy->keys = disk.keys;
    return copy;
}

}  // namespace

TEST_CASE("a session, its subscriptions and its messages are there after a kill") {
    Disk disk;
    std::unique_ptr<Disk> left;
    {
        Broker broker(disk);
        Client first(broker, v5);
        PropertyWriter properties;
        properties.number(PropertyId::session_expiry_interval, 1000);
        first.connect("c", {.clean_start = true, .properties = properties.view()});
        first.subscribe("a/+", q2, {.retain_as_published = true}, 7);
        first.subscribe("b", q1);
        first.disconnect();
        Client other(broker, v5);
        other.connect("o");
        other.publish("a/1", "1", q1, 1);
        other.publish("a/2", "2", q2, 2);
        PropertyWriter user;
        user.pair("name", "value");
        other.send({.qos = q1, .retain = true, .id = 3, .topic = "a/3", .properties = user.view(), .payload = as_bytes("3")});
        left = after_a_kill(disk);
    }
    Broker broker(*left);
    Client second(broker, v5);
    PropertyWriter properties;
    properties.number(PropertyId::session_expiry_interval, 1000);
    CHECK(second.connect("c", {.clean_start = false, .properties = properties.view()}));
    const auto one = second.read_publish();
    CHECK(one.topic == "a/1");
    CHECK(one.properties.number(PropertyId::subscription_identifier) == 7);
    CHECK_FALSE(one.dup);
    CHECK(second.read_publish().qos == q2);
    const auto three = second.read_publish();
    CHECK(three.retain);
    CHECK(three.properties.find(PropertyId::user_property)->text == "name");
    Client other(broker);
    other.connect("o");
    other.publish("b", "live", q1, 1);
    CHECK(second.reads() == Reads{"PUBLISH b=live q1 #4"});
    CHECK(as_text(broker.gateway.retained().find("a/3")->payload()) == "3");
}

TEST_CASE("a publisher hears of its message when it is safe, and not before") {
    Disk disk;
    Broker broker(disk);
    Client away(broker);
    away.connect("away", kept);
    away.subscribe("a", q1);
    away.disconnect();
    Client publisher(broker);
    publisher.connect("p");
    disk.hold();
    const auto send = [&](Qos qos, PacketId id) {
        Bytes bytes;
        encode(Publish{.qos = qos, .id = id, .topic = "a", .payload = as_bytes("x")}, v311, bytes);
        publisher.session->on_bytes(as_bytes(bytes));
        broker.run_ready();
    };
    send(q1, 1);
    send(q2, 2);
    CHECK(publisher.wire.out.empty());
    disk.let_go();
    CHECK(publisher.reads() == Reads{"PUBACK #1", "PUBREC #2"});
}

TEST_CASE("a subscription is granted when it is safe, and not before") {
    Disk disk;
    Broker broker(disk);
    Client client(broker);
    client.connect("c", kept);
    disk.hold();
    Bytes list;
    append_subscription({.filter = "a", .qos = q1}, list);
    Bytes bytes;
    encode(Subscribe{1, {}, as_bytes(list)}, v311, bytes);
    client.session->on_bytes(as_bytes(bytes));
    broker.run_ready();
    CHECK(client.wire.out.empty());
    disk.let_go();
    CHECK(client.read() == "SUBACK #1 01");
}

TEST_CASE("a QoS 2 message comes again under its own identifier after a kill, and what was received goes on with PUBREL") {
    Disk disk;
    std::unique_ptr<Disk> left;
    {
        Broker broker(disk);
        Client client(broker);
        client.connect("c", kept);
        client.subscribe("a", q2);
        Client other(broker);
        other.connect("o");
        for (PacketId id = 1; id <= 4; ++id) other.publish("a", std::to_string(id), q2, id);
        CHECK(client.reads().size() == 4);
        client.ack(PacketType::pubrec, 2);
        CHECK(client.read() == "PUBREL #2");
        client.ack(PacketType::pubcomp, 2);
        client.ack(PacketType::pubrec, 3);
        CHECK(client.read() == "PUBREL #3");
        client.ack(PacketType::pubrec, 4);
        left = after_a_kill(disk);
    }
    Broker broker(*left);
    Client client(broker);
    CHECK(client.connect("c", kept));
    const auto reads = client.reads();
    CHECK(reads == Reads{"PUBLISH a=1 q2 #1 dup", "PUBREL #3", "PUBREL #4"});
}

TEST_CASE("a QoS 2 message that was received is not published again after a kill") {
    Disk disk;
    std::unique_ptr<Disk> left;
    {
        Broker broker(disk);
        Client publisher(broker);
        publisher.connect("p", kept);
        publisher.publish("a", "1", q2, 7);
        CHECK(publisher.read() == "PUBREC #7");
        publisher.publish("a", "2", q2, 8);
        CHECK(publisher.read() == "PUBREC #8");
        publisher.ack(PacketType::pubrel, 8);
        CHECK(publisher.read() == "PUBCOMP #8");
        left = after_a_kill(disk);
    }
    Broker broker(*left);
    Client reader(broker);
    reader.connect("r");
    reader.subscribe("a");
    Client publisher(broker);
    CHECK(publisher.connect("p", kept));
    publisher.send({.dup = true, .qos = q2, .id = 7, .topic = "a", .payload = as_bytes("1")});
    CHECK(publisher.read() == "PUBREC #7");
    publisher.publish("a", "another", q2, 8);
    CHECK(publisher.read() == "PUBREC #8");
    CHECK(reader.reads() == Reads{"PUBLISH a=another q2 #1"});
}

TEST_CASE("a thousand messages wait on disk, few of them in memory, and come in order") {
    Disk disk;
    std::unique_ptr<Disk> left;
    {
        Broker broker(disk, {.max_queued = 500});
        Client away(broker);
        away.connect("away", kept);
        away.subscribe("a", q1);
        away.disconnect();
        Client publisher(broker);
        publisher.connect("p");
        for (int i = 0; i < 600; ++i) publisher.publish("a", std::to_string(i), q1, static_cast<PacketId>(i + 1));
        CHECK(broker.gateway.metrics().total("rialto_messages_dropped_total") == 100);
        left = after_a_kill(disk);
    }
    Broker broker(*left, {.send_maximum = 20, .max_queued = 500});
    Client back(broker);
    CHECK(back.connect("away", kept));
    std::vector<std::string> payloads;
    while (payloads.size() < 500) {
        const std::size_t before = payloads.size();
        while (!back.wire.out.empty()) {
            const auto packet = back.read_publish();
            payloads.emplace_back(as_text(packet.payload));
            back.ack(PacketType::puback, packet.id);
        }
        REQUIRE(payloads.size() > before);
    }
    for (int i = 0; i < 500; ++i) CHECK(payloads[static_cast<std::size_t>(i)] == std::to_string(i));
    CHECK(back.reads().empty());
    back.disconnect();
    broker.run();
    CHECK(left->keys.size() == 2);  // the session and its subscription
}

TEST_CASE("the time that passed while the gateway was away counts for a session's expiry, and its will is published") {
    Disk disk;
    {
        Broker broker(disk);
        store::Journal& journal = *broker.gateway.journal_of(broker.shard());
        for (const auto& [id, seconds] : {std::pair("over", 100), std::pair("there", 10)}) {
            KeptSession session(journal, id);
            session.left_at = wall_now() - std::chrono::seconds(seconds);
            StoredWill will(std::string("will/") + id, "gone", "");
            will.retain = true;
            will.delay = 1000;
            session.write(50, 10, &will);
        }
        broker.run();
    }
    Broker broker(disk);
    CHECK(broker.gateway.retained().find("will/over"));
    CHECK_FALSE(broker.gateway.retained().find("will/there"));
    Client over(broker);
    CHECK_FALSE(over.connect("over", kept));
    Client there(broker);
    CHECK(there.connect("there", kept));
}

TEST_CASE("a session that is cleared leaves nothing behind") {
    Disk disk;
    Broker broker(disk);
    Client first(broker);
    first.connect("c", kept);
    first.subscribe("a", q2);
    first.publish("a", "x", q2, 1);
    first.publish("a", "y", q1, 2);
    first.vanish();
    CHECK(disk.keys.size() > 3);
    Client second(broker);
    CHECK_FALSE(second.connect("c"));
    second.disconnect();
    broker.run();
    CHECK(disk.keys.empty());
}

namespace {

/// A publisher with its own memory, as MQTT wants it: what was not acknowledged goes again under its identifier.
struct Producer {
    void connect(Broker& broker) {
        client = std::make_unique<Client>(broker);
        client->connect("p", kept);
        for (const PacketId id : released) client->ack(PacketType::pubrel, id);
        for (const auto& [id, what] : sent) send(id, what.first, what.second, true);
        listen();
    }
    void publish(Qos qos) {
        sent[next_id] = {next_number, qos};
        send(next_id++, next_number++, qos, false);
        listen();
    }
    void send(PacketId id, int number, Qos qos, bool dup) {
        const std::string payload = std::to_string(number);
        client->send({.dup = dup, .qos = qos, .id = id, .topic = "a", .payload = as_bytes(payload)});
    }
    void listen() {
        for (const auto& text : client->reads()) {
            const auto id = static_cast<PacketId>(std::stoi(text.substr(text.find('#') + 1)));
            if (text.starts_with("PUBCOMP")) released.erase(id);
            if (!text.starts_with("PUBACK") && !text.starts_with("PUBREC")) continue;
            if (const auto known = sent.find(id); known != sent.end()) acknowledged.push_back(known->second.first);
            sent.erase(id);
            if (text.starts_with("PUBACK")) continue;
            released.insert(id);
            client->ack(PacketType::pubrel, id);
        }
    }

    std::unique_ptr<Client> client;
    std::map<PacketId, std::pair<int, Qos>> sent;
    std::set<PacketId> released;
    std::vector<int> acknowledged;
    int next_number = 0;
    PacketId next_id = 1;
};

/// A subscriber with its own memory: QoS 2 messages that it has and that were not released are repeats. Now and then it leaves
/// something unanswered.
struct Consumer {
    void connect(Broker& broker) {
        client = std::make_unique<Client>(broker);
        client->connect("c", kept);
    }
    template <typename Below>
    void listen(Below below) {
        while (client && !client->wire.out.empty()) {
            const Frame frame = client->read_frame();
            if (frame.type == PacketType::pubrel) {
                Ack packet;
                REQUIRE_FALSE(decode(frame, v311, packet));
                received.erase(packet.id);
                if (below(4) != 0) client->ack(PacketType::pubcomp, packet.id);
            }
            if (frame.type != PacketType::publish) continue;
            Publish packet;
            REQUIRE_FALSE(decode(frame, v311, packet));
            const int number = std::stoi(std::string(as_text(packet.payload)));
            if (packet.qos == q1) got.push_back(number);
            if (packet.qos == q2 && received.insert(packet.id).second) exactly_once.push_back(number);
            if (below(4) != 0) client->ack(packet.qos == q1 ? PacketType::puback : PacketType::pubrec, packet.id);
        }
    }

    std::unique_ptr<Client> client;
    std::set<PacketId> received;
    std::vector<int> got;
    std::vector<int> exactly_once;
};

}  // namespace

TEST_CASE("through a hundred kills nothing acknowledged is lost or out of order, and QoS 2 is delivered once") {
    std::mt19937 random(11);
    const auto below = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
    auto disk = std::make_unique<Disk>();
    Producer producer;
    Consumer consumer;
    {
        Broker broker(*disk);
        Client client(broker);
        client.connect("c", kept);
        client.subscribe("a", q2);
    }
    for (int round = 0; round <= 100; ++round) {
        std::unique_ptr<Disk> left;
        {
            Broker broker(*disk);
            producer.connect(broker);
            for (unsigned step = 5 + below(20); step != 0 && round < 100; --step) {
                if (!consumer.client && below(3) == 0) consumer.connect(broker);
                if (below(2) == 0) producer.publish(below(2) == 0 ? q1 : q2);
                consumer.listen(below);
                if (below(8) == 0) consumer.client.reset();
            }
            if (round == 100) {  // the end: everything is taken
                consumer.connect(broker);
                for (int i = 0; i < 50; ++i) {
                    consumer.listen([](unsigned) { return 1; });
                    broker.run();
                }
            }
            left = after_a_kill(*disk);
            producer.client.reset();
            consumer.client.reset();
        }
        disk = std::move(left);
    }
    std::set<int> seen(consumer.got.begin(), consumer.got.end());
    for (const int number : consumer.exactly_once) CHECK(seen.insert(number).second);
    for (const int number : producer.acknowledged) CHECK(seen.contains(number));
    std::vector<int> first_times;
    std::set<int> known;
    for (const int number : consumer.got) {
        if (known.insert(number).second) first_times.push_back(number);
    }
    CHECK(std::is_sorted(first_times.begin(), first_times.end()));
    CHECK(std::is_sorted(consumer.exactly_once.begin(), consumer.exactly_once.end()));
    CHECK(producer.acknowledged.size() > 300);
    MESSAGE(producer.acknowledged.size() << " acknowledged, " << consumer.got.size() - known.size() << " repeats at QoS 1");
}
