#include "adapters/redis/listener/request.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace rialto::redis {
namespace {

constexpr std::size_t longest_line = 64 * 1024;  // of an inline command
constexpr std::size_t longest_number = 32;

RequestResult bad(std::string_view problem) { return {RequestStatus::bad, 0, problem}; }
constexpr RequestResult need_more{RequestStatus::need_more};

RequestResult read_line(std::string_view bytes, std::vector<std::string_view>& words) {
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) return bytes.size() > longest_line ? bad("too big inline request") : need_more;
    std::string_view line = bytes.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (!line.empty()) {
        const auto begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos) break;
        line.remove_prefix(begin);
        const auto word = line.substr(0, line.find_first_of(" \t"));
        words.push_back(word);
        line.remove_prefix(word.size());
    }
    return {RequestStatus::complete, end + 1};
}

/// Reads an array's parts one after the other; what is not there yet, or wrong, is told by `trouble`.
class ArrayReader {
public:
    ArrayReader(std::string_view bytes, const RequestLimits& limits) : bytes_(bytes), limits_(limits) {}

    RequestResult read(std::vector<std::string_view>& words) {
        const auto count = number_after('*', "invalid multibulk length");
        if (!count) return trouble_;
        if (*count > static_cast<std::int64_t>(limits_.words)) return bad("invalid multibulk length");
        for (std::int64_t i = 0; i < *count; ++i) {
            const auto word = bulk_string();
            if (!word) return trouble_;
            words.push_back(*word);
        }
        return {RequestStatus::complete, at_};
    }

private:
    std::optional<std::int64_t> number_after(char kind, std::string_view problem) {
        if (at_ == bytes_.size()) return std::nullopt;
        if (bytes_[at_] != kind) return fail(kind == '$' ? "expected '$' before a string" : problem);
        const auto end = bytes_.substr(at_ + 1, longest_number).find("\r\n");
        if (end == std::string_view::npos) {
            if (bytes_.size() - at_ > longest_number) fail(problem);
            return std::nullopt;
        }
        const std::string_view digits = bytes_.substr(at_ + 1, end);
        std::int64_t number = 0;
        const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error != std::errc() || stop != digits.data() + digits.size()) return fail(problem);
        at_ += end + 3;
        return number;
    }

    std::optional<std::string_view> bulk_string() {
        const auto size = number_after('$', "invalid bulk length");
        if (!size) return std::nullopt;
        if (*size < 0 || static_cast<std::uint64_t>(*size) > limits_.size - std::min(limits_.size, at_)) {
            fail("invalid bulk length");
            return std::nullopt;
        }
        const auto length = static_cast<std::size_t>(*size);
        if (bytes_.size() - at_ < length + 2) return std::nullopt;
        if (bytes_.substr(at_ + length, 2) != "\r\n") {
            fail("a string is longer than it says");
            return std::nullopt;
        }
        const std::string_view word = bytes_.substr(at_, length);
        at_ += length + 2;
        return word;
    }

    std::nullopt_t fail(std::string_view problem) {
        trouble_ = bad(problem);
        return std::nullopt;
    }

    std::string_view bytes_;
    const RequestLimits& limits_;
    std::size_t at_ = 0;
    RequestResult trouble_ = need_more;
};

}  // namespace

RequestResult read_request(std::string_view bytes, const RequestLimits& limits, std::vector<std::string_view>& words) {
    words.clear();
    if (bytes.empty()) return need_more;
    return bytes.front() == '*' ? ArrayReader(bytes, limits).read(words) : read_line(bytes, words);
}

}  // namespace rialto::redis
