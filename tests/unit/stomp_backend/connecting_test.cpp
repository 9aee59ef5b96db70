#include "tests/unit/stomp_backend/scripted_broker.hpp"

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::test;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(Stand, "a connection offers all versions and says who it is") {
    settings.user = "rialto";
    settings.password = "bri:dge";
    settings.heart_beat = {10s, 10s};
    REQUIRE(open_sink());
    const auto& connect = broker.came.at(0);
    CHECK(connect.command == Command::connect);
    CHECK(connect["accept-version"] == "1.0,1.1,1.2");
    CHECK(connect["host"] == "there");
    CHECK(connect["login"] == "rialto");
    CHECK(connect["passcode"] == "bri:dge");
    CHECK(connect["heart-beat"] == "10000,10000");
    CHECK(connect["client-id"] == "(none)");
}

TEST_CASE("only a source whose subscriptions are kept names itself") {
    Stand artemis("artemis");
    REQUIRE(artemis.open_source());
    CHECK(artemis.broker.came.at(0)["client-id"] == "us");
    Stand generic;
    REQUIRE(generic.open_source());
    CHECK(generic.broker.came.at(0)["client-id"] == "(none)");
}

TEST_CASE_FIXTURE(Stand, "an ERROR in place of CONNECTED is a refusal, in the broker's words") {
    broker.answer_to_connect = "ERROR\nmessage:Bad CONNECT\n\nAccess refused for user 'x'\r\nmore";
    const auto opened = open_sink();
    REQUIRE(opened.has_error());
    CHECK(opened.error().code == Errc::refused);
    CHECK(opened.error().message.find("Bad CONNECT: Access refused for user 'x'") != std::string::npos);
    CHECK(writing.losses.empty());
}

TEST_CASE_FIXTURE(Stand, "a broker that answers nothing is not waited for without end") {
    broker.answer_to_connect.clear();
    settings.dialing.within = 100ms;
    CHECK(open_sink().error().code == Errc::timed_out);
}

TEST_CASE_FIXTURE(Stand, "a broker that hangs up is unreachable") {
    broker.answer_to_connect = "CONNECTED\nversion:9\n\n";
    CHECK(open_sink().error().code == Errc::protocol);
}

TEST_CASE_FIXTURE(Stand, "what is no STOMP ends the connection") {
    broker.answer_to_connect = "HTTP/1.1 400 Bad Request\n\n";
    CHECK(open_sink().error().code == Errc::protocol);
}

TEST_CASE_FIXTURE(Stand, "a broker that promised heart-beats and is silent is lost") {
    settings.heart_beat = {50ms, 50ms};
    broker.answer_to_connect = "CONNECTED\nversion:1.2\nheart-beat:50,50\n\n";
    REQUIRE(open_sink());
    REQUIRE(until([&] { return !writing.losses.empty(); }));
    CHECK(writing.losses[0].code == Errc::timed_out);
}

TEST_CASE("where connections share a queue, a silent broker gets time to notice as well: older messages would come later") {
    Stand stand("rabbitmq");
    stand.settings.heart_beat = {100ms, 100ms};
    stand.broker.answer_to_connect = "CONNECTED\nversion:1.2\nheart-beat:100,100\n\n";
    const Instant before = Clock::now();
    REQUIRE(stand.open_source());
    REQUIRE(stand.until([&] { return !stand.reading.losses.empty(); }));
    CHECK(stand.reading.losses[0].code == Errc::timed_out);
    CHECK(Clock::now() - before >= 450ms);      // of our own silence two, and two and a half for the broker
}

TEST_CASE_FIXTURE(Stand, "closing says DISCONNECT and waits for its receipt") {
    REQUIRE(open_sink());
    close(*sink);
    CHECK(broker.count(Command::disconnect) == 1);
    CHECK(writing.losses.empty());
}

TEST_CASE_FIXTURE(Stand, "a source is open when every subscription is confirmed") {
    broker.answers_subscribe = false;
    settings.dialing.within = 200ms;
    CHECK(open_source({"a", "b"}).error().code == Errc::timed_out);
    CHECK(broker.count(Command::subscribe) == 2);
    CHECK(reading.losses.empty());
}
