// Whatever two clients send, the server's side of STOMP answers in sound frames or ends the connection, and
// frees what it held.

#include "adapters/stomp/decoder.hpp"
#include "adapters/stomp/service.hpp"
#include "core/gateway.hpp"
#include "core/log.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

namespace rialto::stomp {
namespace {

/// A wire that reads what is written to it as a client would.
class ReadingWire final : public Wire {
public:
    ReadingWire(Shard& shard, Version version) : Wire(shard) { decoder_.set_version(version); }

    void flush() noexcept override {
        iovec pieces[8];
        while (!out_.empty()) {
            std::size_t size = 0;
            for (const iovec& piece : out_.front(pieces)) {
                read({static_cast<const std::uint8_t*>(piece.iov_base), piece.iov_len});
                size += piece.iov_len;
            }
            out_.pop(size);
        }
    }
    void close() override { is_closed = true; }
    void pause_reading() override { is_paused = true; }
    void resume_reading() override { is_paused = false; }
    void move_to(Shard&) override { std::abort(); }
    std::string peer() const override { return "fuzz"; }

    bool is_closed = false;
    bool is_paused = false;

private:
    void read(ByteView octets) {
        for (;;) {
            const Result<Decoded> decoded = decoder_.next(octets);
            if (decoded.has_error()) std::abort();
            if (*decoded == Decoded::need_more) return;
        }
    }

    Decoder decoder_;
};

class Connection {
public:
    Connection(Shard& shard, Service& service, Version version)
        : wire_(shard, version), session_(service.open_session(wire_)) {
        const std::string connect =
            "CONNECT\naccept-version:" + std::string(to_text(version)) + "\nhost:h\n\n";
        send(as_bytes(connect + '\0'));
    }
    ~Connection() { session_->on_closed({Errc::closed, "closed"}); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void send(ByteView octets) {
        pending_.append(as_text(octets));
        while (!wire_.is_closed && !wire_.is_paused && !pending_.empty()) {
            pending_.erase(0, session_->on_bytes(as_bytes(pending_)));
        }
    }

private:
    ReadingWire wire_;
    std::unique_ptr<StreamSession> session_;
    std::string pending_;
};

constexpr Limits limits{.frame = {.header_count = 12, .line_length = 200, .body_size = 500},
                        .subscriptions = 4,
                        .prefetch = 3,
                        .held_messages = 2,
                        .backlog = 2000,
                        .unsettled = 2,
                        .transactions = 2,
                        .transaction_frames = 3,
                        .queues = {.queues = 50, .messages = 3}};

/// The gateway stays from input to input, for a shard takes long to make; connections end with their input.
struct World {
    World() { log::configure(log::Level::error, log::Format::text); }

    Gateway gateway{Gateway::Settings{.name = "fuzz"}};
    std::shared_ptr<Queues> queues = std::make_shared<Queues>(gateway, limits.queues);
    Service service{gateway, "fuzz", limits, queues};
};

/// The first octet chooses the versions; the octet 0x01 changes the client that speaks.
void fuzz(ByteView input) {
    static World world;
    Shard& shard = world.gateway.shard(0);
    if (input.empty()) return;
    {
        Connection one(shard, world.service, static_cast<Version>(input[0] % 3));
        Connection two(shard, world.service, static_cast<Version>(input[0] / 3 % 3));
        Connection* speaker = &one;
        input = input.subspan(1);
        while (!input.empty()) {
            const std::size_t end = std::min(as_text(input).find('\x01'), input.size());
            speaker->send(input.first(end));
            shard.run_ready();
            input = input.subspan(std::min(end + 1, input.size()));
            speaker = speaker == &one ? &two : &one;
        }
    }
    shard.run_ready();
}

}  // namespace
}  // namespace rialto::stomp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rialto::stomp::fuzz({data, size});
    return 0;
}
