#pragma once

#include <cstddef>
#include <string_view>

namespace rialto::redis {

class ClientSession;

/// One command that clients may send. @source redis.io/commands
struct CommandRule {
    std::string_view name;   ///< upper case
    std::size_t least;       ///< words, its name among them
    std::size_t most;
    bool while_subscribed;   ///< allowed beside subscriptions
    bool before_login;
    void (*run)(ClientSession& session, std::string_view const* words, std::size_t count);
};

/// The rule for a command in whatever case; null where there is none.
const CommandRule* find_command(std::string_view name) noexcept;

}  // namespace rialto::redis
