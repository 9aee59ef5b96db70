#include "adapters/web/byte_stream.hpp"

#include "adapters/web/websocket.hpp"
#include "tests/unit/web/fakes.hpp"

#include <doctest/doctest.h>

namespace rialto::web::test {
namespace {

const WebSocketProtocol binary_only{{"mqtt"}, "/mqtt", false, false};
const WebSocketProtocol text_too{{"v12.stomp"}, "/stomp", true, true};

/// Takes bytes in units of `unit`, and does to its wire what a test asks.
class Session final : public StreamSession {
public:
    explicit Session(Wire& on) : wire(on) {}

    std::size_t on_bytes(ByteView bytes) override {
        const std::size_t used = bytes.size() / unit * unit;
        got += as_text(bytes.first(used));
        if (used != 0 && on_input) on_input();
        return used;
    }
    void on_drained() override { ++drained; }
    void on_moved() override { ++moved; }
    void on_drain() override { wire.close(); }
    void on_closed(const Error&) override { is_gone = true; }

    void write(std::string_view text) { wire.write(as_bytes(text)); }

    Wire& wire;
    std::string got;
    std::size_t unit = 1;
    std::function<void()> on_input;
    int drained = 0;
    int moved = 0;
    bool is_gone = false;
};

class Service final : public StreamService {
public:
    std::unique_ptr<StreamSession> open_session(Wire& wire) override {
        auto made = std::make_unique<Session>(wire);
        session = made.get();
        return made;
    }
    Session* session = nullptr;
};

/// A byte-stream protocol on a WebSocket on a wire.
struct Connection {
    explicit Connection(const WebSocketProtocol& protocol = binary_only)
        : socket(wire,
                 [&](WebSocketLink& link) { return std::make_unique<ByteStream>(link, protocol, service); }) {
        wire.session = &socket;
    }
    ~Connection() {
        socket.on_closed({Errc::closed, "gone"});
        gateway.stop();
    }
    Session& session() { return *service.session; }
    void run() { gateway.shard(0).run_ready(); }
    /// The frames written since the last call.
    std::string sends() {
        run();
        return wire.take();
    }

