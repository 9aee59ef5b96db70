#include "adapters/stomp/destination.hpp"
#include "adapters/stomp/header_names.hpp"
#include "adapters/stomp/mapping.hpp"
#include "adapters/stomp/sidecar.hpp"
#include "adapters/stomp/value_text.hpp"
#include "core/topic.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>
#include <optional>

namespace rialto::stomp {
namespace {

/// What a message without a priority has.
constexpr std::int64_t usual_priority = 4;

std::optional<std::int64_t> number_of(std::string_view text) noexcept {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
    return number;
}

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Reads the headers of one SEND or MESSAGE frame into properties. Most frames have none that need any.
class PropertyReader {
public:
    PropertyReader(const Headers& headers, const Dialect& dialect, const Addresses* addresses)
        : headers_(headers), dialect_(dialect), addresses_(addresses) {
        if (const auto types = headers.find(types_header)) marks_ = parse_types(*types);
    }

    void read() {
        for (std::size_t i = 0; i < headers_.size(); ++i) {
            const auto [name, value] = headers_[i];
            // Of repeated entries only the first is the value [STOMP 1.2, Repeated Header Entries].
            if (headers_.find(name)->data() != value.data()) continue;
            if (is_added(name, dialect_) && !is_group(name)) continue;
            read_header(name, value);
        }
        if (const auto multi = headers_.find(multi_header)) put_in_place(parse_places(*multi));
        if (dialect_.is_trusted) read_sidecars();
    }

    void read_body(std::string_view body) {
        const auto said = headers_.find(body_header);
        if (said == std::string_view("bytes")) return;
        const bool is_implied = (properties_ && implies_utf8(properties_->content_type)) ||
                                (dialect_.tells_text_by_length && !body.empty() && !headers_.find("content-length"));
        if (said != std::string_view("text") && !is_implied) return;
        if (is_utf8_text(body)) properties().body_kind = BodyKind::text;
    }

    bool is_persistent = false;
    bool is_retained = false;
    std::unique_ptr<const Properties> take() { return std::move(properties_); }
    std::unique_ptr<const Properties> take_unless_empty() {
        if (properties_ && *properties_ == Properties{}) properties_.reset();
        return take();
    }

private:
    Properties& properties() {
        if (!properties_) properties_ = std::make_unique<Properties>();
        return *properties_;
    }

    const TypeMark* mark_of(std::string_view name) const noexcept {
        for (const TypeMark& mark : marks_) {
            if (mark.name == name) return &mark;
        }
        return nullptr;
    }

    void read_header(std::string_view name, std::string_view value) {
        const TypeMark* mark = mark_of(is_group(name) ? group_header : name);
        std::string decoded;
        if (mark && mark->is_percent_encoded) {
            decoded = percent_decoded(value);
            value = decoded;
        }
        const char letter = mark ? mark->letter : '\0';
        if (!(dialect_.is_trusted && read_dialect(name, value, letter)) && !read_field(field_of(name), value, letter))
            add_user_header(name, value, mark);
    }

    /// Whether the broker shows there what was sent as JMSXGroupID.
    bool is_group(std::string_view name) const noexcept { return !dialect_.group.empty() && name == dialect_.group; }

    /// What only brokers have: their own names, and what the table of names can't tell.
    bool read_dialect(std::string_view name, std::string_view value, char letter) {
        if (name == dialect_.message_id) return read_id(properties().message_id, value, letter);
        if (name == key_header || is_group(name)) return read_key(value, letter);
        if (!dialect_.has_ttl || name != "expiration") return false;
        const auto ttl = number_of(value);
        if (ttl && !headers_.find("expires")) properties().expires_at = wall_now() + std::chrono::milliseconds(*ttl);
        return ttl.has_value();
    }

