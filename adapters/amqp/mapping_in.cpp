#include <algorithm>

#include "adapters/amqp/codec/reader.hpp"
#include "adapters/amqp/codec/section.hpp"
#include "adapters/amqp/mapping.hpp"
#include "adapters/amqp/names.hpp"
#include "core/topic.hpp"
#include "core/value_text.hpp"

namespace rialto::amqp {
namespace {

/// Beyond any that a program makes; merging what headers say looks at each pair.
constexpr std::uint32_t most_headers = 1000;

Error malformed(std::string_view what) { return fail(Errc::protocol, "the message is malformed: " + std::string(what)); }

bool is_text(std::string_view text) noexcept { return text.empty() || is_utf8_text(text); }

/// Reads the sections of one message, one after the other.
class MessageReader {
public:
    MessageReader(std::string_view octets, WallTime arrived, const DecodeForm& form)
        : reader_(octets), octets_(octets), arrived_(arrived), form_(form) {}

    Result<Decoded> read() {
        while (!reader_.at_end()) {
            const std::size_t start = octets_.size() - reader_.rest().size();
            Item descriptor;
            Item value;
            if (!reader_.next(descriptor) || descriptor.type != Type::described) return malformed("no section begins where one should");
            const auto section = section_of(descriptor);
            if (!section) return malformed("a section of an unknown kind");
            if (!reader_.next(value) || value.type == Type::described) return malformed("a section ends early");
            const std::size_t end = octets_.size() - reader_.rest().size();
            const std::string_view whole = octets_.substr(start, end - start);
            if (!bare_.add(*section, descriptor, whole)) return malformed("the body is of several kinds");
            const Result<void> read = read_section(*section, value, whole);
            if (read.has_error()) return read.error();
        }
        return finish();
    }

private:
    Result<void> read_section(Section section, const Item& value, std::string_view whole) {
        switch (section) {
            case Section::header:
                return read_header(value);
            case Section::message_annotations:
                return read_map(value, [this](const Item& name, const Item& item) { return read_annotation(name, item); });
            case Section::properties:
                return read_properties(value);
            case Section::application_properties:
                return read_map(value, [this](const Item& name, const Item& item) { return read_application(name, item); });
            case Section::data:
                return read_data(value);
            case Section::sequence:
            case Section::value:
                return read_value(section, value, whole);
            case Section::footer:
            case Section::delivery_annotations:  // meant for this hop alone
                return {};
        }
        return {};
    }

    Result<void> read_header(const Item& list) {
        if (list.type != Type::list) return malformed("the header is no list");
        Reader fields(list.bytes);
        for (std::uint32_t i = 0; i < list.count; ++i) {
            Item item;
            if (!fields.next(item)) return malformed("the header ends early");
            if (item.is_null()) continue;
            if (i == 0) decoded_.is_durable = item.number != 0;
            if (i == 1 && item.number <= 9 && item.number != 4) decoded_.make_properties().priority = static_cast<std::uint8_t>(item.number);
            if (i == 2) ttl_ = item.number & UINT32_MAX;
            if (i == 4) decoded_.delivery_count = static_cast<std::uint32_t>(item.number);
        }
        return {};
    }

    template <typename Each>
    Result<void> read_map(const Item& map, Each&& each) {
        if (map.type != Type::map) return malformed("a section is no map");
        if (map.count / 2 > most_headers) return fail(Errc::over_limit, "the message has too many headers");
        Reader entries(map.bytes);
        for (std::uint32_t i = 0; i + 1 < map.count; i += 2) {
            Item name;
            Item item;
            if (!entries.next(name) || name.type == Type::described || !entries.next(item)) return malformed("a map ends early");
            if (item.type == Type::described) {
                if (!entries.next(item)) return malformed("a map ends early");
                continue;  // of a type that nobody here knows
            }
            if (!name.is_text() || name.bytes.empty() || !is_utf8_text(name.bytes)) continue;
            const Result<void> read = each(name, item);
            if (read.has_error()) return read.error();
        }
        return {};
    }

    Result<void> read_annotation(const Item& name, const Item& item) {
        Properties& properties = decoded_.make_properties();
        if (name.bytes == names::via) return read_via(item);
        if (name.bytes == names::multi) return read_multi(item);
        if (name.bytes == names::opt_traceparent || name.bytes == names::traceparent) {
            if (item.is_text() && is_text(item.bytes)) properties.traceparent = item.bytes;
        } else if (name.bytes == names::opt_tracestate || name.bytes == names::tracestate) {
            if (item.is_text() && is_text(item.bytes)) properties.tracestate = item.bytes;
        } else {
            annotations_.push_back({std::string(names::from_wire(name.bytes)), value_of(item)});
        }
        return {};
    }

    Result<void> read_via(const Item& list) {
        if (list.type != Type::list) return {};
        Reader hops(list.bytes);
        for (std::uint32_t i = 0; i < list.count; ++i) {
            Item hop;
            if (!hops.next(hop) || !hop.is_text() || !is_text(hop.bytes)) return malformed("x-opt-rialto-via is no list of texts");
            decoded_.make_properties().via.emplace_back(hop.bytes);
        }
        return {};
    }