    Gateway gateway{Gateway::Settings{.name = "test", .workers = 2}};
    FakeWire wire{gateway.shard(0)};
    Service service;
    WebSocket socket;
};

/// One whole frame of ours.
std::string sent_frame(unsigned char first, std::string_view payload) {
    std::uint8_t head[max_header_size];
    const auto* const end =
        write_header(head, Opcode{static_cast<std::uint8_t>(first & 0x0f)}, payload.size());
    return std::string(reinterpret_cast<const char*>(head), static_cast<std::size_t>(end - head)) +
           std::string(payload);
}

TEST_CASE("messages are cut and joined without a meaning [MQTT-6.0.0-3]") {
    Connection connection;
    connection.session().unit = 4;
    connection.wire.feed(frame(0x82, "ab") + frame(0x82, "cd") + frame(0x02, "efg") + frame(0x80, "hij") +
                         frame(0x82, "kl"));
    CHECK(connection.session().got == "abcdefghijkl");
}

TEST_CASE("a text message closes a protocol that has only bytes with 1003 [MQTT-6.0.0-1]") {
    Connection connection;
    connection.wire.feed(frame(0x81, "ab"));
    CHECK(connection.session().got.empty());
    CHECK(connection.wire.is_closed);
    CHECK(connection.sends().substr(2, 2) == "\x03\xeb");
}

TEST_CASE("a protocol of text takes both kinds") {
    Connection connection(text_too);
    connection.wire.feed(frame(0x81, "ab") + frame(0x82, "cd"));
    CHECK(connection.session().got == "abcd");
}

TEST_CASE("all output of a turn leaves as one message") {
    Connection connection;
    connection.session().write("ab");
    connection.session().write("cd");
    CHECK(connection.sends() == sent_frame(0x82, "abcd"));
    CHECK(connection.wire.writes == 1);
}

TEST_CASE("output that is UTF-8 goes out as text where the protocol likes that, NUL too") {
    Connection connection(text_too);
    connection.session().write(std::string_view("MESSAGE\n\nä\0", 12));
    CHECK(connection.sends() == sent_frame(0x81, std::string_view("MESSAGE\n\nä\0", 12)));
    connection.session().write("\xff");
    CHECK(connection.sends() == sent_frame(0x82, "\xff"));
}

TEST_CASE("much output is cut into messages between characters") {
    Connection connection(text_too);
    std::string text = "x";
    while (text.size() < 70'000) text += "ä";
    connection.session().write(text);
    const std::string first = text.substr(0, 64 * 1024 - 1);
    CHECK(connection.sends() == sent_frame(0x81, first) + sent_frame(0x81, text.substr(first.size())));
}

TEST_CASE("what the link can't take waits in the stream, and counts as its backlog") {
    Connection connection;
    connection.wire.is_slow = true;
    for (int i = 0; i < 5; ++i) {
        connection.session().write(std::string(50'000, 'x'));
        connection.run();
    }
    CHECK(connection.session().wire.backlog() >= 100'000);
    connection.session().wire.tell_when_drained();
    CHECK(connection.session().drained == 0);
    connection.wire.drain();
    connection.run();
    CHECK(connection.session().wire.backlog() == 0);
    CHECK(connection.session().drained == 1);
}

TEST_CASE("a session that pauses gets the rest when it resumes, in order and not from within") {
    Connection connection;
    connection.session().on_input = [&] { connection.session().wire.pause_reading(); };
    connection.session().unit = 3;
    std::string rest = connection.wire.feed(frame(0x82, "abcde"));
    rest += frame(0x82, "fghi");
    CHECK(connection.wire.is_paused);
    connection.session().on_input = nullptr;
    connection.session().wire.resume_reading();
    CHECK(connection.session().got == "abc");
    connection.run();
    CHECK_FALSE(connection.wire.is_paused);
    connection.wire.feed(rest);
    CHECK(connection.session().got == "abcdefghi");
}

TEST_CASE("a session that moves to another shard goes on there with what it had not used") {
    Connection connection;
    Shard& target = connection.gateway.shard(1);
    connection.session().unit = 3;
    connection.session().on_input = [&] {
        connection.session().on_input = nullptr;
        connection.session().wire.move_to(target);
    };
    const std::string rest = connection.wire.feed(frame(0x82, "abcde") + frame(0x82, "f"));
    CHECK(connection.wire.moves_to == &target);
    CHECK(connection.session().got == "abc");
    connection.wire.finish_move();
    CHECK(connection.session().moved == 1);
    CHECK(&connection.session().wire.shard() == &target);
    connection.wire.feed(rest);
    CHECK(connection.session().got == "abcdef");
    connection.session().write("ok");
    target.run_ready();
    CHECK(connection.wire.take() == sent_frame(0x82, "ok"));
}

TEST_CASE("close sends what was written, then a close frame") {
    Connection connection;
    connection.session().write("bye");
    connection.session().wire.close();
    CHECK(connection.sends() == sent_frame(0x82, "bye") + sent_frame(0x88, "\x03\xe8"));
    CHECK(connection.wire.is_closed);
}

TEST_CASE("pings are answered, but not without end to a client that does not read") {
    Connection connection;
    connection.wire.feed(frame(0x89, "hey"));
    CHECK(connection.sends() == sent_frame(0x8a, "hey"));
    connection.wire.is_slow = true;
    for (int i = 0; i < 100'000; ++i) connection.wire.feed(frame(0x89, "hey"));
    CHECK(connection.wire.backlog() < 70'000);
}

TEST_CASE("a close frame is answered with its own code, and nothing behind it is read") {
    Connection connection;
    connection.wire.feed(frame(0x88, "\x0f\xa0 why") + frame(0x82, "x"));
    CHECK(connection.sends() == sent_frame(0x88, "\x0f\xa0"));
    CHECK(connection.wire.is_closed);
    CHECK(connection.session().got.empty());
}

}  // namespace
}  // namespace rialto::web::test
