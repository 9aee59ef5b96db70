#pragma once

#include "adapters/stomp/service.hpp"
#include "adapters/stomp/session.hpp"
#include "core/gateway.hpp"
#include "core/store/store.hpp"
#include "tests/support/memory_engine.hpp"
#include "tests/unit/stomp/decoding.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace rialto::stomp::testing {

/// A connection without a socket: what is written stays readable here.
class PlainWire final : public Wire {
public:
    using Wire::Wire;

    void flush() noexcept override {
        if (is_stuck) return;
        iovec pieces[16];
        while (!out_.empty()) {
            std::size_t size = 0;
            for (const iovec& piece : out_.front(pieces)) {
                written.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
                size += piece.iov_len;
            }
            out_.pop(size);
        }
        if (std::exchange(tell_when_drained_, false) && drained) drained();
    }
    void close() override { is_closed = true; }
    void pause_reading() override { is_paused = true; }
    void resume_reading() override { is_paused = false; }
    void move_to(Shard&) override {}
    std::string peer() const override { return "test"; }
    bool wants_to_hear() const noexcept { return tell_when_drained_; }

    std::string written;
    bool is_closed = false;
    bool is_paused = false;
    std::function<void()> drained;
    bool is_stuck = false;  ///< the other side reads nothing
};

/// A gateway whose shards run on the test's thread, when told to.
class House {
public:
    explicit House(Limits limits = {}, std::size_t shards = 1)
        : gateway({.name = "test", .workers = shards}),
          queues(std::make_shared<Queues>(gateway, limits.queues)),
          service(gateway, "scripts", limits, queues) {
        log::configure(log::Level::error, log::Format::text);
#ifdef RIALTO_WITH_STORE
        own_disk = std::make_unique<rialto::test::Disk>();
        keep_in(*own_disk);
#endif
    }
    /// One that keeps its queues on this disk, and begins with those that are there.
    explicit House(rialto::test::Disk& disk, Limits limits = {}, std::size_t shards = 1) : House(limits, shards, disk) {
        REQUIRE(queues->restore());
        run();
    }
    /// The same, but it has not looked what is there.
    House(Limits limits, std::size_t shards, rialto::test::Disk& disk)
        : gateway({.name = "test", .workers = shards}),
          queues(std::make_shared<Queues>(gateway, limits.queues)),
          service(gateway, "scripts", limits, queues) {
        log::configure(log::Level::error, log::Format::text);
        keep_in(disk);
    }

    /// Runs what is ready, and until the disk has all where it is not held.
    void run() {
        const Instant deadline = Clock::now() + std::chrono::seconds(10);
        do {
            run_ready();
            if (has_written_all()) run_ready();
        } while (!has_written_all() && Clock::now() < deadline);
    }
    void run_ready() {
        for (int round = 0; round < 4; ++round) {
            for (std::size_t i = 0; i < gateway.shard_count(); ++i) gateway.shard(i).run_ready();
        }
    }

    /// Publishes as another protocol's client would.
    void publish(std::string_view topic, std::string_view payload, Message::Traits traits = {},
                 std::unique_ptr<const Properties> properties = nullptr) {
        const MessagePtr message = Message::create(topic, as_bytes(payload), traits, std::move(properties));
        gateway.shard(0).post([this, message] { gateway.shard(0).bus().publish(message, {}); });
        run();
    }

    std::unique_ptr<rialto::test::Disk> own_disk;  ///< where all tests are to be run with a store
    bool is_disk_held = false;
    Gateway gateway;
    std::shared_ptr<Queues> queues;
    Service service;

private:
    void keep_in(rialto::test::Disk& disk) {
        REQUIRE(gateway.keep_in(std::make_unique<rialto::test::MemoryEngine>(disk)));
    }
    bool has_written_all() {
        for (std::size_t i = 0; i < gateway.shard_count() && !is_disk_held; ++i) {
            const store::Journal* const journal = gateway.journal_of(gateway.shard(i));
            if (journal != nullptr && journal->written() + 1 != journal->turn()) return false;
        }
        return true;
    }
};

