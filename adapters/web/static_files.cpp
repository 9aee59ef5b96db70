#include "adapters/web/static_files.hpp"

#include <array>
#include <charconv>
#include <filesystem>

#include <sys/stat.h>

namespace rialto::web {
namespace {

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_servable(std::string_view path) {
    if (!path.starts_with('/') || path.find('\0') != std::string_view::npos) return false;
    std::string_view rest = path.substr(1);
    while (true) {
        const auto slash = rest.find('/');
        const auto name = rest.substr(0, slash);
        if (name.starts_with('.') && name != ".well-known") return false;  // "..", too
        if (slash == std::string_view::npos) return true;
        rest.remove_prefix(slash + 1);
    }
}

std::string hex(std::uint64_t value) {
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), value, 16).ptr;
    return {digits.begin(), end};
}

std::string etag_of(const struct stat& status) {
    const auto changed = static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000U +
                         static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
    return "\"" + hex(static_cast<std::uint64_t>(status.st_size)) + "-" + hex(changed) + "\"";
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hex_digit(text[i + 1]);
        const int low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
        decoded += static_cast<char>(high << 4 | low);
        i += 2;
    }
    return decoded;
}

Result<StaticFiles> StaticFiles::open(const std::string& folder) {
    std::error_code error;
    const auto root = std::filesystem::canonical(folder, error);
    if (error || !std::filesystem::is_directory(root, error)) {
        return fail(Errc::invalid, "static_dir: there is no folder '" + folder + "'");
    }
    return StaticFiles(root.string());
}

StaticFiles::Found StaticFiles::find(std::string_view path) const {
    if (!is_servable(path)) return {};
    std::error_code error;
    auto real = std::filesystem::canonical(root_ + std::string(path), error);
    if (error) return {};
    struct stat status {};
    if (::stat(real.c_str(), &status) != 0) return {};
    if (S_ISDIR(status.st_mode)) {
        if (!path.ends_with('/')) return {Found::Kind::folder_without_slash, {}, 0, {}};
        real = std::filesystem::canonical(real / "index.html", error);
        if (error || ::stat(real.c_str(), &status) != 0) return {};
    } else if (path.ends_with('/')) {
        return {};
    }
    // A link may lead out of the folder; what it leads to is not ours to show.
    if (!S_ISREG(status.st_mode) || !real.string().starts_with(root_ + "/")) return {};
    return {Found::Kind::file, real.string(), static_cast<std::uint64_t>(status.st_size), etag_of(status)};
}

}  // namespace rialto::web
