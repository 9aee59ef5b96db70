#pragma once

#include <string_view>

namespace rialto::web {

/// The media type of a file by its extension; application/octet-stream where that says nothing.
std::string_view content_type_of(std::string_view file_name) noexcept;

}  // namespace rialto::web
