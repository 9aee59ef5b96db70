#pragma once

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/mqtt/backend.hpp"
#include "adapters/mqtt/codec/decode.hpp"
#include "adapters/mqtt/codec/encode.hpp"
#include "core/gateway.hpp"
#include "core/net/acceptor.hpp"
#include "core/net/socket_wire.hpp"

namespace rialto::mqtt::test {

/// A broker that says what the test writes: it writes down the packets that come, answers CONNECT and SUBSCRIBE by itself
/// unless told otherwise, and leaves the rest to the test.
class ScriptedBroker {
public:
    explicit ScriptedBroker(Shard& shard);
    ~ScriptedBroker() { acceptor_->close(); }

    /// The packets, such as "PUBLISH 1 q1 a=x", "PUBREL 1", "SUBSCRIBE a/# q1 no-local as-published if-new #7".
    std::vector<std::string> packets;
    /// Those of one type.
    std::vector<std::string> packets_of(std::string_view type) const;
    std::size_t count(std::string_view type) const { return packets_of(type).size(); }

    Connack connack;                  ///< what CONNECT is answered with
    PropertyWriter connack_properties;
    bool answers_connect = true;
    bool answers_subscribe = true;
    ReasonCode suback = ReasonCode::success;
    std::optional<Version> only;      ///< any other version is refused as that version does it
    bool hangs_up_on_v5 = false;

    void publish(Qos qos, PacketId id, std::string_view topic, std::string_view payload, bool dup = false,
                 PropertiesView properties = {});
    void ack(PacketType type, PacketId id, ReasonCode reason = ReasonCode::success);
    void disconnect(ReasonCode reason);
    void send(std::string_view bytes);
    void hang_up();
    bool is_connected() const noexcept { return wire_ != nullptr; }

    const Address& address() const { return acceptor_->address(); }

private:
    class Session;
    void handle(const Frame& frame);
    void on_connect(const Frame& frame);

    std::shared_ptr<Acceptor> acceptor_;
    Wire* wire_ = nullptr;  ///< the newest connection
    Version version_ = Version::v5;
};

struct Reading final : Inlet {
    void accept(MessagePtr message, Receipt receipt) noexcept override {
        messages.push_back(message);
        texts.push_back(std::string(message->topic()) + "=" + std::string(as_text(message->payload())));
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

/// A backend against a scripted broker, on a shard that the test runs by hand.
struct Stand {
    Stand();
    virtual ~Stand() = default;

    bool until(const std::function<bool()>& done);
    /// Lets everything happen that is on its way.
    void settle_down();
    Result<void> run(boost::asio::awaitable<Result<void>> work);

    Result<void> open_source(std::vector<std::string> patterns = {"#"});
    Result<void> reopen_source();
    Result<void> open_sink();
    /// The receipt has the number of messages sent before as its token. @return the message, to be sent again
    MessagePtr send(std::string_view topic, std::string_view payload = "x", Message::Traits traits = {Qos::exactly_once},
                    std::unique_ptr<const Properties> properties = nullptr);
    void send(const MessagePtr& message);
    bool has(std::size_t packets, std::string_view type) {
        return until([&] { return broker.count(type) >= packets; });
    }
    std::vector<Outcome> outcomes() const;

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

using Texts = std::vector<std::string>;

}  // namespace rialto::mqtt::test
