#include "tests/unit/stomp_backend/scripted_broker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <thread>

#include "adapters/stomp/decoder.hpp"

namespace rialto::stomp::test {

using namespace std::chrono_literals;

class ScriptedBroker::Session final : public StreamSession {
public:
    Session(Wire& wire, ScriptedBroker& broker) : wire_(wire), broker_(broker) { broker_.wire_ = &wire; }

    std::size_t on_bytes(ByteView bytes) override {
        ByteView input = bytes;
        while (true) {
            const Result<Decoded> decoded = decoder_.next(input);
            REQUIRE(decoded.has_value());
            if (*decoded == Decoded::need_more) return bytes.size();
            if (*decoded == Decoded::frame) broker_.handle(decoder_.frame());
            decoder_.frame().clear();
        }
    }
    void on_drain() override {}
    void on_closed(const Error&) override {
        if (broker_.wire_ == &wire_) broker_.wire_ = nullptr;
    }

private:
    Wire& wire_;
    ScriptedBroker& broker_;
    Decoder decoder_;
};

ScriptedBroker::ScriptedBroker(Shard& shard) {
    acceptor_ = Acceptor::bind(shard, {"127.0.0.1", 0}, [this, &shard](Connected connected) {
                    const auto accepted =
                        std::make_shared<SocketWire>(shard, connected.descriptor, connected.family, nullptr);
                    accepted->start(std::make_unique<Session>(*accepted, *this));
                }).value();
    acceptor_->start();
}

std::string ScriptedBroker::Came::operator[](std::string_view name) const {
    for (const auto& [known, value] : headers) {
        if (known == name) return value;
    }
    return "(none)";
}

std::vector<ScriptedBroker::Came> ScriptedBroker::all(Command command) const {
    std::vector<Came> found;
    for (const Came& frame : came) {
        if (frame.command == command) found.push_back(frame);
    }
    return found;
}

void ScriptedBroker::handle(const Frame& frame) {
    Came& now = came.emplace_back(Came{frame.command, {}, std::string(frame.body)});
    for (std::size_t i = 0; i < frame.headers.size(); ++i) {
        now.headers.emplace_back(frame.headers[i].name, frame.headers[i].value);
    }
    if (frame.command == Command::connect && !answer_to_connect.empty()) return send(answer_to_connect);
    const bool is_answered = (frame.command == Command::subscribe && answers_subscribe) ||
                             (frame.command == Command::disconnect && answers_disconnect);
    if (is_answered) receipt(now["receipt"]);
}

void ScriptedBroker::send(std::string_view frame) {
    REQUIRE(wire_);
    wire_->write(as_bytes(frame));
    wire_->write(as_bytes(std::string_view("\0", 1)));
}

void ScriptedBroker::message(int number, std::string_view destination, std::string_view body, std::string_view headers,
                             int subscription) {
    const std::string id = std::to_string(number);
    send("MESSAGE\nsubscription:" + std::to_string(subscription) + "\nmessage-id:m" + id + "\nack:a" + id +
         "\ndestination:" + std::string(destination) + "\n" + std::string(headers) + "\n" + std::string(body));
}

void ScriptedBroker::hang_up() {
    REQUIRE(wire_);
    wire_->close();
}

Stand::Stand(std::string_view dialect) {
    settings.backend = "subject";
    settings.dialing.address = broker.address();
    settings.host = "there";
    settings.client_id = "us";
    settings.addresses = Addresses(*dialect_of(dialect));
    settings.heart_beat = {};
}

bool Stand::until(const std::function<bool()>& done) {
    const auto deadline = Clock::now() + 10s;
    while (!done()) {
        if (Clock::now() > deadline) return false;
        shard.run_ready();
        std::this_thread::yield();
    }
    return true;
}

void Stand::settle_down() {
    const auto enough = Clock::now() + 30ms;
    until([&] { return Clock::now() > enough; });
}

Result<void> Stand::run(boost::asio::awaitable<Result<void>> work) {
    std::optional<Result<void>> result;
    const auto keep = [](boost::asio::awaitable<Result<void>> what,
                         std::optional<Result<void>>& to) -> boost::asio::awaitable<void> { to = co_await std::move(what); };
    boost::asio::co_spawn(shard.io(), keep(std::move(work), result), boost::asio::detached);
    REQUIRE(until([&] { return result.has_value(); }));
    return *result;
}

Backend& Stand::made_backend() {
    if (!backend) backend = std::make_unique<Backend>(gateway, shard, settings, Abilities{});
    return *backend;
}

Result<void> Stand::open_source(std::vector<std::string> patterns, std::uint32_t credit) {
    std::vector<TopicFilter> filters;
    for (const std::string& pattern : patterns) filters.push_back(TopicFilter::parse(pattern).value());
    source = made_backend().make_source(std::move(filters));
    const Result<void> opened = run(source->open(reading));
    if (opened) source->grant(credit);
    return opened;
}

Result<void> Stand::open_sink() {
    if (!sink) sink = made_backend().make_sink();
    return run(sink->open(writing));
}

void Stand::send(std::string_view topic, std::string_view payload, Message::Traits traits,
                 std::unique_ptr<const Properties> properties) {
    sink->send(Message::create(topic, as_bytes(payload), traits, std::move(properties)), Receipt(settled, sent++));
}

std::vector<Outcome> Stand::outcomes() const {
    std::vector<Outcome> out;
    for (std::size_t i = 0; i < settled->all.size(); ++i) {
        CHECK(settled->all[i].first == i);
        out.push_back(settled->all[i].second);
    }
    return out;
}

Texts Stand::values(Command command, std::string_view header) const {
    Texts found;
    for (const auto& frame : broker.all(command)) found.push_back(frame[header]);
    return found;
}

}  // namespace rialto::stomp::test
