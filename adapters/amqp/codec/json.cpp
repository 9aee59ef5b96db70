#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "adapters/amqp/codec/reader.hpp"
#include "adapters/amqp/codec/writer.hpp"
#include "core/json/value.hpp"
#include "core/topic.hpp"

namespace rialto::amqp {
namespace {

namespace json = boost::json;

constexpr int deepest = 30;  // Boost.JSON's own limit is 32

bool to_json(const Item& item, json::value& out, int depth);

bool items_to_json(const Item& item, json::array& out, int depth) {
    Reader reader(item.bytes);
    std::optional<std::uint8_t> code;
    if (item.type == Type::array && !(code = reader.take_constructor())) return false;
    if (code && *code < 0x50 && item.count > 0xffff) return false;
    for (std::uint32_t i = 0; i < item.count; ++i) {
        Item inner;
        json::value value;
        if (!(code ? reader.next_of(*code, inner) : reader.next(inner)) || !to_json(inner, value, depth)) return false;
        out.push_back(std::move(value));
    }
    return reader.at_end();
}

bool entries_to_json(const Item& item, json::object& out, int depth) {
    Reader reader(item.bytes);
    for (std::uint32_t i = 0; i + 1 < item.count; i += 2) {
        Item name;
        Item inner;
        json::value value;
        if (!reader.next(name) || !name.is_text() || !is_utf8_text(name.bytes)) return false;
        if (!reader.next(inner) || !to_json(inner, value, depth)) return false;
        if (!out.emplace(json::string_view(name.bytes), std::move(value)).second) return false;
    }
    return reader.at_end() && item.count % 2 == 0;
}

bool to_json(const Item& item, json::value& out, int depth) {
    if (depth > deepest) return false;
    switch (item.type) {
        case Type::null:
            return true;
        case Type::boolean:
            out = item.number != 0;
            return true;
        case Type::unsigned_integer:
            out = item.number;
            return true;
        case Type::signed_integer:
            out = static_cast<std::int64_t>(item.number);
            return true;
        case Type::real:
            out = item.real;
            return std::isfinite(item.real);
        case Type::string:
        case Type::symbol:
            out = json::string(json::string_view(item.bytes));
            return item.bytes.empty() || is_utf8_text(item.bytes);
        case Type::list:
        case Type::array:
            return items_to_json(item, out.emplace_array(), depth + 1);
        case Type::map:
            return entries_to_json(item, out.emplace_object(), depth + 1);
        default:
            return false;
    }
}

void write(const json::value& value, Writer& out) {
    switch (value.kind()) {
        case json::kind::null:
            return out.null();
        case json::kind::bool_:
            return out.boolean(value.get_bool());
        case json::kind::int64:
            return out.long_integer(value.get_int64());
        case json::kind::uint64:
            return out.ulong(value.get_uint64());
        case json::kind::double_:
            return out.real(value.get_double());
        case json::kind::string:
            return out.string(std::string_view(value.get_string()));
        case json::kind::array: {
            Compound list(out, Compound::Kind::list);
            for (const json::value& inner : value.get_array()) {
                list.count();
                write(inner, out);
            }
            return;
        }
        case json::kind::object: {
            Compound map(out, Compound::Kind::map);
            for (const auto& entry : value.get_object()) {
                map.count(2);
                out.string(std::string_view(entry.key()));
                write(entry.value(), out);
            }
            return;
        }
    }
}

}  // namespace

std::optional<std::string> json_of(const Item& item) {
    json::value value;
    if (!to_json(item, value, 0)) return std::nullopt;
    return json::serialize(value);
}

bool append_json(std::string_view text, Bytes& out) {
    json::error_code error;
    const json::value value = parse_json(text, error);
    if (error) return false;
    Writer writer(out);
    write(value, writer);
    return true;
}

}  // namespace rialto::amqp
