#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/stomp/client/backend.hpp"
#include "adapters/stomp/frame.hpp"
#include "core/gateway.hpp"
#include "core/net/acceptor.hpp"
#include "core/net/socket_wire.hpp"

namespace rialto::stomp::test {

/// A broker that says what the test writes: it keeps the frames that come, answers CONNECT, SUBSCRIBE and DISCONNECT by
/// itself unless told otherwise, and leaves the rest to the test.
class ScriptedBroker {
public:
    explicit ScriptedBroker(Shard& shard);
    ~ScriptedBroker() { acceptor_->close(); }

    /// The frames of one command, each as its header lines in the order of the wire, and its body.
    struct Came {
        Command command;
        std::vector<std::pair<std::string, std::string>> headers;
        std::string body;
        std::string operator[](std::string_view name) const;
    };
    std::vector<Came> came;
    std::vector<Came> all(Command command) const;
    std::size_t count(Command command) const { return all(command).size(); }

    std::string answer_to_connect = "CONNECTED\nversion:1.2\nheart-beat:0,0\n\n";
    bool answers_subscribe = true;
    bool answers_disconnect = true;

    /// A whole frame without its NUL.
    void send(std::string_view frame);
    /// `headers` are lines, each with its end; the ack header is "a" and `number`.
    void message(int number, std::string_view destination, std::string_view body = "x", std::string_view headers = "",
                 int subscription = 0);
    void receipt(std::string_view id) { send("RECEIPT\nreceipt-id:" + std::string(id) + "\n\n"); }
    void hang_up();

    const Address& address() const { return acceptor_->address(); }

private:
    class Session;
    void handle(const Frame& frame);

    std::shared_ptr<Acceptor> acceptor_;
    Wire* wire_ = nullptr;  ///< the newest connection
};

struct Reading final : Inlet {
    void accept(MessagePtr message, Receipt receipt) noexcept override {
        texts.push_back(std::string(message->topic()) + "=" + std::string(as_text(message->payload())));
        messages.push_back(std::move(message));
        receipts.push_back(std::move(receipt));
    }
    void lost(Error reason) noexcept override { losses.push_back(std::move(reason)); }

    std::vector<MessagePtr> messages;
    std::vector<std::string> texts;
    std::vector<Receipt> receipts;
    std::vector<Error> losses;
};

struct Outcomes final : Settler {
    using Settler::Settler;
    void settled(std::uint64_t token, Outcome outcome) noexcept override { all.emplace_back(token, outcome); }
    std::vector<std::pair<std::uint64_t, Outcome>> all;
};

struct Writing final : SinkWatcher {
    void lost(Error reason) noexcept override { losses.push_back(std::move(reason)); }
    std::vector<Error> losses;
};

using Texts = std::vector<std::string>;

/// A backend against a scripted broker, on a shard that the test runs by hand.
struct Stand {
    explicit Stand(std::string_view dialect = "generic");
    virtual ~Stand() = default;

    bool until(const std::function<bool()>& done);
    /// Lets everything happen that is on its way.
    void settle_down();
    Result<void> run(boost::asio::awaitable<Result<void>> work);
    void close(auto& end) {
        run([](auto& what) -> boost::asio::awaitable<Result<void>> {
            co_await what.close();
            co_return Result<void>();
        }(end)).value();
    }

    Result<void> open_source(std::vector<std::string> patterns = {"#"}, std::uint32_t credit = 100);
    Result<void> open_sink();
    void send(std::string_view topic, std::string_view payload = "x", Message::Traits traits = {Qos::at_least_once},
              std::unique_ptr<const Properties> properties = nullptr);
    bool has(Command command, std::size_t count) {
        return until([&] { return broker.count(command) >= count; });
    }
    bool has_read(std::size_t count) {
        return until([&] { return reading.texts.size() >= count; });
    }
    std::vector<Outcome> outcomes() const;
    /// The values of one header of all frames of that command.
    Texts values(Command command, std::string_view header) const;

    Gateway gateway{{.name = "here"}};
    Shard& shard = gateway.shard(0);
    ScriptedBroker broker{shard};
    ClientSettings settings;
    std::unique_ptr<Backend> backend;
    Reading reading;
    Writing writing;
    Ref<Outcomes> settled{new Outcomes(shard)};
    std::unique_ptr<rialto::Source> source;
    std::unique_ptr<rialto::Sink> sink;
    std::uint64_t sent = 0;

private:
    Backend& made_backend();
};

}  // namespace rialto::stomp::test
