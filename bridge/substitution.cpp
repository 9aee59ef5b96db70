#include "bridge/substitution.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace rialto::bridge {
namespace {

constexpr std::size_t longest_file = 1024 * 1024;  // a secret or a certificate, not a disk

Result<std::string> file_content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string content;
    char buffer[4096];
    while (file.read(buffer, sizeof buffer) || file.gcount() > 0) {
        content.append(buffer, static_cast<std::size_t>(file.gcount()));
        if (content.size() > longest_file) return fail(Errc::invalid, "'" + path + "' is more than 1 MiB");
    }
    if (!file.is_open() || file.bad()) return fail(Errc::invalid, "can't read the file '" + path + "'");
    while (content.ends_with('\n') || content.ends_with('\r')) content.pop_back();
    return content;
}

Result<std::string> value_of(const std::string& name, const Environment& environment) {
    constexpr std::string_view file = "file:";
    if (name.starts_with(file)) return file_content(name.substr(file.size()));
    if (name.empty()) return fail(Errc::invalid, "'${}' names no variable");
    if (auto value = environment(name)) return *value;
    return fail(Errc::invalid, "the environment has no variable '" + name + "'");
}

std::string percent_encoded(std::string_view text) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    static constexpr std::string_view unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string out;
    for (const char c : text) {
        if (unreserved.find(c) != std::string_view::npos) {
            out += c;
        } else {
            const auto octet = static_cast<unsigned char>(c);
            out += {'%', digits[octet >> 4U], digits[octet & 15U]};
        }
    }
    return out;
}

/// Whether `offset` lies between "scheme://" and the '@' before the host.
bool is_in_credentials(std::string_view text, std::size_t offset) {
    const auto authority = text.find("://");
    if (authority == std::string_view::npos || offset < authority + 3) return false;
    const auto closing = text.find('}', offset);
    if (closing == std::string_view::npos) return false;
    const auto at = text.find('@', closing);
    // A ${file:/path} further on has slashes of its own, so only those outside of braces end the authority.
    int depth = 0;
    for (auto i = closing + 1; i < text.size() && i < at; ++i) {
        depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
        if (depth == 0 && text[i] == '/') return false;
    }
    return at != std::string_view::npos;
}

}  // namespace

Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* const value = std::getenv(name.c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
    };
}

Substituted substitute(std::string_view text, const Environment& environment) {
    std::string out;
    std::size_t done = 0;
    for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${", done)) {
        if (at > done && text[at - 1] == '$') {  // $${ is ${
            out.append(text.substr(done, at - 1 - done)).append("${");
            done = at + 2;
            continue;
        }
        const auto end = text.find('}', at);
        if (end == std::string_view::npos) return SubstitutionError{at, text.size() - at, "'${' without its '}'"};
        Result<std::string> value = value_of(std::string(text.substr(at + 2, end - at - 2)), environment);
        if (value.has_error()) return SubstitutionError{at, end + 1 - at, value.error().message};
        out.append(text.substr(done, at - done));
        out.append(is_in_credentials(text, at) ? percent_encoded(*value) : *value);
        done = end + 1;
    }
    out.append(text.substr(done));
    return out;
}

void throw_exception_from_error(const SubstitutionError& error, const boost::source_location&) {
    throw std::logic_error("unchecked error: " + error.message);
}

}  // namespace rialto::bridge
