#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "adapters/amqp/codec/section.hpp"
#include "core/properties.hpp"

namespace rialto::amqp {

/// Appends values in AMQP's types, each in its shortest encoding. @source AMQP 1.0 part 1, section 1.6
class Writer {
public:
    explicit Writer(Bytes& out) noexcept : out_(out) {}

    void null() { octet(0x40); }
    void boolean(bool value) { octet(value ? 0x41 : 0x42); }
    void ubyte(std::uint8_t value) { octets({0x50, value}); }
    void uint(std::uint32_t value);
    void ulong(std::uint64_t value);
    void long_integer(std::int64_t value);
    void real(double value);
    void timestamp(WallTime value);
    void uuid(const Uuid& value);
    void binary(std::string_view bytes) { sized(0xa0, bytes); }
    void string(std::string_view text) { sized(0xa1, text); }
    void symbol(std::string_view text) { sized(0xa3, text); }
    /// Any header value; JSON as a string.
    void value(const Value& value);
    void id(const Id& id);

    /// The constructor of what follows: a described value.
    void described(Section section) { octets({0x00, 0x53, static_cast<std::uint8_t>(section)}); }
    /// The constructor and size of a binary or a string whose octets are written elsewhere.
    void binary_head(std::size_t size) { head(0xa0, size); }
    void string_head(std::size_t size) { head(0xa1, size); }

    void octets(std::initializer_list<std::uint8_t> bytes) {
        out_.append(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
    }
    void raw(std::string_view encoded) { out_.append(encoded); }
    Bytes& bytes() noexcept { return out_; }

private:
    void octet(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
    void head(std::uint8_t small_code, std::size_t size);
    void sized(std::uint8_t small_code, std::string_view bytes) {
        head(small_code, bytes.size());
        out_.append(bytes);
    }
    template <typename Number>
    void big_endian(Number value) {
        for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8) {
            octet(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
        }
    }

    Bytes& out_;
};

/// A list or a map under construction: its head is written first and corrected at the end.
class Compound {
public:
    enum class Kind : std::uint8_t { list = 0xd0, map = 0xd1 };

    Compound(Writer& writer, Kind kind);
    Compound(const Compound&) = delete;
    Compound& operator=(const Compound&) = delete;
    ~Compound();

    /// One more item follows; a map's entry is two.
    void count(std::uint32_t items = 1) noexcept { count_ += items; }

private:
    Bytes& out_;
    std::size_t start_;
    std::uint32_t count_ = 0;
};

}  // namespace rialto::amqp
