#include "core/message.hpp"

#include <cstring>
#include <new>

#include "core/topic.hpp"

namespace rialto {

struct Message::Encoding {
    EncodingKey key;
    Bytes bytes;
    Encoding* next;
};

MessagePtr Message::create(std::string_view topic, ByteView payload, Traits traits,
                           std::unique_ptr<const Properties> properties, std::shared_ptr<const NativeForm> native) {
    assert(!topic.empty() && topic.size() <= max_topic_size);
    void* block = ::operator new(sizeof(Message) + topic.size() + payload.size());
    auto* message = new (block) Message(static_cast<std::uint32_t>(topic.size()),
                                        static_cast<std::uint32_t>(payload.size()), traits, std::move(properties),
                                        std::move(native));
    std::memcpy(message->text(), topic.data(), topic.size());
    if (!payload.empty()) std::memcpy(message->text() + topic.size(), payload.data(), payload.size());
    return MessagePtr(message);
}

MessagePtr Message::rewrite(const Message& original, std::string_view topic, Traits traits,
                            std::unique_ptr<const Properties> properties) {
    return create(topic, original.payload(), traits, std::move(properties), original.native_);
}

Message::~Message() {
    for (Encoding* encoding = encodings_.load(std::memory_order_acquire); encoding;) {
        Encoding* next = encoding->next;
        delete encoding;
        encoding = next;
    }
}

void Message::destroy(const Message* message) noexcept {
    message->~Message();
    ::operator delete(const_cast<Message*>(message));
}

const Properties& Message::properties() const noexcept {
    static const Properties none;
    return properties_ ? *properties_ : none;
}

const Bytes* Message::find_encoding(EncodingKey key) const noexcept {
    for (const Encoding* encoding = encodings_.load(std::memory_order_acquire); encoding; encoding = encoding->next) {
        if (encoding->key == key) return &encoding->bytes;
    }
    return nullptr;
}

const Bytes& Message::keep_encoding(EncodingKey key, Bytes bytes) const {
    auto* encoding = new Encoding{key, std::move(bytes), encodings_.load(std::memory_order_relaxed)};
    while (!encodings_.compare_exchange_weak(encoding->next, encoding, std::memory_order_release,
                                             std::memory_order_relaxed)) {
    }
    return encoding->bytes;
}

}  // namespace rialto