    Result<void> read_multi(const Item& list) {
        if (list.type != Type::list) return {};
        if (list.count > most_headers) return fail(Errc::over_limit, "the message has too many headers");
        Reader pairs(list.bytes);
        for (std::uint32_t i = 0; i < list.count; ++i) {
            Item pair;
            if (!pairs.next(pair) || pair.type != Type::list || pair.count != 2) return malformed("x-opt-rialto-multi is no list of pairs");
            Reader both(pair.bytes);
            Item name;
            Item value;
            if (!both.next(name) || !name.is_text() || !is_text(name.bytes) || !both.next(value) || value.type == Type::described)
                return malformed("x-opt-rialto-multi is no list of pairs");
            multi_.push_back({std::string(name.bytes), value_of(value)});
        }
        return {};
    }

    Result<void> read_properties(const Item& list) {
        if (list.type != Type::list) return malformed("the properties are no list");
        Reader fields(list.bytes);
        for (std::uint32_t i = 0; i < list.count; ++i) {
            Item item;
            if (!fields.next(item) || item.type == Type::described) return malformed("the properties end early");
            if (item.is_null()) continue;
            if (item.is_text() && !is_text(item.bytes)) return malformed("a property is no text");
            read_property(i, item);
        }
        return {};
    }

    void read_property(std::uint32_t index, const Item& item) {
        const auto text = [&](std::string_view& field) {
            if (item.is_text()) field = item.bytes;
        };
        const auto as_header = [&](std::string_view name) {
            decoded_.make_properties().headers.push_back({std::string(name), value_of(item)});
        };
        switch (index) {
            case 0:
                decoded_.make_properties().message_id = id_of(item).value_or(Id{});
                return;
            case 2:
                return text(decoded_.to);
            case 3:
                text(decoded_.subject);
                return as_header(names::subject);
            case 4:
                return text(decoded_.reply_to);
            case 5:
                decoded_.make_properties().correlation_id = id_of(item).value_or(Id{});
                return;
            case 6:
                decoded_.make_properties().content_type = item.bytes;
                return;
            case 7:
                decoded_.make_properties().content_encoding = item.bytes;
                return;
            case 8:
            case 9: {
                if (item.type != Type::timestamp) return;
                const WallTime time{std::chrono::milliseconds(static_cast<std::int64_t>(item.number))};
                // Zero is what JMS calls "never" and "not said".
                if (item.number != 0) (index == 8 ? decoded_.make_properties().expires_at : decoded_.make_properties().timestamp) = time;
                return;
            }
            case 10:
                decoded_.make_properties().key = Bytes(item.bytes);
                return;
            case 11:
                return as_header(names::group_sequence);
            case 12:
                return as_header(names::reply_to_group);
            default:
                return;  // user-id: nobody's word is taken for it
        }
    }

    Result<void> read_application(const Item& name, const Item& item) {
        Properties& properties = decoded_.make_properties();
        const bool has_text = item.is_text() && is_text(item.bytes);
        if (name.bytes == names::retain && item.type == Type::boolean) {
            decoded_.is_retained = item.number != 0;
        } else if (name.bytes == names::body && has_text) {
            if (item.bytes == "text") properties.body_kind = BodyKind::text;
        } else if (name.bytes == names::types && has_text) {
            types_ = TypesReader(item.bytes);
        } else if (name.bytes == names::content_type && has_text) {
            properties.content_type = item.bytes;
        } else if (name.bytes == names::content_encoding && has_text) {
            properties.content_encoding = item.bytes;
        } else if (name.bytes == names::key && item.type == Type::binary) {
            properties.key = Bytes(item.bytes);
        } else if (name.bytes == names::traceparent && has_text) {
            if (properties.traceparent.empty()) properties.traceparent = item.bytes;
        } else if (name.bytes == names::tracestate && has_text) {
            if (properties.tracestate.empty()) properties.tracestate = item.bytes;
        } else if (name.bytes != names::last_value) {
            application_.push_back({wire_name(name.bytes), value_of(item)});
        }
        return {};
    }

    std::string wire_name(std::string_view name) const {
        std::string text(name);
        if (!form_.jms_safe_names) return text;
        for (std::size_t at = text.find(names::jms_hyphen); at != std::string::npos; at = text.find(names::jms_hyphen, at + 1)) {
            text.replace(at, names::jms_hyphen.size(), "-");
        }
        return text;
    }

    Result<void> read_data(const Item& item) {
        if (item.type != Type::binary) return malformed("a data section holds no binary");
        if (bodies_++ == 0) {
            decoded_.single = item.bytes;
            return {};
        }
        if (!decoded_.is_joined) decoded_.joined = decoded_.single;
        decoded_.is_joined = true;
        decoded_.joined += item.bytes;
        return {};
    }

