#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace rialto::redis {

/// What a client may ask of us at most.
struct RequestLimits {
    std::size_t size = 16 * 1024 * 1024;  ///< bytes of one whole command
    std::size_t words = 65'536;
};

enum class RequestStatus { complete, need_more, bad };

struct RequestResult {
    RequestStatus status;
    std::size_t used = 0;          ///< bytes of a complete one
    std::string_view problem = {};  ///< of a bad one, in Redis' own words
};

/// Reads the command that `bytes` begin with: an array of bulk strings, or a line of words between spaces, as a person
/// types it (quotes have no meaning there). `words` look into `bytes`; an empty command has none.
/// @source Redis serialization protocol specification, "Sending commands to a Redis server" and "Inline commands"
RequestResult read_request(std::string_view bytes, const RequestLimits& limits, std::vector<std::string_view>& words);

}  // namespace rialto::redis
