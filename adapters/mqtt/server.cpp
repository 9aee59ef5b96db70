#include "adapters/mqtt/server.hpp"

namespace rialto::mqtt {

Server::Server(Gateway& gateway) : gateway_(gateway) {
    for (std::size_t i = 0; i < gateway.shard_count(); ++i) {
        by_shard_.push_back(std::make_unique<Sessions>(gateway, gateway.shard(i), directory_));
    }
}

Result<void> Server::restore() {
    store::Journal* const journal = gateway_.journal_of(gateway_.shard(0));
    auto found = find_sessions(journal->store().engine());
    if (found.has_error()) return found.error();
    for (FoundSession& session : *found) {
        Shard& home = gateway_.home_of(session.client_id);
        directory_.claim(session.client_id, home.index());
        if (const auto restored = sessions_of(home).restore(session); !restored) {
            return in_context("the session of '" + session.client_id + "'", restored.error());
        }
    }
    log::info("sessions are back", {{"protocol", "mqtt"}, {"sessions", std::to_string(found->size())}});
    return {};
}

}  // namespace rialto::mqtt
