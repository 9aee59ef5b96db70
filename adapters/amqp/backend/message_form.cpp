#include "adapters/amqp/backend/message_form.hpp"

#include <proton/codec.h>
#include <proton/terminus.h>

#include <algorithm>

#include "adapters/amqp/names.hpp"
#include "core/value_text.hpp"

namespace rialto::amqp {
namespace {

constexpr std::string_view topic_header = "rialto-topic";
/// A user's own subject, where the subject is the routing key.
constexpr std::string_view moved_subject = "u.amqp-subject";

auto find_header(Properties& properties, std::string_view name) {
    return std::find_if(properties.headers.begin(), properties.headers.end(),
                        [name](const Header& header) { return header.name == name; });
}

std::optional<std::string> topic_that_was_shortened(const Decoded& decoded, std::string_view address, const Addressing& addressing) {
    if (!decoded.properties) return std::nullopt;
    const auto header = find_header(*decoded.properties, topic_header);
    if (header == decoded.properties->headers.end()) return std::nullopt;
    const auto* const topic = std::get_if<std::string>(&header->value);
    if (!topic || !check_topic(*topic) || addressing.address_of(*topic) != address) return std::nullopt;
    return *topic;
}

/// What ActiveMQ's JMS messages have no type for travels there as text, and this header tells which. It stands first, and as an
/// annotation: with one before them the order of the headers is told, which JMS does not keep.
constexpr std::string_view value_types = "x-rialto-value-types";

bool jms_carries(const Value& value) noexcept {
    return std::holds_alternative<std::monostate>(value) || std::holds_alternative<bool>(value) ||
           std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value) ||
           std::holds_alternative<std::string>(value) || std::holds_alternative<Json>(value);
}

bool needs_value_types(const Message& message) {
    if (!message.has_properties()) return false;
    const auto& headers = message.properties().headers;
    return headers.size() > 1 || (!headers.empty() && !jms_carries(headers.front().value));
}

void write_value_types(std::vector<Header>& headers) {
    TypesWriter types;
    const auto code_of = [](const Value& value) { return jms_carries(value) ? 's' : type_code(value); };
    const TypedNames typed(headers, code_of);
    for (const Header& header : headers) {
        if (typed.has(header.name)) types.add(header.name, code_of(header.value));
    }
    for (Header& header : headers) {
        if (!jms_carries(header.value)) header.value = text_of(header.value);
    }
    headers.insert(headers.begin(), {std::string(value_types), types.text()});
}

void read_value_types(std::vector<Header>& headers) {
    const auto header = std::find_if(headers.begin(), headers.end(), [](const Header& each) { return each.name == value_types; });
    if (header == headers.end()) return;
    const auto* const text = std::get_if<std::string>(&header->value);
    TypesReader types(text ? *text : std::string());
    headers.erase(header);
    for (Header& each : headers) {
        const char code = types.take(each.name);
        const auto* const was = std::get_if<std::string>(&each.value);
        if (code == 's' || !was) continue;
        if (auto value = value_of(*was, code)) each.value = *std::move(value);
    }
}

/// ActiveMQ gives every message an id, and says in annotations of its own what JMS wants to know.
void take_out_what_activemq_added(Properties& properties) {
    std::erase_if(properties.headers, [](const Header& header) { return header.name.starts_with("x-opt-jms-"); });
    const auto* const id = std::get_if<std::string>(&properties.message_id);
    if (id && id->starts_with("ID:")) properties.message_id = {};
}

bool has_header(const Message& message, std::string_view name) {
    if (!message.has_properties()) return false;
    const auto& headers = message.properties().headers;
    return std::any_of(headers.begin(), headers.end(), [name](const Header& header) { return header.name == name; });
}

/// The same message with what this broker has no place for put elsewhere.
MessagePtr rearranged(const Message& message, bool moves_subject, bool tells_topic, bool tells_types) {
    auto properties = std::make_unique<Properties>(message.properties());
    if (moves_subject) find_header(*properties, names::subject)->name = moved_subject;
    if (tells_types) write_value_types(properties->headers);
    if (tells_topic) properties->headers.push_back({std::string(topic_header), std::string(message.topic())});
    return Message::rewrite(message, message.topic(), message.traits(), std::move(properties));
}

}  // namespace

