#pragma once

#include <cstdint>

namespace rialto {

/// Where something was read: a stretch of one line. Columns count code points, as editors do. All 1-based.
struct SourceRange {
    std::uint32_t line = 0;    ///< 0: nowhere (a default, or made by a program)
    std::uint32_t column = 0;
    std::uint32_t length = 1;  ///< in code points; 1 where it is not known
    std::uint16_t source = 0;  ///< which text: 0 is the file, n the n-th override of the command line

    bool is_known() const noexcept { return line != 0; }
    friend bool operator==(const SourceRange&, const SourceRange&) = default;
};

}  // namespace rialto
