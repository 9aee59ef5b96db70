#pragma once

#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/disposition.h>
#include <proton/link.h>
#include <proton/session.h>
#include <proton/terminus.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "adapters/amqp/engine/engine.hpp"
#include "adapters/amqp/listener/service.hpp"
#include "adapters/amqp/mapping.hpp"
#include "core/gateway.hpp"
#include "core/log.hpp"
#include "core/store/store.hpp"
#include "tests/support/memory_engine.hpp"

namespace rialto::amqp::testing {

/// One end of a line without a socket: what is written stays here until the test carries it over.
class LineEnd final : public Wire {
public:
    using Wire::Wire;

    void flush() noexcept override {
        iovec pieces[16];
        while (!out_.empty()) {
            std::size_t size = 0;
            for (const iovec& piece : out_.front(pieces)) {
                written.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
                size += piece.iov_len;
            }
            out_.pop(size);
        }
        was_asked = std::exchange(tell_when_drained_, false);
    }
    void close() override { is_closed = true; }
    void pause_reading() override {}
    void resume_reading() override {}
    void move_to(Shard&) override {}
    std::string peer() const override { return "test"; }
    std::string verified_name() const override { return certificate; }

    std::string written;
    std::string certificate;
    bool is_closed = false;
    bool was_asked = false;
};

/// A gateway whose one shard runs on the test's thread, when told to.
class House {
public:
    explicit House(ListenerLimits limits = {}, bool allow_anonymous = true)
        : gateway({.name = "test", .allow_anonymous = allow_anonymous}), service(gateway, "services", limits, Queues::of(gateway)) {
        log::configure(log::Level::error, log::Format::text);
    }

    /// One that keeps its queues on this disk, and begins with those that are there.
    explicit House(rialto::test::Disk& disk) : House() {
        REQUIRE(gateway.keep_in(std::make_unique<rialto::test::MemoryEngine>(disk)));
        REQUIRE(service.queues().restore());
    }
    /// Runs until the disk has all.
    void write_all() {
        const store::Journal& journal = *gateway.journal_of(gateway.shard(0));
        const Instant deadline = Clock::now() + std::chrono::seconds(10);
        do {
            gateway.shard(0).run_ready();
        } while (journal.written() + 1 != journal.turn() && Clock::now() < deadline);
    }

    void publish(std::string_view topic, std::string_view payload, Message::Traits traits = {Qos::at_least_once}, Receipt receipt = {}) {
        const MessagePtr message = Message::create(topic, as_bytes(payload), traits);
        auto shared = std::make_shared<Receipt>(std::move(receipt));
        gateway.shard(0).post([this, message, shared] { gateway.shard(0).bus().publish(message, std::move(*shared)); });
    }

    Gateway gateway;
    Service service;
};

/// A client that speaks AMQP by the same engine, from the other side.
class Client final : private EngineUser {
public:
    struct Got {
        std::string payload;
        std::string to;
        pn_delivery_t* delivery;
        bool is_settled;
        std::uint32_t delivery_count;
    };

    explicit Client(House& house, EngineSettings::Login login = {"host", "", "", ""}, std::string certificate = "")
        : house_(house), here_(house.gateway.shard(0)), there_(house.gateway.shard(0)) {
        there_.certificate = std::move(certificate);
        server_ = house.service.open_session(there_);
        engine_ = std::make_unique<Engine>(here_, static_cast<EngineUser&>(*this), EngineSettings{.container = "client"}, login);
        session_ = pn_session(engine_->connection());
        pn_session_open(session_);
        run();
    }
    ~Client() { hang_up(); }

    /// Runs until nobody has anything to say.
    void run() {
        for (int round = 0; round < 8; ++round) {
            act([this] {
                carry(here_, *server_, to_server_);
                carry(there_, *engine_, to_client_);
            });
        }
    }
    template <typename Act>
    void act(Act&& what) {
        house_.gateway.shard(0).post([this, what] {
            if (server_) what();
            if (engine_) engine_->wake();
        });
        house_.gateway.shard(0).run_ready();
    }
    /// The line breaks.
    void hang_up() {
        if (!server_) return;
        house_.gateway.shard(0).post([this] {
            server_->on_closed({Errc::unreachable, "the line broke"});
            server_.reset();
            engine_->on_closed({Errc::unreachable, "the line broke"});
            engine_.reset();
        });
        house_.gateway.shard(0).run_ready();
    }
    void stop_server() { server_->on_drain(); }
    /// Says octets as they are.
    void say(std::string octets) {
        act([this, octets] { here_.write(as_bytes(octets)); });
        run();
    }