    /// What stands in for a part that the broker's own header could not say.
    void read_sidecars() {
        if (dialect_.repeats_timestamp) read_header("timestamp", last("timestamp"));
        const auto exact = headers_.find(timestamp_header);
        const auto ms = exact ? number_of(*exact) : std::nullopt;
        if (ms && properties_ && properties_->timestamp &&
            std::chrono::floor<std::chrono::seconds>(WallTime(std::chrono::milliseconds(*ms))) ==
                *properties_->timestamp) {
            properties().timestamp = WallTime(std::chrono::milliseconds(*ms));
        }
    }

    std::string_view last(std::string_view name) const noexcept {
        std::string_view found = "0";
        for (std::size_t i = 0; i < headers_.size(); ++i) {
            if (headers_[i].name == name) found = headers_[i].value;
        }
        return found;
    }

    /// False where the header is the user's, or its value is none that the field can hold.
    bool read_field(Field field, std::string_view value, char letter) {
        switch (field) {
            case Field::user:
                return false;
            case Field::protocol:
            case Field::secret:
            case Field::identity:
            case Field::sidecar:
                return true;
            case Field::via:
                if (dialect_.is_trusted) properties().via = places_of(value);
                return true;
            case Field::content_type:
                return assign(properties().content_type, value);
            case Field::content_encoding:
                return assign(properties().content_encoding, value);
            case Field::traceparent:
                return assign(properties().traceparent, value);
            case Field::tracestate:
                return assign(properties().tracestate, value);
            case Field::message_id:
                return read_id(properties().message_id, value, letter);
            case Field::correlation_id:
                return read_id(properties().correlation_id, value, letter);
            case Field::reply_to:
                return read_reply_to(value);
            case Field::expires:
                return read_time(&Properties::expires_at, value);
            case Field::timestamp:
                return read_time(&Properties::timestamp, value);
            case Field::priority:
                return read_priority(value);
            case Field::persistent:
                return read_flag(is_persistent, value);
            case Field::retain:
                return read_flag(is_retained, value);
            case Field::key:
                return read_key(value, letter);
        }
        return false;
    }

    static bool assign(std::string& field, std::string_view value) {
        field = value;
        return true;
    }

    static bool read_flag(bool& flag, std::string_view value) noexcept {
        flag = value == "true";
        return flag || value == "false";
    }

    static bool read_id(Id& id, std::string_view text, char letter) {
        if (letter == 0) {
            id = std::string(text);
            return true;
        }
        auto value = value_from(letter, text);
        if (!value) return false;
        if (auto* number = std::get_if<std::uint64_t>(&*value))
            id = *number;
        else if (auto* uuid = std::get_if<Uuid>(&*value))
            id = *uuid;
        else if (auto* bytes = std::get_if<Binary>(&*value))
            id = std::move(*bytes);
        else
            return false;
        return true;
    }

    bool read_reply_to(std::string_view value) {
        if (addresses_) {
            Result<std::string> topic = addresses_->topic_written(value);
            if (topic) properties().reply_to = std::move(*topic);
            return topic.has_value();
        }
        Result<Destination> destination = parse_send_destination(value);
        if (destination.has_error() || check_topic(destination->topic).has_error()) return false;
        properties().reply_to = std::move(destination->topic);
        return true;
    }

    bool read_time(std::optional<WallTime> Properties::*field, std::string_view value) {
        auto ms = number_of(value);
        if (!ms) return false;
        if (field == &Properties::timestamp) {
            constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 1000;
            if (dialect_.counts_seconds && *ms > most) return false;
            if (dialect_.counts_seconds) *ms *= 1000;
            if (properties_) properties_->timestamp.reset();
        }
        // Zero is what JMS calls "never" and "not said".
        if (*ms != 0) properties().*field = WallTime(std::chrono::milliseconds(*ms));
        return true;
    }

    bool read_priority(std::string_view value) {
        const auto priority = number_of(value);
        if (!priority || *priority > 9) return false;
        if (dialect_.adds_priority && *priority == usual_priority) return true;
        properties().priority = static_cast<std::uint8_t>(*priority);
        return true;
    }

