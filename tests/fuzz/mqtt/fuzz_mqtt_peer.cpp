// Whatever two clients send, the server's side of MQTT answers or ends the connection, and frees what it
// held.

#include "adapters/mqtt/listener.hpp"
#include "core/gateway.hpp"
#include "core/log.hpp"

namespace rialto::mqtt {
namespace {

/// A wire that forgets what is written to it.
class DeafWire final : public Wire {
public:
    using Wire::Wire;
    void flush() noexcept override { out_.clear(); }
    void close() override { is_closed = true; }
    void pause_reading() override { is_paused = true; }
    void resume_reading() override { is_paused = false; }
    void move_to(Shard&) override { is_closed = true; }
    std::string peer() const override { return "fuzz"; }

    bool is_closed = false;
    bool is_paused = false;
};

/// One client: keeps what the session has not used up, as a transport does.
class Connection {
public:
    Connection(Shard& shard, StreamService& service) : wire_(shard), session_(service.open_session(wire_)) {}
    ~Connection() { session_->on_closed({Errc::closed, "closed"}); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void send(ByteView bytes) {
        pending_.append(as_text(bytes));
        while (!wire_.is_closed && !wire_.is_paused) {
            const std::size_t used = session_->on_bytes(as_bytes(pending_));
            if (used == 0) return;
            pending_.erase(0, used);
        }
    }

private:
    DeafWire wire_;
    std::unique_ptr<StreamSession> session_;
    Bytes pending_;
};

Limits tight_limits() {
    Limits limits;
    limits.max_packet_size = 4096;
    limits.max_connect_size = 4096;
    limits.receive_maximum = 3;
    limits.send_maximum = 2;
    limits.max_queued = 2;
    limits.topic_alias_maximum = 2;
    limits.max_session_expiry = 0;
    return limits;
}

/// The gateway stays from input to input, for a shard takes long to make; its sessions end with their
/// connections.
struct World {
    World() { log::configure(log::Level::error, log::Format::text); }

    Gateway gateway{Gateway::Settings{.name = "fuzz"}};
    Server server{gateway};
    std::shared_ptr<StreamService> service =
        make_stream_service(server, std::make_shared<const Limits>(tight_limits()));
};

/// Each chunk is one byte that says whose it is and how long, then its bytes.
void fuzz(ByteView input) {
    static World world;
    Shard& shard = world.gateway.shard(0);
    {
        Connection one(shard, *world.service);
        Connection two(shard, *world.service);
        while (!input.empty()) {
            Connection& client = (input[0] & 0x80U) != 0 ? two : one;
            const std::size_t size = std::min<std::size_t>(input[0] & 0x7FU, input.size() - 1);
            client.send(input.subspan(1, size));
            shard.run_ready();
            input = input.subspan(1 + size);
        }
    }
    shard.run_ready();
}

}  // namespace
}  // namespace rialto::mqtt

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rialto::mqtt::fuzz({data, size});
    return 0;
}