    pn_link_t* sender(const char* target, bool is_settled = false) {
        pn_link_t* const link = pn_sender(session_, ("s" + std::to_string(++links_)).c_str());
        if (target) pn_terminus_set_address(pn_link_target(link), target);
        pn_terminus_set_type(pn_link_target(link), PN_TARGET);
        pn_terminus_set_type(pn_link_source(link), PN_SOURCE);
        pn_link_set_snd_settle_mode(link, is_settled ? PN_SND_SETTLED : PN_SND_MIXED);
        pn_link_open(link);
        run();
        return link;
    }
    pn_link_t* receiver(const char* source, int credit, bool is_settled = false) {
        pn_link_t* const link = pn_receiver(session_, ("r" + std::to_string(++links_)).c_str());
        if (source)
            pn_terminus_set_address(pn_link_source(link), source);
        else
            pn_terminus_set_dynamic(pn_link_source(link), true);
        pn_terminus_set_type(pn_link_target(link), PN_TARGET);
        pn_link_set_snd_settle_mode(link, is_settled ? PN_SND_SETTLED : PN_SND_MIXED);
        pn_link_open(link);
        if (credit > 0) pn_link_flow(link, credit);
        run();
        return link;
    }
    pn_delivery_t* send(pn_link_t* link, std::string_view payload, std::string_view to = {}, bool is_settled = false) {
        const MessagePtr message = Message::create("t", as_bytes(payload), {Qos::at_least_once});
        return send_octets(link, encode(*message, wall_now(), {to, {}}), is_settled);
    }
    pn_delivery_t* send_octets(pn_link_t* link, const std::string& octets, bool is_settled = false) {
        pn_delivery_t* delivery = nullptr;
        act([&] { delivery = engine_->send(link, std::to_string(++tags_), {octets}, is_settled); });
        run();
        return delivery;
    }
    void give_credit(pn_link_t* link, int credit) {
        act([=] { pn_link_flow(link, credit); });
        run();
    }
    void settle(const Got& got, std::uint64_t outcome) {
        act([=] {
            pn_delivery_update(got.delivery, outcome);
            pn_delivery_settle(got.delivery);
        });
        run();
    }
    void close(pn_link_t* link) {
        act([=] { pn_link_close(link); });
        run();
    }

    std::vector<Got> take() { return std::exchange(got_, {}); }
    std::string payloads() {
        std::string all;
        for (const Got& got : take()) all += (all.empty() ? "" : ",") + got.payload;
        return all;
    }
    /// "amqp:accepted:list" of what was sent, by the order of sending; empty while nothing is said.
    static std::string outcome(pn_delivery_t* delivery) {
        const std::uint64_t state = pn_delivery_remote_state(delivery);
        const char* const name = pn_disposition_type_name(state);
        return state == 0 || !name ? "" : name;
    }
    static std::string condition(pn_delivery_t* delivery) { return name_of(pn_disposition_condition(pn_delivery_remote(delivery))); }
    static std::string name_of(pn_condition_t* condition) {
        const char* const name = pn_condition_get_name(condition);
        return name ? name : "";
    }

    bool is_open() const noexcept { return is_open_; }
    bool was_sent_away() const noexcept { return there_.is_closed; }
    const std::string& trouble() const noexcept { return trouble_; }
    Engine& engine() noexcept { return *engine_; }
    /// Why the other side ended links, by their order.
    std::vector<std::string> refusals;

private:
    void carry(LineEnd& from, StreamSession& to, std::string& unread) {
        unread += std::exchange(from.written, {});
        const bool is_deaf = &from == &here_ ? there_.is_closed : here_.is_closed;
        if (!unread.empty() && !is_deaf) unread.erase(0, to.on_bytes(as_bytes(unread)));
        if (std::exchange(from.was_asked, false)) (&from == &here_ ? static_cast<StreamSession&>(*engine_) : *server_).on_drained();
    }

    void on_connection_opened() noexcept override { is_open_ = true; }
    void on_link_opened(pn_link_t*) noexcept override {}
    void on_link_closed(pn_link_t* link) noexcept override { refusals.push_back(name_of(pn_link_remote_condition(link))); }
    void on_delivery(pn_delivery_t* delivery) noexcept override {
        if (!pn_delivery_readable(delivery)) return;
        Bytes octets;
        if (engine_->receive(delivery, octets, 1'000'000) != Engine::Received::whole) return;
        auto decoded = decode(octets, wall_now());
        if (!decoded) return;
        const bool is_settled = pn_delivery_settled(delivery);
        got_.push_back({std::string(as_text(decoded->payload())), std::string(decoded->to), delivery, is_settled, decoded->delivery_count});
        if (is_settled) pn_delivery_settle(delivery);
    }
    void on_lost(const Error& why) noexcept override { trouble_ = why.message; }

    House& house_;
    LineEnd here_;
    LineEnd there_;
    std::unique_ptr<StreamSession> server_;
    std::unique_ptr<Engine> engine_;
    pn_session_t* session_ = nullptr;
    std::string to_server_;
    std::string to_client_;
    std::vector<Got> got_;
    std::string trouble_;
    bool is_open_ = false;
    int links_ = 0;
    int tags_ = 0;
};

/// Takes what a filter matches, and says what became of it when the test does.
class Taker final : public Subscriber {
public:
    Taker(House& house, std::string_view filter) : house_(house), filter_(TopicFilter::parse(filter).value()) {
        house_.gateway.shard(0).post([this] { house_.gateway.shard(0).bus().subscribe(*this, filter_, {}); });
        house_.gateway.shard(0).run_ready();
    }
    ~Taker() override {
        house_.gateway.shard(0).post([this] { house_.gateway.shard(0).bus().unsubscribe(*this, filter_); });
        house_.gateway.shard(0).run_ready();
    }
    void deliver(const Delivery& delivery, const Receipt& receipt) noexcept override {
        messages.push_back(delivery.message);
        receipts.push_back(receipt.share());
    }

    std::vector<MessagePtr> messages;
    std::vector<Receipt> receipts;

private:
    House& house_;
    TopicFilter filter_;
};

}  // namespace rialto::amqp::testing
