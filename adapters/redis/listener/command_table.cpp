#include "adapters/redis/listener/command_table.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "adapters/redis/listener/client_session.hpp"

namespace rialto::redis {
namespace {

template <void (ClientSession::*handler)(ClientSession::Words)>
void run(ClientSession& session, std::string_view const* words, std::size_t count) {
    (session.*handler)({words, count});
}

constexpr std::size_t any = SIZE_MAX;
constexpr bool always = true;
constexpr bool alone = false;  // not beside subscriptions
constexpr bool stranger = true;
constexpr bool member = false;

constexpr std::array<CommandRule, 15> rules = {{
    {"AUTH", 2, 3, alone, stranger, run<&ClientSession::on_auth>},
    {"CLIENT", 2, any, alone, member, run<&ClientSession::on_client>},
    {"COMMAND", 1, any, alone, member, run<&ClientSession::on_command>},
    {"ECHO", 2, 2, alone, member, run<&ClientSession::on_echo>},
    {"HELLO", 1, any, alone, stranger, run<&ClientSession::on_hello>},
    {"INFO", 1, any, alone, member, run<&ClientSession::on_info>},
    {"PING", 1, 2, always, member, run<&ClientSession::on_ping>},
    {"PSUBSCRIBE", 2, any, always, member, run<&ClientSession::on_psubscribe>},
    {"PUBLISH", 3, 3, alone, member, run<&ClientSession::on_publish>},
    {"PUNSUBSCRIBE", 1, any, always, member, run<&ClientSession::on_punsubscribe>},
    {"QUIT", 1, any, always, stranger, run<&ClientSession::on_quit>},
    {"RESET", 1, 1, always, stranger, run<&ClientSession::on_reset>},
    {"SELECT", 2, 2, alone, member, run<&ClientSession::on_select>},
    {"SUBSCRIBE", 2, any, always, member, run<&ClientSession::on_subscribe>},
    {"UNSUBSCRIBE", 1, any, always, member, run<&ClientSession::on_unsubscribe>},
}};

char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

const CommandRule* find_command(std::string_view name) noexcept {
    const auto found = std::find_if(rules.begin(), rules.end(), [&](const CommandRule& rule) {
        return std::equal(rule.name.begin(), rule.name.end(), name.begin(), name.end(),
                          [](char a, char b) { return a == upper(b); });
    });
    return found == rules.end() ? nullptr : &*found;
}

}  // namespace rialto::redis
