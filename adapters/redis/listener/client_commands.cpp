#include <algorithm>
#include <charconv>

#include "adapters/redis/listener/client_session.hpp"

namespace rialto::redis {
namespace {

bool is_word(std::string_view text, std::string_view lower) {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

Bytes status(std::string_view text) {
    Bytes out;
    append_status(out, text);
    return out;
}

Bytes string(std::string_view text) {
    Bytes out;
    append_string(out, text);
    return out;
}

}  // namespace

void ClientSession::on_ping(Words words) {
    if (!is_subscribed_only()) return reply(words.size() == 1 ? status("PONG") : string(words[1]));
    Bytes out;  // beside subscriptions, in the form of a message
    append_array(out, 2);
    append_string(out, "pong");
    append_string(out, words.size() == 1 ? "" : words[1]);
    reply(std::move(out));
}

void ClientSession::on_echo(Words words) { reply(string(words[1])); }

/// There are no users yet: whoever is let in without a name may also bring one.
bool ClientSession::log_in(Words) {
    if (is_known_) return true;
    refuse("WRONGPASS invalid username-password pair or user is disabled.");
    return false;
}

void ClientSession::on_auth(Words words) {
    if (log_in(words.subspan(1))) reply(status("OK"));
}

void ClientSession::on_hello(Words words) {
    Words rest = words.subspan(1);
    Resp version = version_;
    if (!rest.empty()) {
        if (rest[0] != "2" && rest[0] != "3") return refuse("NOPROTO unsupported protocol version");
        version = rest[0] == "2" ? Resp::v2 : Resp::v3;
        rest = rest.subspan(1);
    }
    while (!rest.empty()) {
        if (is_word(rest[0], "auth") && rest.size() >= 3) {
            if (!log_in(rest.subspan(1, 2))) return;
            rest = rest.subspan(3);
        } else if (is_word(rest[0], "setname") && rest.size() >= 2) {
            client_name_ = rest[1];
            rest = rest.subspan(2);
        } else {
            return refuse("ERR Syntax error in HELLO option");
        }
    }
    if (!is_known_) return refuse("NOAUTH HELLO must be called with the client already authenticated");
    version_ = version;
    Bytes out;
    append_map(out, 6, version_);
    for (const std::string_view word : {"server", "rialto", "version", "7.0.0", "proto"}) append_string(out, word);
    append_integer(out, static_cast<std::int64_t>(version_));
    for (const std::string_view word : {"mode", "standalone", "role", "master", "modules"}) append_string(out, word);
    append_array(out, 0);
    reply(std::move(out));
}

void ClientSession::on_client(Words words) {
    const std::string_view what = words[1];
    if (is_word(what, "setname") && words.size() == 3) {
        client_name_ = words[2];
        return reply(status("OK"));
    }
    if (is_word(what, "setinfo") && words.size() == 4) return reply(status("OK"));
    if (is_word(what, "getname")) {
        Bytes out;
        client_name_.empty() ? append_nothing(out, version_) : append_string(out, client_name_);
        return reply(std::move(out));
    }
    refuse("ERR unknown subcommand of CLIENT: SETNAME, GETNAME and SETINFO are there");
}

/// What clients look at before they begin: which version's commands they may use, and whether the server is loading.
void ClientSession::on_info(Words) {
    reply(string("# Server\r\nredis_version:7.0.0\r\nredis_mode:standalone\r\nserver_name:rialto\r\n"
                 "# Persistence\r\nloading:0\r\n# Replication\r\nrole:master\r\n"));
}

void ClientSession::on_command(Words) {
    Bytes out;
    append_array(out, 0);
    reply(std::move(out));
}

void ClientSession::on_select(Words words) {
    if (words[1] == "0") return reply(status("OK"));
    refuse("ERR DB index is out of range: there is the database 0 alone");
}

void ClientSession::on_reset(Words) {
    unsubscribe_all();
    client_name_.clear();
    version_ = Resp::v2;
    is_known_ = service_.gateway().allows_anonymous();
    reply(status("RESET"));
}

void ClientSession::on_quit(Words) {
    reply(status("OK"));
    leave_when_answered();
}

void ClientSession::confirm(std::string_view kind, std::string_view name) {
    Bytes out;
    append_push(out, 3, version_);
    append_string(out, kind);
    append_string(out, name);
    append_integer(out, static_cast<std::int64_t>(subscription_count()));
    reply(std::move(out));
}

bool ClientSession::has_room_for_subscription() {
    if (subscription_count() < service_.limits().subscriptions) return true;
    refuse("ERR too many subscriptions; max_subscriptions is " + std::to_string(service_.limits().subscriptions));
    return false;
}

void ClientSession::subscribe(Subscriptions& to, std::string_view name, std::unique_ptr<ChannelSubscription> subscription) {
    const auto [place, is_new] = to.try_emplace(std::string(name), std::move(subscription));
    if (is_new) wire_.shard().bus().subscribe(*place->second, place->second->filter(), {});
}

void ClientSession::on_subscribe(Words words) {
    for (const std::string_view channel : words.subspan(1)) {
        const auto valid = check_topic(channel);
        if (valid.has_error() || channel.starts_with("$share/")) {
            refuse("ERR " + (valid.has_error() ? valid.error().message : "a shared group is no channel") +
                   "; patterns are for PSUBSCRIBE");
            continue;
        }
        if (!has_room_for_subscription()) continue;
        subscribe(channels_, channel, std::make_unique<ChannelSubscription>(*this, TopicFilter::parse(channel).value()));
        confirm("subscribe", channel);
    }
}

void ClientSession::on_psubscribe(Words words) {
    for (const std::string_view pattern : words.subspan(1)) {
        if (!has_room_for_subscription()) continue;
        subscribe(patterns_, pattern, std::make_unique<ChannelSubscription>(*this, ChannelPattern(std::string(pattern))));
        confirm("psubscribe", pattern);
    }
}

void ClientSession::unsubscribe(Subscriptions& from, std::string_view kind, Words names) {
    const auto remove = [&](Subscriptions::iterator at) {
        wire_.shard().bus().unsubscribe(*at->second, at->second->filter());
        const std::string name = at->first;
        from.erase(at);
        confirm(kind, name);
    };
    if (!names.empty()) {
        for (const std::string_view name : names) {
            const auto found = from.find(name);
            found == from.end() ? confirm(kind, name) : remove(found);
        }
        return;
    }
    if (from.empty()) {
        Bytes out;
        append_push(out, 3, version_);
        append_string(out, kind);
        append_nothing(out, version_);
        append_integer(out, static_cast<std::int64_t>(subscription_count()));
        return reply(std::move(out));
    }
    while (!from.empty()) remove(from.begin());
}

void ClientSession::on_unsubscribe(Words words) { unsubscribe(channels_, "unsubscribe", words.subspan(1)); }

void ClientSession::on_punsubscribe(Words words) { unsubscribe(patterns_, "punsubscribe", words.subspan(1)); }

void ClientSession::unsubscribe_all() {
    for (Subscriptions* const all : {&channels_, &patterns_}) {
        for (const auto& [name, subscription] : *all) wire_.shard().bus().unsubscribe(*subscription, subscription->filter());
        all->clear();
    }
}

}  // namespace rialto::redis
