#include "adapters/redis/listener/client_session.hpp"

#include <utility>

#include "adapters/redis/listener/command_table.hpp"

namespace rialto::redis {
namespace {

constexpr std::size_t longest_shown = 64;             // of what a client sent, in an error
constexpr std::size_t largest_shared_payload = 4096;  // beyond that a copy costs more than a second write

constexpr char message_keys[2]{};  // their addresses name our encodings

void append_message(Bytes& out, const Message& message, const std::string* pattern, Resp version) {
    append_push(out, pattern ? 4 : 3, version);
    append_string(out, pattern ? "pmessage" : "message");
    if (pattern) append_string(out, *pattern);
    append_string(out, message.topic());
    append_string(out, as_text(message.payload()));
}

std::string shown(std::string_view text) {
    return "'" + std::string(text.substr(0, longest_shown)) + "'";
}

}  // namespace

/// Hears what became of the client's messages; it may outlive the connection.
class ClientSession::Ledger final : public Settler {
public:
    Ledger(Shard& home, ClientSession& session) noexcept : Settler(home), session_(&session) {}
    void forget() noexcept { session_ = nullptr; }
    void settled(std::uint64_t token, Outcome outcome) noexcept override {
        if (session_) session_->settled(token, outcome);
    }

private:
    ClientSession* session_;
};

ClientSession::ClientSession(Wire& wire, Service& service)
    : wire_(wire),
      service_(service),
      ledger_(new Ledger(wire.shard(), *this)),
      is_known_(service.gateway().allows_anonymous()) {}

ClientSession::~ClientSession() { ledger_->forget(); }

std::size_t ClientSession::on_bytes(ByteView bytes) {
    std::string_view unread = as_text(bytes);
    while (!is_leaving_ && !is_paused_) {
        const RequestResult request = read_request(unread, service_.limits().request, words_);
        if (request.status == RequestStatus::need_more) break;
        if (request.status == RequestStatus::bad) {
            refuse("ERR Protocol error: " + std::string(request.problem));
            leave(request.problem);
            break;
        }
        if (!words_.empty()) execute(words_);
        unread.remove_prefix(request.used);
    }
    return is_leaving_ ? bytes.size() : bytes.size() - unread.size();
}

void ClientSession::execute(Words words) {
    const CommandRule* const rule = find_command(words[0]);
    if (!rule) {
        // What a browser says that was led here by a page: it must not get further. @source redis.io, "Security"
        if (words[0] == "POST" || words[0] == "Host:") return leave("this is HTTP");
        return refuse("ERR unknown command " + shown(words[0]) +
                      ": a message gateway takes PUBLISH, SUBSCRIBE, PSUBSCRIBE, PING and AUTH");
    }
    if (!is_known_ && !rule->before_login) return refuse("NOAUTH Authentication required.");
    if (words.size() < rule->least || words.size() > rule->most) {
        return refuse("ERR wrong number of arguments for " + shown(words[0]) + " command");
    }
    if (is_subscribed_only() && !rule->while_subscribed) {
        return refuse("ERR Can't execute " + shown(words[0]) +
                      ": only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context");
    }
    rule->run(*this, words.data(), words.size());
}

void ClientSession::reply(Bytes bytes) {
    if (replies_.empty()) return wire_.write(as_bytes(bytes));
    replies_.push_back({std::move(bytes), true});
}

void ClientSession::refuse(std::string_view text) {
    Bytes out;
    append_error(out, text);
    reply(std::move(out));
}

void ClientSession::on_publish(Words words) {
    const std::string_view channel = words[1];
    if (const auto valid = check_topic(channel); valid.has_error()) return refuse("ERR " + valid.error().message);
    if (channel.starts_with('$')) return refuse("ERR topics that begin with '$' are the gateway's own");
    const auto message =
        Message::create(channel, as_bytes(words[2]), {Qos::at_least_once});  // its reply waits for the takers
    service_.counts(wire_.shard()).received.add();
    const std::uint64_t number = first_reply_ + replies_.size();
    replies_.push_back({{}, false});
    is_publishing_ = true;
    const bool has_takers = wire_.shard().bus().publish(message, Receipt(Ref<Settler>(ledger_.get()), number));
    is_publishing_ = false;
    Reply& answer = replies_[number - first_reply_];
    if (answer.bytes.empty()) append_integer(answer.bytes, has_takers ? 1 : 0);
    send_ready_replies();
    if (is_full() && !is_paused_) {
        is_paused_ = true;
        wire_.pause_reading();
    }
}

void ClientSession::settled(std::uint64_t token, Outcome outcome) {
    Reply& answer = replies_[token - first_reply_];
    answer.is_ready = true;
    if (outcome != Outcome::accepted) {
        answer.bytes.clear();
        append_error(answer.bytes, outcome == Outcome::rejected
                                       ? "ERR the message was refused where it was to go"
                                       : "TRYAGAIN the message did not get to where it was to go; send it again");
    }
    send_ready_replies();
    if (is_paused_ && replies_.size() <= service_.limits().unsettled / 2) {
        is_paused_ = false;
        wire_.resume_reading();
    }
}

void ClientSession::send_ready_replies() {
    if (is_publishing_) return;
    while (!replies_.empty() && replies_.front().is_ready) {
        wire_.write(as_bytes(replies_.front().bytes));
        replies_.pop_front();
        ++first_reply_;
    }
    if (is_leaving_ && replies_.empty()) wire_.close();
}

void ClientSession::push(const MessagePtr& message, const std::string* pattern) {
    if (is_leaving_) return;
    if (wire_.backlog() > service_.limits().backlog) {
        service_.counts(wire_.shard()).dropped.add();
        return leave("it reads too slowly");
    }
    service_.counts(wire_.shard()).sent.add();
    const bool is_shared = !pattern && replies_.empty() && message->payload().size() <= largest_shared_payload;
    if (is_shared) {
        wire_.write(as_bytes(message->encoding(&message_keys[version_ == Resp::v3], [&] {
            Bytes out;
            append_message(out, *message, nullptr, version_);
            return out;
        })));
        return;
    }
    Bytes out;
    append_message(out, *message, pattern, version_);
    reply(std::move(out));
}

void ClientSession::leave(std::string_view why) {
    if (is_leaving_) return;
    if (const auto held = service_.refusals().pass()) {
        log::warn("redis client refused", {{"listener", service_.listener()},
                                           {"peer", wire_.peer()},
                                           {"reason", std::string(why)},
                                           {"held_back", std::to_string(*held)}});
    }
    leave_when_answered();
}

void ClientSession::leave_when_answered() {
    is_leaving_ = true;
    if (replies_.empty()) wire_.close();
}

void ClientSession::on_closed(const Error&) {
    is_leaving_ = true;
    ledger_->forget();
    unsubscribe_all();
}

void ChannelSubscription::deliver(const Delivery& delivery, const Receipt&) noexcept {
    if (pattern_ && !pattern_->matches(delivery.message->topic())) return;
    owner_.push(delivery.message, pattern_ ? &pattern_->text() : nullptr);
}

}  // namespace rialto::redis
