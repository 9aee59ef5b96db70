#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/properties.hpp"

namespace rialto::test {

/// Random messages, the same in every run.
class Dice {
public:
    /// @param line_ends_anywhere  in names and fields too, and not in values of headers alone
    explicit Dice(bool line_ends_anywhere = true) : has_line_ends_anywhere_(line_ends_anywhere) {}

    std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(engine_); }
    bool toss() { return below(2) == 0; }

    Bytes bytes() {
        Bytes out(below(6), '\0');
        for (char& c : out) c = static_cast<char>(below(256));
        return out;
    }
    /// Text with all that is special somewhere.
    std::string text() {
        static const std::vector<std::string> pieces{"a", "B", " ", ":", "\\", ",", "=", "%", "%2C", "\xC3\xBC", "\"", "u.", "1", "\r", "\n"};
        return text_of(pieces, pieces.size());
    }
    /// What names and the fields of protocols are made of: without the line ends, which brokers may take offence at.
    std::string word() {
        static const std::vector<std::string> pieces{"a", "B", " ", ":", "\\", ",", "=", "%", "%2C", "\xC3\xBC", "\"", "u.", "1"};
        return text_of(pieces, pieces.size());
    }
    std::string some_text() { return "x" + (has_line_ends_anywhere_ ? text() : word()); }
    Uuid uuid() {
        Uuid out;
        for (auto& byte : out.bytes) byte = static_cast<std::uint8_t>(below(256));
        return out;
    }
    WallTime time() { return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(below(4'000'000'000'000)))); }
    Id id() {
        switch (below(5)) {
            case 0: return some_text();
            case 1: return std::uint64_t{below(1ULL << 62)};
            case 2: return uuid();
            case 3: return Binary{bytes()};
            default: return {};
        }
    }
    Value value() {
        switch (below(10)) {
            case 0: return std::monostate{};
            case 1: return toss();
            case 2: return -static_cast<std::int64_t>(below(1ULL << 62));
            case 3: return std::uint64_t{below(1ULL << 62)};
            case 4: return static_cast<double>(below(1'000'000)) / 7;
            case 5: return Binary{bytes()};
            case 6: return time();
            case 7: return uuid();
            case 8: return Json{"[1,\"x\"]"};
            default: return text();
        }
    }
    std::string name() {
        static const std::vector<std::string> awkward{"key",   "u.key", "u.u.key", "rialto-types", "retain", "timestamp", "",
                                                      "h:key", "topic", "body",    "rialto-via",   "u.x",    "expires"};
        if (toss()) return awkward[below(awkward.size())];
        return has_line_ends_anywhere_ ? text() : word();
    }
    Properties properties() {
        Properties out;
        if (toss()) out.body_kind = BodyKind::text;
        if (toss()) out.content_type = some_text();
        if (toss()) out.content_encoding = some_text();
        out.message_id = id();
        out.correlation_id = id();
        if (toss()) out.reply_to = "replies/" + std::to_string(below(9));
        if (toss()) out.expires_at = time();
        if (toss()) out.priority = static_cast<std::uint8_t>(below(10));
        if (toss()) out.timestamp = time();
        for (std::size_t left = below(5); left != 0; --left) out.headers.push_back({name(), value()});
        if (toss()) out.key = bytes();
        if (toss()) out.traceparent = some_text();
        if (toss()) out.tracestate = some_text();
        for (std::size_t left = below(3); left != 0; --left) out.via.push_back(some_text());
        return out;
    }

private:
    std::string text_of(const std::vector<std::string>& pieces, std::size_t count) {
        std::string out;
        for (std::size_t left = below(5); left != 0; --left) out += pieces[below(count)];
        return out;
    }

    bool has_line_ends_anywhere_;
    std::mt19937_64 engine_{20'26};
};

}  // namespace rialto::test
