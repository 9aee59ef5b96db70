#include "tests/unit/mqtt_backend/scripted_broker.hpp"

#include "adapters/mqtt/adapter.hpp"
#include "core/options.hpp"
#include "core/url.hpp"

using namespace rialto;
using namespace rialto::mqtt::test;
using namespace std::chrono_literals;
using mqtt::PacketType;
using mqtt::PropertyId;
using mqtt::ReasonCode;
using mqtt::Version;

TEST_CASE_FIXTURE(Stand, "CONNECT asks for a session that is kept, with a window and credentials") {
    settings.user_name = "rialto";
    settings.password = "secret";
    settings.window = 7;
    settings.session_expiry = 60;
    REQUIRE(open_source().has_value());
    CHECK(broker.packets[0] ==
          "CONNECT v5 kept rialto-here-plant 30s user=rialto password=secret expiry=60 window=7");
}

TEST_CASE_FIXTURE(Stand, "a subscription wants no echo, live retain flags, and last values once") {
    REQUIRE(open_source({"a/#"}).has_value());
    CHECK(broker.packets[1] == "SUBSCRIBE a/# q1 no-local as-published if-new");
}

TEST_CASE_FIXTURE(Stand, "a shared subscription may not ask for no echo [MQTT-3.8.3-4]") {
    REQUIRE(open_source({"$share/g/a"}).has_value());
    CHECK(broker.packets[1] == "SUBSCRIBE $share/g/a q1 as-published if-new");
}

TEST_CASE_FIXTURE(Stand, "a broker that refuses version 5 is spoken to in 3.1.1") {
    broker.only = Version::v311;
    REQUIRE(open_source().has_value());
    CHECK(broker.packets == Texts{"CONNECT v5 kept rialto-here-plant 30s expiry=86400 window=1024",
                                  "CONNECT v3.1.1 kept rialto-here-plant 30s", "SUBSCRIBE # q1"});
    CHECK_FALSE(backend->abilities().carries.has(Field::headers));
    CHECK_FALSE(backend->abilities().suppresses_echo);
}

TEST_CASE_FIXTURE(Stand, "a broker that hangs up on version 5 is spoken to in 3.1.1") {
    broker.hangs_up_on_v5 = true;
    REQUIRE(open_sink().has_value());
    CHECK(broker.packets.back() == "CONNECT v3.1.1 kept rialto-here-plant 30s");
}

TEST_CASE_FIXTURE(Stand, "a version that was asked for is the only one tried") {
    broker.only = Version::v311;
    settings.version = Version::v5;
    CHECK(open_sink().error().code == Errc::refused);
    CHECK(broker.count("CONNECT") == 1);
}

TEST_CASE_FIXTURE(Stand, "a refusal is told with the broker's reason") {
    broker.connack.reason = ReasonCode::not_authorized;
    const Result<void> opened = open_source();
    REQUIRE(opened.has_error());
    CHECK(opened.error().code == Errc::refused);
    CHECK(opened.error().message.find("Not authorized") != std::string::npos);
    CHECK(broker.count("CONNECT") == 1);
}

TEST_CASE_FIXTURE(Stand, "a broker that is busy is worth another try") {
    broker.connack.reason = ReasonCode::server_busy;
    CHECK(open_sink().error().code == Errc::unreachable);
}

TEST_CASE_FIXTURE(Stand, "a broker that does not answer is given up") {
    broker.answers_connect = false;
    settings.dialing.within = 50ms;
    CHECK(open_sink().error().code == Errc::timed_out);
}

TEST_CASE_FIXTURE(Stand, "a subscription that is refused fails the opening, and nobody stays connected") {
    broker.suback = ReasonCode::not_authorized;
    CHECK(open_source().error().code == Errc::refused);
    CHECK(until([&] { return !broker.is_connected(); }));
    CHECK(broker.packets.back() == "DISCONNECT");
}

