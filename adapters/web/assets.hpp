#pragma once

#include <span>
#include <string_view>

namespace rialto::web {

/// A file of this repository that is part of the program.
struct Asset {
    std::string_view path;  ///< where it is served: "/rialto.js"
    std::string_view etag;  ///< with its quotes; changes with the content
    std::string_view bytes;
};

/// All of them; made at build time from web/ (cmake/EmbedAssets.cmake).
std::span<const Asset> assets() noexcept;

}  // namespace rialto::web
