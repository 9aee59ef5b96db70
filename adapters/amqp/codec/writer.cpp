#include "adapters/amqp/codec/writer.hpp"

#include <type_traits>

namespace rialto::amqp {
namespace {

void store32(char* at, std::uint32_t value) noexcept {
    for (int i = 3; i >= 0; --i, value >>= 8U) at[i] = static_cast<char>(value & 0xffU);
}

}  // namespace

void Writer::uint(std::uint32_t value) {
    if (value == 0) return octet(0x43);
    if (value < 256) return octets({0x52, static_cast<std::uint8_t>(value)});
    octet(0x70);
    big_endian(value);
}

void Writer::ulong(std::uint64_t value) {
    if (value == 0) return octet(0x44);
    if (value < 256) return octets({0x53, static_cast<std::uint8_t>(value)});
    octet(0x80);
    big_endian(value);
}

void Writer::long_integer(std::int64_t value) {
    if (value >= -128 && value <= 127) return octets({0x55, static_cast<std::uint8_t>(value)});
    octet(0x81);
    big_endian(static_cast<std::uint64_t>(value));
}

void Writer::real(double value) {
    octet(0x82);
    big_endian(std::bit_cast<std::uint64_t>(value));
}

void Writer::timestamp(WallTime value) {
    octet(0x83);
    big_endian(static_cast<std::uint64_t>(value.time_since_epoch().count()));
}

void Writer::uuid(const Uuid& value) {
    octet(0x98);
    out_.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
}

void Writer::head(std::uint8_t small_code, std::size_t size) {
    if (size < 256) return octets({small_code, static_cast<std::uint8_t>(size)});
    octet(static_cast<std::uint8_t>(small_code + 0x10));
    big_endian(static_cast<std::uint32_t>(size));
}

void Writer::value(const Value& value) {
    struct Write {
        Writer& to;
        void operator()(std::monostate) const { to.null(); }
        void operator()(bool flag) const { to.boolean(flag); }
        void operator()(std::int64_t number) const { to.long_integer(number); }
        void operator()(std::uint64_t number) const { to.ulong(number); }
        void operator()(double number) const { to.real(number); }
        void operator()(const std::string& text) const { to.string(text); }
        void operator()(const Binary& binary) const { to.binary(binary.bytes); }
        void operator()(WallTime time) const { to.timestamp(time); }
        void operator()(const Uuid& uuid) const { to.uuid(uuid); }
        void operator()(const Json& json) const { to.string(json.text); }
    };
    std::visit(Write{*this}, value);
}

void Writer::id(const Id& id) {
    struct Write {
        Writer& to;
        void operator()(std::monostate) const { to.null(); }
        void operator()(std::uint64_t number) const { to.ulong(number); }
        void operator()(const std::string& text) const { to.string(text); }
        void operator()(const Binary& binary) const { to.binary(binary.bytes); }
        void operator()(const Uuid& uuid) const { to.uuid(uuid); }
    };
    std::visit(Write{*this}, id);
}

Compound::Compound(Writer& writer, Kind kind) : out_(writer.bytes()), start_(writer.bytes().size()) {
    out_.push_back(static_cast<char>(kind));
    out_.append(8, '\0');
}

Compound::~Compound() {
    store32(out_.data() + start_ + 1, static_cast<std::uint32_t>(out_.size() - start_ - 5));
    store32(out_.data() + start_ + 5, count_);
}

}  // namespace rialto::amqp
