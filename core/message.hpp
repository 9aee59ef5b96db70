#pragma once

#include <atomic>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "core/bytes.hpp"
#include "core/properties.hpp"

namespace rialto {

/// How much care a message is handled with. @source MQTT 5.0 section 4.3
enum class Qos : std::uint8_t { at_most_once = 0, at_least_once = 1, exactly_once = 2 };

/// Names the producer or consumer of messages within this process; 0 is nobody.
using ClientNumber = std::uint64_t;

class Message;
using MessagePtr = boost::intrusive_ptr<const Message>;

/// Names one way to encode a message: the address of a constant of the adapter that encodes.
using EncodingKey = const void*;

/// What of a message's octets, as it came, the protocol that it came by wants to send on unchanged. Only that protocol's adapter
/// knows how to read them.
struct NativeForm {
    /// Who wrote the octets; the numbers stand on disk.
    enum class Protocol : std::uint8_t { amqp = 1 };

    Protocol protocol;
    Bytes octets;
};

/// One message: immutable once made, shared by reference count. Lives on: any thread.
/// Topic and payload stand in one block behind the object, so that most messages are one allocation.
class Message {
public:
    /// What a message is made of beside topic and payload.
    struct Traits {
        Qos qos = Qos::at_most_once;
        bool retain = false;      ///< becomes the topic's last value; with an empty payload it clears that
        ClientNumber origin = 0;  ///< who published it here, for "no local"
    };

    /// Copies topic and payload. Precondition: check_topic(topic) holds.
    static MessagePtr create(std::string_view topic, ByteView payload, Traits traits,
                             std::unique_ptr<const Properties> properties = nullptr,
                             std::shared_ptr<const NativeForm> native = nullptr);

    /// The same message under another topic and with other traits or properties, as routes make it. It keeps its native form:
    /// who sends that on compares it with what the message says now.
    static MessagePtr rewrite(const Message& original, std::string_view topic, Traits traits,
                              std::unique_ptr<const Properties> properties);

    std::string_view topic() const noexcept { return {text(), topic_size_}; }
    ByteView payload() const noexcept {
        return {reinterpret_cast<const std::uint8_t*>(text()) + topic_size_, payload_size_};
    }
    Qos qos() const noexcept { return traits_.qos; }
    bool is_retained() const noexcept { return traits_.retain; }
    bool clears_retained() const noexcept { return traits_.retain && payload_size_ == 0; }
    ClientNumber origin() const noexcept { return traits_.origin; }
    const Traits& traits() const noexcept { return traits_; }
    /// What it weighs in queues and limits, in bytes.
    std::size_t size() const noexcept {
        return sizeof(Message) + topic_size_ + payload_size_ + (native_ ? native_->octets.size() : 0);
    }
    /// Null where nobody kept one.
    const NativeForm* native() const noexcept { return native_.get(); }

    bool has_properties() const noexcept { return properties_ != nullptr; }
    /// Its properties; all absent where it has none.
    const Properties& properties() const noexcept;
    /// Whether its time is over, by the wall clock.
    bool is_expired(WallTime now) const noexcept {
        return properties_ && properties_->expires_at && *properties_->expires_at <= now;
    }

    /// The bytes that `build()` made for `key` when somebody first asked: one encoding serves every subscriber of a
    /// protocol. They live as long as the message. Two threads that ask at once may both build; either result serves.
    template <typename Build>
    const Bytes& encoding(EncodingKey key, Build&& build) const {
        if (const Bytes* known = find_encoding(key)) return *known;
        return keep_encoding(key, build());
    }

    friend void intrusive_ptr_add_ref(const Message* message) noexcept {
        message->references_.fetch_add(1, std::memory_order_relaxed);
    }
    friend void intrusive_ptr_release(const Message* message) noexcept {
        // The last owner needs no locked instruction to find out that it is the last.
        if (message->references_.load(std::memory_order_acquire) == 1 ||
            message->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            destroy(message);
        }
    }

private:
    struct Encoding;

    Message(std::uint32_t topic_size, std::uint32_t payload_size, Traits traits,
            std::unique_ptr<const Properties> properties, std::shared_ptr<const NativeForm> native) noexcept
        : topic_size_(topic_size),
          payload_size_(payload_size),
          traits_(traits),
          properties_(std::move(properties)),
          native_(std::move(native)) {}
    ~Message();

    static void destroy(const Message* message) noexcept;
    const Bytes* find_encoding(EncodingKey key) const noexcept;
    const Bytes& keep_encoding(EncodingKey key, Bytes bytes) const;
    const char* text() const noexcept { return reinterpret_cast<const char*>(this + 1); }
    char* text() noexcept { return reinterpret_cast<char*>(this + 1); }

    mutable std::atomic<std::uint32_t> references_{0};
    std::uint32_t topic_size_;
    std::uint32_t payload_size_;
    Traits traits_;
    std::unique_ptr<const Properties> properties_;
    std::shared_ptr<const NativeForm> native_;
    mutable std::atomic<Encoding*> encodings_{nullptr};
};

}  // namespace rialto
