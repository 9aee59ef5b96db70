#pragma once

#include "adapters/web/live_socket.hpp"
#include "adapters/web/websocket_session.hpp"
#include "core/bus.hpp"
#include "core/gateway.hpp"
#include "core/net/wire.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rialto::web::test {

/// A wire into a string. Takes everything at once unless it is told to be slow.
class FakeWire final : public Wire {
public:
    using Wire::Wire;

    void flush() noexcept override {
        if (is_slow) return;
        std::array<iovec, 64> storage;
        while (!out_.empty()) {
            std::size_t size = 0;
            ++writes;
            for (const iovec& piece : out_.front(storage)) {
                sent.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
                size += piece.iov_len;
            }
            out_.pop(size);
        }
        if (std::exchange(tell_when_drained_, false) && session) session->on_drained();
    }
    void close() override { is_closed = true; }
    void pause_reading() override { is_paused = true; }
    void resume_reading() override { is_paused = false; }
    void move_to(Shard& target) override { moves_to = &target; }
    std::string peer() const override { return "test"; }

    /// What was sent since the last call.
    std::string take() { return std::exchange(sent, {}); }
    /// As the socket does: offers the bytes until no more are used. @return what was not
    std::string feed(std::string bytes) {
        while (!bytes.empty() && !is_closed && !is_paused && !moves_to) {
            const std::size_t used = session->on_bytes(as_bytes(bytes));
            if (used == 0) break;
            bytes.erase(0, used);
        }
        return bytes;
    }
    /// The socket has become writable.
    void drain() {
        is_slow = false;
        flush();
    }
    /// Continues on the shard that was asked for.
    void finish_move() {
        shard_ = std::exchange(moves_to, nullptr);
        session->on_moved();
    }

    std::string sent;
    int writes = 0;
    bool is_closed = false;
    bool is_paused = false;
    bool is_slow = false;
    Shard* moves_to = nullptr;
    StreamSession* session = nullptr;
};

/// A link that keeps the messages sent, each with its kind.
class FakeLink final : public WebSocketLink {
public:
    struct Sent {
        DataKind kind;
        std::string text;
    };

    explicit FakeLink(Shard& shard) : shard_(shard) {}

    std::uint8_t* extend(DataKind kind, std::size_t size) override {
        sent.push_back({kind, std::string(size, '\0')});
        if (is_slow) stuck += size;
        return reinterpret_cast<std::uint8_t*>(sent.back().text.data());
    }
    std::size_t backlog() const noexcept override { return stuck; }
    void tell_when_drained() override { is_asked_to_tell = true; }
    void write_now() override {}
    void close(CloseCode code, std::string_view why) override {
        if (closed_with == 0) closed_with = static_cast<int>(code);
        reason = why;
    }
    bool is_open() const noexcept override { return closed_with == 0; }
    void pause_reading() override { is_paused = true; }
    void resume_reading() override { is_paused = false; }
    void move_to(Shard&) override {}
    void wake_after(Clock::duration delay) override { wakes_after = delay; }
    void ping() override { ++pings; }
    Shard& shard() const noexcept override { return shard_; }
    std::string peer() const override { return "test"; }
    std::string verified_name() const override { return {}; }

    std::vector<Sent> sent;
    std::size_t stuck = 0;  ///< grows while it is slow
    bool is_slow = false;
    bool is_paused = false;
    bool is_asked_to_tell = false;
    int closed_with = 0;
    int pings = 0;
    std::string reason;
    Clock::duration wakes_after{};

private:
    Shard& shard_;
};

/// A gateway with one shard that runs only when told to.
struct House {
    explicit House(LiveLimits limits = {}, bool allow_anonymous = true)
        : gateway({.name = "test", .allow_anonymous = allow_anonymous}), service(gateway, limits) {}
    ~House() { gateway.stop(); }

    Shard& shard() { return gateway.shard(0); }
    Bus& bus() { return shard().bus(); }
    void run() { shard().run_ready(); }
    /// Publishes from somewhere else in the gateway.
    void publish(std::string_view topic, std::string_view payload, Message::Traits traits = {},
                 std::unique_ptr<const Properties> properties = nullptr) {
        bus().publish(Message::create(topic, as_bytes(payload), traits, std::move(properties)), {});
        run();
    }

    Gateway gateway;
    LiveService service;
};

/// One live socket in its client's words: `client.connect(); client.say(R"({"op":"sub",…})");
/// client.hears()`.
struct LiveClient {
    explicit LiveClient(House& in, std::string_view connect = R"({"op":"connect","id":1})")
        : house(in), socket(in.service, link) {
        if (!connect.empty()) {
            say(connect);
            hears();
        }
    }
    ~LiveClient() { leave(); }

    void say(std::string_view text) {
        socket.on_data(DataKind::text, as_bytes(text), true);
        house.run();
    }
    /// The frames that came since the last call, one a line of the messages that joined them.
    std::vector<std::string> hears() {
        house.run();
        std::vector<std::string> frames;
        for (const auto& message : link.sent) {
            for (std::size_t at = 0; at <= message.text.size();) {
                const auto end = std::min(message.text.find('\n', at), message.text.size());
                frames.push_back(message.text.substr(at, end - at));
                at = end + 1;
            }
        }
        link.sent.clear();
        return frames;
    }
    /// The reader takes everything that was kept from it.
    void catches_up() {
        link.is_slow = false;
        link.stuck = 0;
        socket.on_drained();
        house.run();
    }
    /// From here on nothing that is sent is taken; what is on its way fills the link.
    void falls_behind() {
        link.is_slow = true;
        link.stuck = 1024 * 1024;
    }
    void leave() {
        if (!has_left) socket.on_closed({Errc::closed, "gone"});
        has_left = true;
    }

    House& house;
    FakeLink link{house.shard()};
    LiveSocket socket;
    bool has_left = false;
};

/// Holds a share of every receipt that it is delivered, so that a test decides how a publish ends.
class Holder final : public Subscriber {
public:
    void deliver(const Delivery& delivery, const Receipt& receipt) noexcept override {
        messages.push_back(delivery.message);
        held.push_back(receipt.share());
    }
    std::vector<MessagePtr> messages;
    std::vector<Receipt> held;
};

inline TopicFilter filter(std::string_view text) {
    return TopicFilter::parse(text).value();
}

/// A client's frame, masked. `first` is the first byte: 0x81 a text message, 0x82 a binary one.
inline std::string frame(unsigned char first, std::string_view payload) {
    std::string out(1, static_cast<char>(first));
    if (payload.size() < 126) {
        out += static_cast<char>(0x80 | payload.size());
    } else if (payload.size() < 65536) {
        out += static_cast<char>(0x80 | 126);
        out += static_cast<char>(payload.size() >> 8);
        out += static_cast<char>(payload.size());
    } else {
        out += static_cast<char>(0x80 | 127);
        for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift);
    }
    const std::string mask = "\x37\xfa\x21\x3d";
    out += mask;
    for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
    return out;
}

}  // namespace rialto::web::test
