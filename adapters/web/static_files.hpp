#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rialto::web {

/// Decodes %XX. @return nothing where an escape is broken or stands for NUL
std::optional<std::string> percent_decoded(std::string_view text);

/// A folder that is served. Immutable. @thread any; touches the disk
class StaticFiles {
public:
    /// @error invalid  the folder is not there
    static Result<StaticFiles> open(const std::string& folder);

    struct Found {
        enum class Kind : std::uint8_t { nothing, file, folder_without_slash };
        Kind kind = Kind::nothing;
        std::string file;  ///< where it is on the disk
        std::uint64_t size = 0;
        std::string etag;  ///< from size and time of the last change
    };

    /// What is at a decoded path of a URL; a folder stands for its index.html. Nothing outside the folder is
    /// found, by whatever path or link, and nothing whose name begins with a dot (but .well-known).
    Found find(std::string_view path) const;

private:
    explicit StaticFiles(std::string root) : root_(std::move(root)) {}

    std::string root_;  ///< without links, without a slash at its end
};

}  // namespace rialto::web