    Result<void> read_value(Section section, const Item& item, std::string_view whole) {
        ++bodies_;
        if (section == Section::value) {
            if (item.is_null()) return {};
            if (item.is_text() && is_text(item.bytes)) {
                decoded_.single = item.bytes;
                decoded_.make_properties().body_kind = BodyKind::text;
                wants_text_type_ = true;
                return {};
            }
            if (item.type == Type::binary) {
                decoded_.single = item.bytes;
                return {};
            }
        }
        if (form_.values == ValuePolicy::reject) return fail(Errc::invalid, "the body is neither octets nor text");
        if (!is_well_formed(whole)) return malformed("the body's value");
        auto json = form_.values == ValuePolicy::json && section == Section::value ? json_of(item) : std::nullopt;
        if (bodies_ > 1 || !json) return keep_sections(whole);
        decoded_.joined = *std::move(json);
        decoded_.is_joined = true;
        is_json_value_ = true;
        return {};
    }

    Result<void> keep_sections(std::string_view whole) {
        decoded_.is_joined = true;
        decoded_.joined += whole;
        is_sections_ = true;
        return {};
    }

    Result<Decoded> finish() {
        if (ttl_) {
            const WallTime until = arrived_ + std::chrono::milliseconds(*ttl_);
            auto& expires = decoded_.make_properties().expires_at;
            expires = expires ? std::min(*expires, until) : until;
        }
        if (is_json_value_ || is_sections_) {
            decoded_.make_properties().content_type = is_sections_ ? names::octets_type : names::json_type;
            if (is_json_value_) application_.push_back({std::string(names::body), std::string(names::value_body)});
        }
        if (wants_text_type_ && decoded_.properties->content_type.empty()) decoded_.properties->content_type = names::text_type;
        collect_headers();
        decoded_.bare = finish_bare();
        return std::move(decoded_);
    }

    std::optional<BareMessage> finish_bare() {
        const auto kind = is_sections_     ? BareMessage::Body::sections
                          : is_json_value_ ? BareMessage::Body::json
                                           : BareMessage::Body::payload;
        // Several data sections are one from here on, as many a receiver takes no more. Octets that are called text are data.
        const bool is_called_text = bare_.has_value() && !wants_text_type_ && decoded_.properties && decoded_.properties->body_kind == BodyKind::text;
        const bool rewrites_body = kind == BareMessage::Body::payload && (decoded_.is_joined || is_called_text);
        return bare_.finish(kind, as_text(decoded_.payload()), rewrites_body, form_.jms_safe_names);
    }

    void collect_headers() {
        if (application_.empty() && annotations_.empty()) return;
        for (Header& header : application_) {
            if (auto* const text = std::get_if<std::string>(&header.value); text && types_.take(header.name) == 'j') {
                header.value = Json{std::move(*text)};
            }
            header.name = names::from_wire(header.name);
        }
        std::vector<Header>& headers = decoded_.make_properties().headers;
        std::move(annotations_.begin(), annotations_.end(), std::back_inserter(application_));
        if (!multi_.empty()) return merge_multi(headers);
        std::move(application_.begin(), application_.end(), std::back_inserter(headers));
    }

    /// The list says order and repeats; the sections say what somebody on the way took out, changed or added.
    void merge_multi(std::vector<Header>& headers) {
        const auto find = [](std::vector<Header>& in, std::string_view name) {
            return std::find_if(in.begin(), in.end(), [name](const Header& header) { return header.name == name; });
        };
        std::vector<std::string> done;
        for (Header& header : multi_) {
            const auto current = find(application_, header.name);
            if (current == application_.end()) continue;
            const bool is_first = std::find(done.begin(), done.end(), header.name) == done.end();
            if (is_first) done.push_back(header.name);
            headers.push_back(is_first ? *current : std::move(header));
        }
        for (Header& header : application_) {
            if (std::find(done.begin(), done.end(), header.name) == done.end()) headers.push_back(std::move(header));
        }
    }

    Reader reader_;
    std::string_view octets_;
    WallTime arrived_;
    const DecodeForm& form_;
    Decoded decoded_;
    BareCollector bare_;
    std::vector<Header> application_;
    std::vector<Header> annotations_;
    std::vector<Header> multi_;
    TypesReader types_;
    std::optional<std::uint64_t> ttl_;
    int bodies_ = 0;
    bool wants_text_type_ = false;
    bool is_json_value_ = false;
    bool is_sections_ = false;
};

}  // namespace

Result<Decoded> decode(std::string_view octets, WallTime arrived, const DecodeForm& form) {
    return MessageReader(octets, arrived, form).read();
}

MessagePtr Decoded::to_message(std::string_view topic, bool is_settled, ClientNumber origin) {
    const Qos qos = is_settled || !is_durable ? Qos::at_most_once : Qos::at_least_once;
    return Message::create(topic, payload(), {qos, is_retained, origin}, std::move(properties), bare ? bare->keep() : nullptr);
}

}  // namespace rialto::amqp
