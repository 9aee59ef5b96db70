// Whatever a client sends, the server's side of AMQP ends the connection or goes on, and the process lives: Proton's engine ends it
// on frames that its guard lets through by mistake.
//
// The first octet says what was said before: nothing; the protocol header; open and begin; two links too. The rest is octets as
// they are, or, where that octet is odd, the bodies of frames, each behind one octet that says how long it is.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "adapters/amqp/listener/service.hpp"
#include "core/gateway.hpp"
#include "core/log.hpp"
#include "tests/unit/amqp/frames.hpp"

namespace rialto::amqp {
namespace {

/// A wire whose other side reads everything.
class ReadingWire final : public Wire {
public:
    using Wire::Wire;

    void flush() noexcept override {
        iovec pieces[8];
        while (!out_.empty()) {
            std::size_t size = 0;
            for (const iovec& piece : out_.front(pieces)) size += piece.iov_len;
            out_.pop(size);
        }
    }
    void close() override { is_closed = true; }
    void pause_reading() override { std::abort(); }
    void resume_reading() override { std::abort(); }
    void move_to(Shard&) override { std::abort(); }
    std::string peer() const override { return "fuzz"; }

    bool is_closed = false;
};

const ListenerLimits limits{.frame = 512, .message = 2000, .links = 4, .sessions = 3, .credit = 5, .unsettled = 3, .held_messages = 3};

/// The gateway stays from input to input, for a shard takes long to make; connections end with their input.
struct World {
    World() { log::configure(log::Level::error, log::Format::text); }

    Gateway gateway{Gateway::Settings{.name = "fuzz"}};
    Service service{gateway, "fuzz", limits, Queues::of(gateway)};
};

std::string greeting(std::uint8_t kind) {
    using namespace testing;
    std::string said;
    if (kind % 4 > 0) said += header();
    if (kind % 4 > 1) said += frame(0, open_performative()) + frame(0, begin_performative());
    if (kind % 4 > 2) {
        said += frame(0, attach_performative(0, "t"));
        said += frame(0, performative(0x12, {text("r"), uint(1), yes, null, null, performative(0x28, {text("t")}),
                                             performative(0x29, {text("x")})}));
        said += frame(0, performative(0x13, {uint(0), uint(100), uint(0), uint(100), uint(1), uint(0), uint(10)}));
    }
    return said;
}

std::string framed(std::string_view bodies) {
    std::string frames;
    while (!bodies.empty()) {
        const std::size_t size = std::min<std::size_t>(static_cast<std::uint8_t>(bodies[0]), bodies.size() - 1);
        frames += testing::frame(0, bodies.substr(1, size));
        bodies.remove_prefix(1 + size);
    }
    return frames;
}

void fuzz(std::string_view input) {
    static World world;
    if (input.empty()) return;
    const auto kind = static_cast<std::uint8_t>(input[0]);
    input.remove_prefix(1);
    const std::string said = greeting(kind / 2) + (kind % 2 != 0 ? framed(input) : std::string(input));
    Shard& shard = world.gateway.shard(0);
    {
        ReadingWire wire(shard);
        auto session = world.service.open_session(wire);
        std::string_view unread = said;
        // In pieces, as a line brings them.
        for (std::size_t come = std::min<std::size_t>(100, unread.size()); !wire.is_closed; come = std::min(come + 100, unread.size())) {
            std::size_t used = 0;
            shard.post([&] { used = session->on_bytes(as_bytes(unread.substr(0, come))); });
            shard.run_ready();
            if (used > come) std::abort();
            unread.remove_prefix(used);
            if (unread.empty() || (used == 0 && come == unread.size())) break;
            come -= std::min(come, used);
        }
        shard.post([&] {
            session->on_closed({Errc::closed, "closed"});
            session.reset();
        });
        shard.run_ready();
    }
}

}  // namespace
}  // namespace rialto::amqp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rialto::amqp::fuzz({reinterpret_cast<const char*>(data), size});
    return 0;
}