/// A client that speaks bytes. `receive()` gives the frames that came since the last call.
class Client {
public:
    explicit Client(House& house, std::size_t shard = 0)
        : house_(house), wire(house.gateway.shard(shard)), session_(house.service.open_session(wire)) {
        wire.drained = [this] { session_->on_drained(); };
    }
    ~Client() { hang_up(); }

    /// A frame: `send("SEND\ndestination:a\n\nhello")`; the NUL is added.
    Client& send(std::string_view frame) {
        std::string bytes(frame);
        if (bytes.find("\n\n") == std::string::npos) bytes += "\n\n";
        bytes.push_back('\0');
        return send_bytes(bytes);
    }
    Client& send_bytes(std::string bytes) {
        unread_ += bytes;
        wire.shard().post([this] {
            if (session_ && !wire.is_closed && !wire.is_paused)
                unread_.erase(0, session_->on_bytes(as_bytes(unread_)));
        });
        house_.run();
        return *this;
    }

    /// @param more  header lines, each behind a line end
    Client& connect(std::string_view version = "1.2", std::string_view more = "") {
        send("CONNECT\naccept-version:" + std::string(version) + "\nhost:h" + std::string(more));
        decoder_.set_version(version == "1.0"   ? Version::v1_0
                             : version == "1.1" ? Version::v1_1
                                                : Version::v1_2);
        receive();
        return *this;
    }

    std::vector<Frame> receive() {
        Decoding outcome;
        const std::string bytes = std::exchange(wire.written, {});
        feed(decoder_, bytes, outcome);
        return std::move(outcome.frames);
    }
    /// The only frame that came; an empty one with the command ERROR where there was none or several.
    Frame receive_one() {
        auto frames = receive();
        return frames.size() == 1 ? std::move(frames[0]) : Frame{};
    }
    /// The bodies of the MESSAGE frames that came, joined with commas.
    std::string receive_bodies() {
        std::string bodies;
        for (const Frame& frame : receive()) {
            if (frame.command == Command::message) bodies += (bodies.empty() ? "" : ",") + frame.body;
        }
        return bodies;
    }
    /// The receipt-ids of the RECEIPT frames that came, likewise.
    std::string receive_receipts() {
        std::string ids;
        for (const Frame& frame : receive()) {
            if (frame.command == Command::receipt)
                ids += (ids.empty() ? "" : ",") + header(frame, "receipt-id");
        }
        return ids;
    }

    bool was_refused() { return wire.is_closed; }

    /// The connection breaks.
    void hang_up() {
        if (!session_) return;
        wire.shard().post([this] { session_->on_closed({Errc::closed, "gone"}); });
        house_.run();
        session_.reset();
    }
    /// What the client wouldn't read is read now.
    void read_again() {
        wire.is_stuck = false;
        wire.shard().post([this] { wire.flush(); });
        house_.run();
    }

private:
    House& house_;

public:
    PlainWire wire;

private:
    std::unique_ptr<StreamSession> session_;
    std::string unread_;
    Decoder decoder_;
};

/// Takes every message and settles when the test says so: a slow route.
class HoldingTaker final : public Subscriber {
public:
    HoldingTaker(House& house, std::string_view filter) : house_(house) {
        house.gateway.shard(0).bus().subscribe(*this, TopicFilter::parse(filter).value(), {});
    }
    void deliver(const Delivery& delivery, const Receipt& receipt) noexcept override {
        messages.push_back(delivery.message);
        receipts.push_back(receipt.share());
    }
    void settle_all(Outcome outcome) {
        house_.gateway.shard(0).post([this, outcome] {
            for (Receipt& receipt : receipts) receipt.settle(outcome);
            receipts.clear();
        });
        house_.run();
    }

    std::vector<MessagePtr> messages;
    std::vector<Receipt> receipts;

private:
    House& house_;
};

}  // namespace rialto::stomp::testing
