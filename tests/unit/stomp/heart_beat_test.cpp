#include "adapters/stomp/heart_beats.hpp"
#include "tests/unit/stomp/house.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;
using namespace std::chrono_literals;

namespace {

/// Time that passes when told to.
class FakeTiming final : public Timing {
public:
    Instant now() noexcept override { return now_; }
    void arm(Timer& timer, Clock::duration delay) override { wheel_.arm(timer, now_ + delay); }
    void pass(std::chrono::milliseconds time) {
        for (const Instant end = now_ + time; now_ < end;) {
            now_ += 10ms;
            wheel_.advance(now_);
        }
    }

private:
    Instant now_ = Instant(1h);
    TimerWheel wheel_{now_};
};

struct Beating {
    FakeTiming timing;
    int sent = 0;
    bool dead = false;
    HeartBeats beats{timing,
                     [this] {
                         ++sent;
                         beats.wrote();
                     },
                     [this] { dead = true; }};
};

std::string answered(std::string_view heart_beat, std::string_view version = "1.2") {
    House house;
    Client client(house);
    client.send("CONNECT\nhost:h\naccept-version:" + std::string(version) +
                "\nheart-beat:" + std::string(heart_beat));
    const Frame answer = client.receive_one();
    return answer.command == Command::connected ? header(answer, "heart-beat") : "refused";
}

}  // namespace

TEST_CASE("the header is two numbers with a comma [1.2 Heart-beating]") {
    CHECK(*parse_heart_beat("1000,2000") == HeartBeatOffer{1000ms, 2000ms});
    CHECK(*parse_heart_beat("0,0") == HeartBeatOffer{0ms, 0ms});
    CHECK(parse_heart_beat("99999999999999999999999,1")->can_send == 24h);
    for (const auto text : {"", "1", "1,", ",1", "-1,1", "1;1", "a,b", "1,1,1"}) {
        CAPTURE(text);
        CHECK(parse_heart_beat(text).has_error());
    }
}

TEST_CASE("the server answers with what the client wishes, no more often than it can") {
    CHECK(answered("1000,2000") == "2000,1000");
    CHECK(answered("0,5000") == "5000,0");
    CHECK(answered("1,1") == "250,250");
    CHECK(answered("0,0") == "0,0");
    CHECK(answered("nonsense") == "refused");
}

TEST_CASE("a client that says nothing of heart-beats gets none [1.2 Heart-beating]") {
    House house;
    Client client(house);
    client.send("CONNECT\naccept-version:1.2\nhost:h");
    CHECK(header(client.receive_one(), "heart-beat") == "0,0");
}

TEST_CASE("1.0 has no heart-beats") {
    CHECK(answered("1000,1000", "1.0") == "0,0");
}

TEST_CASE("a line end is sent at least as often as agreed [1.2 Heart-beating]") {
    Beating side;
    side.beats.start({0ms, 300ms}, {300ms, 0ms});
    for (int interval = 0; interval < 20; ++interval) {
        const int before = side.sent;
        side.timing.pass(300ms);
        CHECK(side.sent > before);
    }
    CHECK_FALSE(side.dead);
}

TEST_CASE("the longer of what one can and the other wants is agreed [1.2 Heart-beating]") {
    Beating side;
    side.beats.start({0ms, 10s}, {300ms, 0ms});
    side.timing.pass(4s);
    CHECK(side.sent <= 1);
    side.timing.pass(6s);
    CHECK(side.sent >= 1);
}

TEST_CASE("where one side can't or the other doesn't want, there are none [1.2 Heart-beating]") {
    Beating cannot, unwanted;
    cannot.beats.start({0ms, 300ms}, {0ms, 300ms});
    unwanted.beats.start({300ms, 0ms}, {300ms, 0ms});
    cannot.timing.pass(10s);
    unwanted.timing.pass(10s);
    CHECK(cannot.sent == 0);
    CHECK(unwanted.sent == 0);
    CHECK_FALSE(cannot.dead);
    CHECK_FALSE(unwanted.dead);
}

TEST_CASE("a client that is silent for twice its time is dead, and not before [1.2 Heart-beating]") {
    Beating side;
    side.beats.start({1000ms, 0ms}, {0ms, 1000ms});
    side.timing.pass(1900ms);
    CHECK_FALSE(side.dead);
    side.timing.pass(300ms);
    CHECK(side.dead);
}

TEST_CASE("any octet keeps a client alive [1.2 Heart-beating]") {
    Beating side;
    side.beats.start({1000ms, 0ms}, {0ms, 1000ms});
    for (int i = 0; i < 20; ++i) {
        side.timing.pass(1500ms);
        side.beats.heard();
    }
    CHECK_FALSE(side.dead);
}

TEST_CASE("silence while we don't read is our own") {
    Beating side;
    side.beats.start({1000ms, 0ms}, {0ms, 1000ms});
    side.beats.pause_watch();
    side.timing.pass(10s);
    CHECK_FALSE(side.dead);
    side.beats.resume_watch();
    side.timing.pass(1900ms);
    CHECK_FALSE(side.dead);
    side.timing.pass(300ms);
    CHECK(side.dead);
}
