#include "adapters/mqtt/session_directory.hpp"

namespace rialto::mqtt {

std::size_t SessionDirectory::claim(std::string_view client_id, std::size_t here) {
    Part& part = part_of(client_id);
    const std::lock_guard lock(part.mutex);
    if (const auto found = part.shards.find(client_id); found != part.shards.end()) return found->second;
    part.shards.emplace(std::string(client_id), static_cast<std::uint16_t>(here));
    return here;
}

void SessionDirectory::release(std::string_view client_id) {
    Part& part = part_of(client_id);
    const std::lock_guard lock(part.mutex);
    if (const auto found = part.shards.find(client_id); found != part.shards.end()) part.shards.erase(found);
}

}  // namespace rialto::mqtt