    bool read_key(std::string_view value, char letter) {
        if (letter == 0) {
            properties().key = Bytes(value);
            return true;
        }
        auto bytes = value_from(letter, value);
        if (!bytes || !std::holds_alternative<Binary>(*bytes)) return false;
        properties().key = std::move(std::get<Binary>(*bytes).bytes);
        return true;
    }

    void add_user_header(std::string_view wire_name, std::string_view text, const TypeMark* mark) {
        std::string name =
            mark && mark->is_percent_encoded ? percent_decoded(wire_name) : std::string(wire_name);
        if (name.starts_with(renamed_prefix) &&
            is_renamed(std::string_view(name).substr(renamed_prefix.size()), dialect_)) {
            name.erase(0, renamed_prefix.size());
        }
        std::optional<Value> typed;
        if (mark && mark->letter != 0) typed = value_from(mark->letter, text);
        properties().headers.push_back(
            {std::move(name), typed ? std::move(*typed) : Value(std::string(text))});
    }

    void put_in_place(Places places) {
        auto& headers = properties().headers;
        const auto place_of = [&places](const Header& header) {
            const auto found = std::find_if(places.names.begin(), places.names.end(),
                                            [&](const auto& place) { return place.second == header.name; });
            return found == places.names.end() ? std::numeric_limits<std::size_t>::max() : found->first;
        };
        std::stable_sort(headers.begin(), headers.end(),
                         [&](const Header& a, const Header& b) { return place_of(a) < place_of(b); });
        for (Placed& placed : places.repeated) {
            const std::size_t position = std::min(placed.position, headers.size());
            headers.insert(headers.begin() + static_cast<std::ptrdiff_t>(position), std::move(placed.header));
        }
    }

    static std::vector<std::string> places_of(std::string_view list) {
        std::vector<std::string> places;
        while (!list.empty()) {
            const std::size_t comma = std::min(list.find(','), list.size());
            places.push_back(percent_decoded(list.substr(0, comma)));
            list.remove_prefix(std::min(comma + 1, list.size()));
        }
        return places;
    }

    const Headers& headers_;
    const Dialect& dialect_;
    const Addresses* addresses_;  ///< of a broker; null for our own clients
    std::vector<TypeMark> marks_;
    std::unique_ptr<Properties> properties_;
};

}  // namespace

bool implies_utf8(std::string_view content_type) noexcept {
    const auto contains = [content_type](std::string_view part) {
        return std::search(content_type.begin(), content_type.end(), part.begin(), part.end(),
                           [](char a, char b) { return lower(a) == b; }) != content_type.end();
    };
    if (contains("charset=")) return contains("charset=utf-8") || contains("charset=\"utf-8\"");
    return contains("text/") || contains("/json") || contains("+json");
}

MessagePtr message_from(const Frame& send, std::string_view topic, ClientNumber origin) {
    PropertyReader reader(send.headers, client_dialect(), nullptr);
    reader.read();
    reader.read_body(send.body);
    const bool at_least_once = reader.is_persistent || send.headers.find("receipt").has_value() ||
                               send.headers.find("transaction").has_value();
    const Message::Traits traits{at_least_once ? Qos::at_least_once : Qos::at_most_once, reader.is_retained,
                                 origin};
    return Message::create(topic, as_bytes(send.body), traits, reader.take());
}

MessagePtr message_from_broker(const Frame& message, std::string_view topic, const Addresses& addresses) {
    PropertyReader reader(message.headers, addresses.dialect(), &addresses);
    reader.read();
    reader.read_body(message.body);
    const bool is_fleeting = message.headers.find("persistent") == std::string_view("false");
    const Message::Traits traits{is_fleeting ? Qos::at_most_once : Qos::at_least_once, reader.is_retained};
    return Message::create(topic, as_bytes(message.body), traits, reader.take_unless_empty());
}

}  // namespace rialto::stomp
