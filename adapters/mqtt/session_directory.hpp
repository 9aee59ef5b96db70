#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include <boost/unordered/unordered_flat_map.hpp>

namespace rialto::mqtt {

/// On which shard the session of each client lives, so that its next connection finds it. Asked once for each CONNECT.
/// @thread any
class SessionDirectory {
public:
    /// The shard of the client's session: `here`, from now on, where the client has none.
    std::size_t claim(std::string_view client_id, std::size_t here);
    /// The client's session has ended.
    void release(std::string_view client_id);

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
    };
    /// Connections of different clients seldom meet at one lock.
    struct Part {
        std::mutex mutex;
        boost::unordered_flat_map<std::string, std::uint16_t, Hash, std::equal_to<>> shards;
    };

    Part& part_of(std::string_view client_id) noexcept { return parts_[Hash()(client_id) % parts_.size()]; }

    std::array<Part, 16> parts_;
};

}  // namespace rialto::mqtt
