#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "core/bytes.hpp"

namespace rialto::store {

/// What a key is for: its first octet. Numbers are never given to something else. docs/store-format.md says what stands where.
enum class Table : std::uint8_t {
    about = 0,              ///< the store itself
    retained = 1,           ///< topic -> message
    queue_state = 2,        ///< name of a queue -> where it begins and ends
    queue = 3,              ///< name of a queue, number -> message
    mqtt_session = 4,       ///< client identifier -> session
    mqtt_subscription = 5,  ///< client identifier, filter -> options
    mqtt_received = 6,      ///< client identifier, packet identifier: QoS 2 messages between PUBREC and PUBREL
    dedupe = 7,             ///< route, number -> what was seen
    history = 8,            ///< number -> when it was seen, and the message
    queue_binding = 9,      ///< durable subscription, number -> filter
};

/// Eight octets, the highest first, so that keys sort as their numbers do.
inline void append_number(Bytes& key, std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(number >> shift);
}

/// Builds a key. Texts that others follow end with 0x00 0x00 and have each 0x00 written as 0x00 0x01, so that keys sort as
/// their parts do and no key is the beginning of a different one.
class Key {
public:
    explicit Key(Table table) { key_ += static_cast<char>(table); }

    /// The last part.
    Key& text(std::string_view text) {
        key_ += text;
        return *this;
    }
    /// A part that others follow.
    Key& part(std::string_view text) {
        for (const char c : text) {
            key_ += c;
            if (c == '\0') key_ += '\x01';
        }
        key_.append(2, '\0');
        return *this;
    }
    Key& number(std::uint64_t number) {
        append_number(key_, number);
        return *this;
    }
    Bytes take() { return std::move(key_); }

private:
    Bytes key_;
};

/// Takes a key apart again, in the order in which it was built.
class KeyReader {
public:
    explicit KeyReader(std::string_view key) : rest_(key.substr(key.empty() ? 0 : 1)) {}

    std::string_view text() { return std::exchange(rest_, {}); }
    std::optional<Bytes> part() {
        Bytes out;
        while (rest_.size() >= 2) {
            const char c = rest_[0];
            const bool is_zero = c == '\0';
            const bool is_end = is_zero && rest_[1] == '\0';
            rest_.remove_prefix(is_zero ? 2 : 1);
            if (is_end) return out;
            out += c;
        }
        return std::nullopt;
    }
    std::optional<std::uint64_t> number() {
        if (rest_.size() < 8) return std::nullopt;
        std::uint64_t number = 0;
        for (const char c : rest_.substr(0, 8)) number = number << 8 | static_cast<std::uint8_t>(c);
        rest_.remove_prefix(8);
        return number;
    }

private:
    std::string_view rest_;
};

/// The first key behind all that begin with `beginning`. Precondition: it has an octet that is not 0xFF.
inline Bytes end_of(std::string_view beginning) {
    Bytes end(beginning);
    while (!end.empty() && end.back() == '\xFF') end.pop_back();
    if (!end.empty()) end.back() = static_cast<char>(end.back() + 1);
    return end;
}

}  // namespace rialto::store
