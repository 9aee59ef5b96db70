#include "adapters/kafka/mapping.hpp"

#include <algorithm>

namespace rialto::kafka {
namespace {

constexpr FieldSet native_fields{Field::key, Field::timestamp};
constexpr TextHeaderForm native_form{.native = native_fields, .takes_bytes = true};
/// Times before 1970 have no place in a record; a header tells them.
constexpr std::string_view early_time = "timestamp-for-header";
constexpr TextHeaderForm form_with_timestamp{.native = {Field::key}, .takes_bytes = true};

/// Removes the header, which is ours; nothing where it is not there.
std::optional<std::string> take(TextHeaders& headers, std::string_view name) {
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& header) { return header.name == name; });
    if (found == headers.end()) return std::nullopt;
    std::string value = std::move(found->value);
    headers.erase(found);
    return value;
}

bool lists(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        if (list.substr(0, comma) == word) return true;
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return false;
}

Result<std::string> address_of(const Record& record, std::optional<std::string> told, const Layout& layout) {
    if (layout.is_one_topic()) {
        if (told && check_topic(*told)) return *std::move(told);
        if (record.key && check_topic(*record.key)) return *record.key;
        return layout.names.topic_of(record.topic);
    }
    if (!layout.names.is_shortened(record.topic)) return layout.names.topic_of(record.topic);
    if (told && check_topic(*told)) return *std::move(told);
    return fail(Errc::invalid, "a shortened name, and no header '" + std::string(topic_header) + "'");
}

}  // namespace

Result<Record> to_record(const Message& message, const Layout& layout) {
    Record record;
    if (layout.is_one_topic()) {
        record.topic = layout.topic;
    } else {
        auto name = layout.names.name_of(message.topic());
        if (name.has_error()) return name.error();
        record.topic = *std::move(name);
    }
    const Properties& properties = message.properties();
    const bool has_native_time = properties.timestamp && properties.timestamp->time_since_epoch().count() > 0;
    record.headers = text_headers_of(message, !properties.timestamp || has_native_time ? native_form : form_with_timestamp);
    std::string added;
    record.key = properties.key;
    if (!record.key && (layout.is_one_topic() || message.is_retained())) {  // compaction keeps the last one of each key
        record.key = Bytes(message.topic());
        added = "key";
    }
    if (has_native_time) {
        record.timestamp = properties.timestamp;
    } else {
        if (!added.empty()) added += ',';
        added += properties.timestamp ? early_time : "timestamp";
    }
    if (!message.clears_retained()) record.value = Bytes(as_text(message.payload()));
    if (layout.is_one_topic() || layout.names.is_shortened(record.topic)) {
        record.headers.push_back({std::string(topic_header), std::string(message.topic())});
    }
    if (!added.empty()) record.headers.push_back({std::string(added_header), std::move(added)});
    return record;
}

Result<MessagePtr> to_message(const Record& record, const Layout& layout) {
    TextHeaders headers = record.headers;
    const std::string added = take(headers, added_header).value_or("");
    auto address = address_of(record, take(headers, topic_header), layout);
    if (address.has_error()) return address.error();
    const bool tells_time = lists(added, early_time);
    const bool has_native_time = record.timestamp && !tells_time && !lists(added, "timestamp");
    TextHeadersRead read = read_text_headers(headers, tells_time ? form_with_timestamp : native_form);
    const bool has_key = record.key && !lists(added, "key");
    if (!read.properties && (has_key || has_native_time)) read.properties = std::make_unique<Properties>();
    if (has_key) read.properties->key = record.key;
    if (has_native_time) read.properties->timestamp = record.timestamp;
    const bool is_tombstone = !record.value;
    const Message::Traits traits{Qos::at_least_once, read.retain || is_tombstone};
    return Message::create(*address, is_tombstone ? ByteView() : as_bytes(*record.value), traits,
                           std::move(read.properties));
}

}  // namespace rialto::kafka
