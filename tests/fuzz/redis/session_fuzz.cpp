// Whatever two clients send, the server's side of the Redis protocol answers in sound replies or ends the connection, and
// frees what it held.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "adapters/redis/listener/service.hpp"
#include "core/gateway.hpp"
#include "core/log.hpp"

namespace rialto::redis {
namespace {

/// Takes one whole reply from the front, of either version. Ends the process where it is none.
void take_reply(std::string_view& unread) {
    const auto end = unread.find("\r\n");
    if (end == std::string_view::npos || end == 0) std::abort();
    const char kind = unread[0];
    const std::string rest(unread.substr(1, end - 1));
    unread.remove_prefix(end + 2);
    if (kind == '+' || kind == '-' || kind == ':' || kind == '_' || rest == "-1") return;
    const std::size_t size = std::stoul(rest);
    if (kind == '$') {
        if (unread.size() < size + 2 || unread.substr(size, 2) != "\r\n") std::abort();
        return unread.remove_prefix(size + 2);
    }
    if (kind != '*' && kind != '>' && kind != '%') std::abort();
    for (std::size_t i = 0; i < (kind == '%' ? 2 * size : size); ++i) take_reply(unread);
}

/// A wire that reads what is written to it as a client would.
class ReadingWire final : public Wire {
public:
    using Wire::Wire;

    void flush() noexcept override {
        iovec pieces[8];
        while (!out_.empty()) {
            std::size_t size = 0;
            for (const iovec& piece : out_.front(pieces)) {
                received_.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
                size += piece.iov_len;
            }
            out_.pop(size);
        }
        std::string_view unread = received_;
        while (!unread.empty()) take_reply(unread);
        received_.clear();
    }
    void close() override { is_closed = true; }
    void pause_reading() override { is_paused = true; }
    void resume_reading() override { is_paused = false; }
    void move_to(Shard&) override { std::abort(); }
    std::string peer() const override { return "fuzz"; }

    bool is_closed = false;
    bool is_paused = false;

private:
    std::string received_;
};

class Connection {
public:
    Connection(Shard& shard, Service& service) : wire_(shard), session_(service.open_session(wire_)) {}
    ~Connection() { session_->on_closed({Errc::closed, "closed"}); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void send(ByteView bytes) {
        pending_.append(as_text(bytes));
        while (!wire_.is_closed && !wire_.is_paused) {
            const std::size_t used = session_->on_bytes(as_bytes(pending_));
            if (used > pending_.size()) std::abort();
            if (used == 0) return;
            pending_.erase(0, used);
        }
    }

private:
    ReadingWire wire_;
    std::unique_ptr<StreamSession> session_;
    std::string pending_;
};

constexpr ListenerLimits limits{.request = {.size = 500, .words = 10}, .subscriptions = 4, .backlog = 2000, .unsettled = 2};

/// The gateway stays from input to input, for a shard takes long to make; connections end with their input.
struct World {
    World() { log::configure(log::Level::error, log::Format::text); }

    Gateway gateway{Gateway::Settings{.name = "fuzz"}};
    Service service{gateway, "fuzz", limits};
};

/// The octet 0x01 changes the client that speaks.
void fuzz(ByteView input) {
    static World world;
    Shard& shard = world.gateway.shard(0);
    {
        Connection one(shard, world.service);
        Connection two(shard, world.service);
        Connection* speaker = &one;
        while (!input.empty()) {
            const std::size_t end = std::min(as_text(input).find('\x01'), input.size());
            shard.post([speaker, bytes = input.first(end)] { speaker->send(bytes); });
            shard.run_ready();
            input = input.subspan(std::min(end + 1, input.size()));
            speaker = speaker == &one ? &two : &one;
        }
    }
    shard.run_ready();
}

}  // namespace
}  // namespace rialto::redis

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rialto::redis::fuzz({data, size});
    return 0;
}