TEST_CASE_FIXTURE(Stand, "source and sink share one connection, which the last of them ends") {
    REQUIRE(open_sink().has_value());
    REQUIRE(open_source().has_value());
    CHECK(broker.count("CONNECT") == 1);
    sink.reset();
    settle_down();
    CHECK(broker.is_connected());
    source.reset();
    CHECK(until([&] { return !broker.is_connected(); }));
    CHECK(broker.packets.back() == "DISCONNECT");
}

TEST_CASE_FIXTURE(Stand, "at 3.1.1 a session that was kept is not subscribed anew, which would bring all last values") {
    settings.version = Version::v311;
    REQUIRE(open_source().has_value());
    broker.hang_up();
    REQUIRE(until([&] { return reading.losses.size() == 1; }));
    broker.connack.session_present = true;
    REQUIRE(reopen_source().has_value());
    CHECK(broker.count("SUBSCRIBE") == 1);
    broker.hang_up();
    REQUIRE(until([&] { return reading.losses.size() == 2; }));
    broker.connack.session_present = false;
    REQUIRE(reopen_source().has_value());
    CHECK(broker.count("SUBSCRIBE") == 2);
}

TEST_CASE_FIXTURE(Stand, "a goodbye of the broker is a loss with its reason") {
    REQUIRE(open_source().has_value());
    broker.disconnect(ReasonCode::session_taken_over);
    REQUIRE(until([&] { return reading.losses.size() == 1; }));
    CHECK(reading.losses[0].message.find("Session taken over") != std::string::npos);
}

TEST_CASE_FIXTURE(Stand, "silence is answered with PINGREQ, and silence again is a loss") {
    broker.connack_properties.number(PropertyId::server_keep_alive, 1);
    REQUIRE(open_source().has_value());
    REQUIRE(until([&] { return reading.losses.size() == 1; }));
    CHECK(broker.count("PINGREQ") >= 1);
    CHECK(reading.losses[0].code == Errc::timed_out);
}

TEST_CASE_FIXTURE(Stand, "what breaks the protocol ends the connection with its reason") {
    for (const std::string& bytes : {std::string("\x00\x00", 2), std::string("\x20\x03\x00\x00\x00", 5), std::string("\xC0\x00", 2),
                                     std::string("\x30\x03\x00\x01+", 5), std::string("\x36\x00", 2)}) {
        REQUIRE((source ? reopen_source() : open_source()).has_value());
        const std::size_t losses = reading.losses.size();
        broker.send(bytes);
        REQUIRE(until([&] { return reading.losses.size() == losses + 1; }));
        CHECK(reading.losses.back().code == Errc::protocol);
        REQUIRE(until([&] { return !broker.is_connected(); }));
        CHECK(broker.packets.back().starts_with("DISCONNECT "));
    }
}

TEST_CASE("the options of a backend become its settings") {
    Gateway gateway({.name = "plant-7"});
    const auto adapter = mqtt::make_adapter(gateway);
    OptionValues options(adapter->backend_options());
    const Url url = Url::parse("mqtt://u:p@broker.example:1884").value();
    const auto usual = mqtt::client_settings_from(*adapter, "plant-7", {"cloud", url, options}).value();
    CHECK(usual.client_id == "rialto-plant-7-cloud");
    CHECK(usual.dialing.address.text() == "broker.example:1884");
    CHECK(usual.user_name == "u");
    CHECK(usual.password == "p");
    CHECK_FALSE(usual.version.has_value());
    CHECK(usual.qos == Qos::at_least_once);
    options.set("version", std::string("3.1.1"));
    options.set("qos", std::int64_t{0});
    options.set("client_id", std::string("me"));
    options.set("keep_alive", std::chrono::milliseconds(1500));
    const auto own = mqtt::client_settings_from(*adapter, "plant-7", {"cloud", url, options}).value();
    CHECK(own.version == Version::v311);
    CHECK(own.client_id == "me");
    CHECK(own.keep_alive == 2);
    const Abilities abilities = adapter->abilities({"cloud", url, options});
    CHECK_FALSE(abilities.confirms);
    CHECK_FALSE(abilities.carries.has(Field::headers));
    CHECK(abilities.weakest_writing == "it writes at QoS 0");
}