Result<std::string> topic_of(const Decoded& decoded, const Addressing& addressing) {
    const bool is_rabbitmq = addressing.dialect() == Dialect::rabbitmq;
    if (!decoded.to.empty()) {
        if (auto whole = topic_that_was_shortened(decoded, decoded.to, addressing)) return *std::move(whole);
        Result<std::string> topic = addressing.topic_of(decoded.to);
        if (topic || !is_rabbitmq) return topic;
    }
    if (is_rabbitmq && !decoded.subject.empty()) return addressing.topic_of_key(decoded.subject);
    return fail(Errc::invalid, "the message does not say where it was published: it has no 'to'");
}

void adapt_properties(Decoded& decoded, std::string_view topic, const Addressing& addressing) {
    Properties& properties = decoded.make_properties();
    if (!decoded.reply_to.empty()) {
        if (auto reply_topic = addressing.topic_of(decoded.reply_to)) properties.reply_to = *std::move(reply_topic);
    }
    const auto drop = [&](std::string_view name) {
        if (const auto header = find_header(properties, name); header != properties.headers.end()) properties.headers.erase(header);
    };
    const auto key = addressing.dialect() == Dialect::rabbitmq ? addressing.topic_of_key(decoded.subject)
                                                               : Result<std::string>(fail(Errc::invalid, ""));
    const bool is_shortened = addressing.is_shortened(topic);
    if (key ? *key == topic : is_shortened && addressing.dialect() == Dialect::rabbitmq) drop(names::subject);
    if (is_shortened) drop(topic_header);
    if (addressing.dialect() == Dialect::activemq) {
        take_out_what_activemq_added(properties);
        read_value_types(properties.headers);
    }
    if (const auto moved = find_header(properties, moved_subject); moved != properties.headers.end()) moved->name = names::subject;
    if (properties == Properties()) decoded.properties.reset();
}

Encoded encode_for(const Message& message, const std::string& address, const Addressing& addressing, const EncodeForm& asked) {
    const bool is_rabbitmq = addressing.dialect() == Dialect::rabbitmq;
    EncodeForm form = asked;
    // Its readers by other protocols get the octets of an amqp-value, head and all.
    form.values_as_data = is_rabbitmq;
    const bool moves_subject = is_rabbitmq && has_header(message, names::subject);
    const bool tells_topic = addressing.is_shortened(message.topic());
    const bool tells_types = addressing.dialect() == Dialect::activemq && needs_value_types(message);
    const bool is_changed = moves_subject || tells_topic || tells_types;
    const MessagePtr changed = is_changed ? rearranged(message, moves_subject, tells_topic, tells_types) : nullptr;
    const Message& written = changed ? *changed : message;
    const std::string reply_to =
        message.properties().reply_to.empty() ? std::string() : addressing.address_of(message.properties().reply_to);
    const std::string key = is_rabbitmq && addressing.node() == Node::topic ? addressing.key_of(message.topic()) : std::string();
    Encoded out;
    append_header(out.head, written, wall_now());
    out.head += encode_head(written, {address, reply_to, key}, form);
    out.payload = payload_behind(written, form).empty() ? std::string_view() : as_text(message.payload());
    return out;
}

void set_node_capability(pn_terminus_t* terminus, Dialect dialect, Node node) {
    const bool knows_it = dialect == Dialect::artemis || dialect == Dialect::activemq || dialect == Dialect::qpid;
    if (!knows_it) return;
    const std::string_view name = node == Node::topic ? "topic" : "queue";
    pn_data_t* const capabilities = pn_terminus_capabilities(terminus);
    pn_data_put_array(capabilities, false, PN_SYMBOL);
    pn_data_enter(capabilities);
    pn_data_put_symbol(capabilities, pn_bytes(name.size(), name.data()));
    pn_data_exit(capabilities);
}

std::string rabbitmq_queue_address(const std::string& queue) {
    return Addressing(Dialect::rabbitmq, Node::queue, {"/amq/queue/", std::nullopt}).address_of_name(queue);
}

QueueLogin queue_login_of(const ClientSettings& settings) {
    const std::string host = settings.virtual_host.empty() ? "/" : settings.virtual_host;
    if (settings.mechanisms == "EXTERNAL") return {host, "EXTERNAL", {}, {}};
    // What RabbitMQ takes nobody for.
    if (settings.user.empty()) return {host, "PLAIN", "guest", "guest"};
    return {host, "PLAIN", settings.user, settings.password};
}

}  // namespace rialto::amqp
