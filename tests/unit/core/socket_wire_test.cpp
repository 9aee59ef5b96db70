#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/net/socket_wire.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;

namespace {

struct Log {
    std::string bytes;
    std::vector<std::size_t> offered;
    bool closed = false;
    bool drained = false;
};

/// Uses up whole lines; answers "big" with a megabyte, "bye" by closing.
class LineSession final : public StreamSession {
public:
    LineSession(Wire& wire, Log& log) : wire_(wire), log_(log) {}
    std::size_t on_bytes(ByteView bytes) override {
        log_.offered.push_back(bytes.size());
        const auto text = as_text(bytes);
        const auto end = text.rfind('\n');
        if (end == std::string_view::npos) return 0;
        log_.bytes += text.substr(0, end + 1);
        if (text.starts_with("big")) {
            wire_.write(as_bytes(std::string(1'000'000, 'b')));
            wire_.tell_when_drained();
        }
        if (text.starts_with("bye")) {
            wire_.write(as_bytes("goodbye\n"));
            wire_.close();
        }
        return end + 1;
    }
    void on_drained() override { log_.drained = true; }
    void on_drain() override {}
    void on_closed(const Error&) override { log_.closed = true; }

private:
    Wire& wire_;
    Log& log_;
};

struct Fixture {
    Shard shard{0};
    BusCommons commons;
    Bus bus{shard, commons};
    int other = -1;
    SocketWirePtr wire;
    Log log;

    Fixture() {
        int pair[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
        other = pair[1];
        wire = std::make_shared<SocketWire>(shard, pair[0], AF_UNIX, nullptr);
        wire->start(std::make_unique<LineSession>(*wire, log));
        shard.run_ready();
    }
    ~Fixture() {
        if (other >= 0) ::close(other);
        wire.reset();
        shard.shut_down();
    }
    void send(std::string_view text) {
        REQUIRE(::write(other, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        shard.run_ready();
    }
    std::string receive() {
        std::string all;
        char buffer[65536];
        for (;;) {
            const auto size = ::read(other, buffer, sizeof buffer);
            if (size <= 0) return all;
            all.append(buffer, static_cast<std::size_t>(size));
            shard.run_ready();
        }
    }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an unfinished frame comes again with more behind it") {
    send("hel");
    CHECK(log.bytes.empty());
    send("lo\nwor");
    CHECK(log.bytes == "hello\n");
    send("ld\n");
    CHECK(log.bytes == "hello\nworld\n");
}

TEST_CASE_FIXTURE(Fixture, "a frame larger than the shared buffer arrives whole") {
    const std::string large = std::string(300'000, 'x') + "\n";
    std::size_t sent = 0;
    while (sent < large.size()) {
        const auto size = ::write(other, large.data() + sent, large.size() - sent);
        if (size > 0) sent += static_cast<std::size_t>(size);
        shard.run_ready();
    }
    CHECK(log.bytes == large);
}

TEST_CASE_FIXTURE(Fixture, "what the socket can't take now goes later, and then the session is told") {
    send("big\n");
    CHECK(wire->backlog() > 0);
    CHECK_FALSE(log.drained);
    CHECK(receive().size() == 1'000'000);
    shard.run_ready();
    CHECK(wire->backlog() == 0);
    CHECK(log.drained);
}

TEST_CASE_FIXTURE(Fixture, "a paused wire reads nothing until it is resumed") {
    wire->pause_reading();
    send("one\n");
    CHECK(log.bytes.empty());
    wire->resume_reading();
    shard.run_ready();
    CHECK(log.bytes == "one\n");
}

TEST_CASE_FIXTURE(Fixture, "closing sends the last words first") {
    send("bye\n");
    CHECK(receive() == "goodbye\n");
    ::close(std::exchange(other, -1));
    shard.run_ready();
    CHECK(log.closed);
}

TEST_CASE_FIXTURE(Fixture, "the session hears that the other side is gone") {
    ::close(std::exchange(other, -1));
    shard.run_ready();
    CHECK(log.closed);
}

TEST_CASE("a wire that nobody else holds still says its last words") {
    Fixture f;
    f.wire.reset();
    f.send("bye\n");
    CHECK(f.receive() == "goodbye\n");
}

TEST_CASE("a wire that nobody else holds stays open while reading is paused") {
    Fixture f;
    SocketWire& wire = *f.wire;
    f.wire.reset();
    f.send("one\n");
    wire.pause_reading();
    f.send("two\n");
    CHECK(f.log.bytes == "one\n");
    CHECK_FALSE(f.log.closed);
    wire.resume_reading();
    f.shard.run_ready();
    CHECK(f.log.bytes == "one\ntwo\n");
}

TEST_CASE("the loss of the connection is noticed while reading is paused") {
    Fixture f;
    SocketWire& wire = *f.wire;
    f.wire.reset();
    wire.pause_reading();
    f.send("x\n");
    ::close(std::exchange(f.other, -1));
    f.shard.run_ready();
    CHECK(f.log.closed);
}
