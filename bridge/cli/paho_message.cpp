#include "bridge/cli/paho_message.hpp"

namespace rialto::bridge {
namespace {

using mqtt::property;

std::string text_of(const mqtt::properties& properties, property::code code) {
    return properties.contains(code) ? mqtt::get<std::string>(properties, code) : std::string();
}

std::unique_ptr<Properties> properties_from(const mqtt::properties& given) {
    auto out = std::make_unique<Properties>();
    out->content_type = text_of(given, property::CONTENT_TYPE);
    out->reply_to = text_of(given, property::RESPONSE_TOPIC);
    if (given.contains(property::CORRELATION_DATA)) {
        out->correlation_id = Binary{text_of(given, property::CORRELATION_DATA)};
    }
    if (given.contains(property::MESSAGE_EXPIRY_INTERVAL)) {
        const auto seconds = mqtt::get<std::uint32_t>(given, property::MESSAGE_EXPIRY_INTERVAL);
        out->expires_at = wall_now() + std::chrono::seconds(seconds);
    }
    const std::size_t count = given.count(property::USER_PROPERTY);
    for (std::size_t i = 0; i < count; ++i) {
        auto [name, value] = mqtt::get<mqtt::string_pair>(given, property::USER_PROPERTY, i);
        out->headers.push_back({std::move(name), Value(std::move(value))});
    }
    return out;
}

mqtt::properties properties_for(const Properties& given) {
    mqtt::properties out;
    if (!given.content_type.empty()) out.add(property(property::CONTENT_TYPE, given.content_type));
    for (const Header& header : given.headers) {
        if (const auto* const text = std::get_if<std::string>(&header.value)) {
            out.add(property(property::USER_PROPERTY, header.name, *text));
        }
    }
    return out;
}

}  // namespace

mqtt::message_ptr paho_message(const Message& message) {
    const auto payload = message.payload();
    auto out = mqtt::message::create(std::string(message.topic()), payload.data(), payload.size(),
                                     static_cast<int>(message.qos()), message.is_retained());
    if (message.has_properties()) out->set_properties(properties_for(message.properties()));
    return out;
}

MessagePtr message_from_paho(const mqtt::message& message) {
    Message::Traits traits;
    traits.qos = static_cast<Qos>(message.get_qos());
    traits.retain = message.is_retained();
    return Message::create(message.get_topic(), as_bytes(message.get_payload_ref().to_string()), traits,
                           properties_from(message.get_properties()));
}

}  // namespace rialto::bridge
