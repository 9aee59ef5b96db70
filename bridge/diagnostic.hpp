#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/source_range.hpp"

namespace rialto::bridge {

/// One mistake in a configuration.
struct Diagnostic {
    SourceRange place;
    std::string message;
    std::string hint;  ///< "did you mean 'from'?"; may be empty
};

/// All mistakes that were found, with the texts that they are in.
class Diagnostics {
public:
    /// @return the number that SourceRange::source calls this text by
    std::uint16_t add_source(std::string name, std::string_view text);

    void error(SourceRange place, std::string message, std::string hint = {});

    bool empty() const noexcept { return found_.empty(); }
    std::size_t count() const noexcept { return found_.size(); }
    const std::vector<Diagnostic>& all() const noexcept { return found_; }

    /// The line as it stands in its source, without its end; empty where there is none.
    std::string_view line(SourceRange place) const noexcept;

    /// Each as `file:line:column: error: what is wrong`, the line, and a caret with the hint; in the order of the text.
    std::string text() const;

private:
    struct Source {
        std::string name;
        std::vector<std::string> lines;
    };

    void append(std::string& out, const Diagnostic& diagnostic) const;

    std::vector<Source> sources_;
    std::vector<Diagnostic> found_;
};

/// How many code points of UTF-8 text there are; every stray byte counts as one.
std::size_t code_points(std::string_view text) noexcept;
/// Where code point `index` (0-based) begins, in bytes.
std::size_t byte_of_code_point(std::string_view text, std::size_t index) noexcept;

}  // namespace rialto::bridge
