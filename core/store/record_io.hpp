#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/bytes.hpp"

namespace rialto::store {

/// Writes the fields of a record. Numbers are in base 128, the lowest digit first, each but the last with the high bit set.
class RecordWriter {
public:
    explicit RecordWriter(Bytes& out) : out_(out) {}

    void octet(std::uint8_t octet) { out_ += static_cast<char>(octet); }
    void number(std::uint64_t number) {
        for (; number >= 0x80; number >>= 7) out_ += static_cast<char>(number | 0x80);
        out_ += static_cast<char>(number);
    }
    /// Small ones of either sign are short.
    void signed_number(std::int64_t number) {
        const auto bits = static_cast<std::uint64_t>(number);
        this->number(bits << 1 ^ (number < 0 ? ~std::uint64_t{0} : 0));
    }
    void text(std::string_view text) {
        number(text.size());
        out_ += text;
    }
    void real(double real) {
        auto bits = std::bit_cast<std::uint64_t>(real);
        for (int i = 0; i < 8; ++i, bits >>= 8) out_ += static_cast<char>(bits);
    }

private:
    Bytes& out_;
};

/// Reads the fields of a record. Once something is missing all further ones are empty, and ok() says so.
class RecordReader {
public:
    explicit RecordReader(std::string_view record) : rest_(record) {}

    std::uint8_t octet() { return static_cast<std::uint8_t>(take(1).empty() ? '\0' : taken_[0]); }
    std::uint64_t number() {
        std::uint64_t number = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t next = octet();
            number |= static_cast<std::uint64_t>(next & 0x7F) << shift;
            if (next < 0x80) return number;
        }
        is_ok_ = false;
        return 0;
    }
    std::int64_t signed_number() {
        const std::uint64_t bits = number();
        return static_cast<std::int64_t>(bits >> 1 ^ (bits & 1 ? ~std::uint64_t{0} : 0));
    }
    std::string_view text() { return take(number()); }
    double real() {
        std::uint64_t bits = 0;
        for (unsigned i = 0; i < 8; ++i) bits |= std::uint64_t{octet()} << (8 * i);
        return std::bit_cast<double>(bits);
    }
    std::string_view rest() { return take(rest_.size()); }

    bool ok() const noexcept { return is_ok_; }
    bool is_at_end() const noexcept { return is_ok_ && rest_.empty(); }

private:
    std::string_view take(std::uint64_t size) {
        if (size > rest_.size()) {
            is_ok_ = false;
            rest_ = {};
        }
        taken_ = is_ok_ ? rest_.substr(0, static_cast<std::size_t>(size)) : std::string_view();
        rest_.remove_prefix(taken_.size());
        return taken_;
    }

    std::string_view rest_;
    std::string_view taken_;
    bool is_ok_ = true;
};

}  // namespace rialto::store
