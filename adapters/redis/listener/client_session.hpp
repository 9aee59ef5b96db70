#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/listener/channel_subscription.hpp"
#include "adapters/redis/listener/reply.hpp"
#include "adapters/redis/listener/service.hpp"
#include "core/net/wire.hpp"
#include "core/receipt.hpp"

namespace rialto::redis {

/// The Redis protocol on one connection: pub/sub, and as much of the rest as clients need to connect. Replies
/// leave in the order of the commands; that of PUBLISH when the message is where it was to go. Lives on: the wire's shard.
class ClientSession final : public StreamSession {
public:
    using Words = std::span<const std::string_view>;

    ClientSession(Wire& wire, Service& service);
    ~ClientSession() override;

    std::size_t on_bytes(ByteView bytes) override;
    void on_drain() override { leave_when_answered(); }
    void on_closed(const Error& reason) override;

    /// A message for a subscription; `pattern` is null for one to a channel.
    void push(const MessagePtr& message, const std::string* pattern);

    // One for each command; the first word is its name.
    void on_auth(Words words);
    void on_client(Words words);
    void on_command(Words words);
    void on_echo(Words words);
    void on_hello(Words words);
    void on_info(Words words);
    void on_ping(Words words);
    void on_psubscribe(Words words);
    void on_publish(Words words);
    void on_punsubscribe(Words words);
    void on_quit(Words words);
    void on_reset(Words words);
    void on_select(Words words);
    void on_subscribe(Words words);
    void on_unsubscribe(Words words);

private:
    class Ledger;
    using Subscriptions = std::map<std::string, std::unique_ptr<ChannelSubscription>, std::less<>>;
    /// A reply that waits for its turn; that of a PUBLISH waits for its message besides.
    struct Reply {
        Bytes bytes;
        bool is_ready;
    };

    void execute(Words words);
    void reply(Bytes bytes);
    void refuse(std::string_view text);
    void settled(std::uint64_t token, Outcome outcome);
    void send_ready_replies();
    bool is_full() const noexcept { return replies_.size() >= service_.limits().unsettled; }
    std::size_t subscription_count() const noexcept { return channels_.size() + patterns_.size(); }
    bool has_room_for_subscription();
    void subscribe(Subscriptions& to, std::string_view name, std::unique_ptr<ChannelSubscription> subscription);
    void unsubscribe(Subscriptions& from, std::string_view kind, Words names);
    void unsubscribe_all();
    void confirm(std::string_view kind, std::string_view name);
    /// At version 2 a client that has subscriptions can't tell replies from messages.
    bool is_subscribed_only() const noexcept { return version_ == Resp::v2 && subscription_count() != 0; }
    bool log_in(Words credentials);
    void leave(std::string_view why);
    void leave_when_answered();

    Wire& wire_;
    Service& service_;
    Ref<Ledger> ledger_;
    std::vector<std::string_view> words_;  ///< of the command that is read now
    std::deque<Reply> replies_;            ///< from the first that is not ready on
    std::uint64_t first_reply_ = 0;        ///< number of replies_.front()
    bool is_publishing_ = false;           ///< the reply to it is not complete yet
    bool is_paused_ = false;
    bool is_leaving_ = false;              ///< takes no more commands
    bool is_known_;                        ///< has said who it is, or need not
    Resp version_ = Resp::v2;
    std::string client_name_;
    Subscriptions channels_;
    Subscriptions patterns_;
};

}  // namespace rialto::redis
