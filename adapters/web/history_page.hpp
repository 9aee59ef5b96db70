#pragma once

#include "adapters/web/http_resources.hpp"
#include "core/gateway.hpp"

#include <string_view>

namespace rialto::web {

/// What `GET /history` answers: the newest messages that a history has, as the live socket shows them, oldest first.
/// @param query  topic=PATTERN, once or more; limit=COUNT (100, at most 1,000); before=SEQ, to page on
Response history_page(Gateway& gateway, std::string_view query);

}  // namespace rialto::web
