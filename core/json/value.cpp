#include "core/json/value.hpp"

#include <charconv>
#include <string>
#include <utility>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

namespace rialto {
namespace json = boost::json;

namespace {

/// Builds the value from its parts. The parser gives a string and a number in several parts where one lies across the end of
/// what it was given, and a string where it has escapes.
struct Builder {
    using error = boost::system::error_code;
    using text = json::string_view;
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    explicit Builder(json::storage_ptr memory) { stack.reset(std::move(memory)); }

    bool on_document_begin(error&) { return true; }
    bool on_document_end(error&) { return true; }
    bool on_object_begin(error&) { return true; }
    bool on_object_end(std::size_t count, error&) { return push([&] { stack.push_object(count); }); }
    bool on_array_begin(error&) { return true; }
    bool on_array_end(std::size_t count, error&) { return push([&] { stack.push_array(count); }); }
    bool on_key_part(text part, std::size_t, error&) { return push([&] { stack.push_chars(part); }); }
    bool on_key(text part, std::size_t, error&) { return push([&] { stack.push_key(part); }); }
    bool on_string_part(text part, std::size_t, error&) { return push([&] { stack.push_chars(part); }); }
    bool on_string(text part, std::size_t, error&) { return push([&] { stack.push_string(part); }); }
    bool on_number_part(text part, error&) {
        number.append(part.data(), part.size());
        return true;
    }
    bool on_int64(std::int64_t value, text, error&) { return push([&] { stack.push_int64(value); }); }
    bool on_uint64(std::uint64_t value, text, error&) { return push([&] { stack.push_uint64(value); }); }
    bool on_double(double nearly, text rest, error&) {
        number.append(rest.data(), rest.size());
        double value = nearly;
        std::from_chars(number.data(), number.data() + number.size(), value);  // out of range: infinity or zero, as it is
        return push([&] { stack.push_double(value); });
    }
    bool on_bool(bool value, error&) { return push([&] { stack.push_bool(value); }); }
    bool on_null(error&) { return push([&] { stack.push_null(); }); }
    bool on_comment_part(text, error&) { return true; }
    bool on_comment(text, error&) { return true; }

    template <typename Push>
    bool push(Push one) {
        number.clear();
        one();
        return true;
    }

    json::value_stack stack;
    std::string number;
};

}  // namespace

json::value parse_json(std::string_view text, boost::system::error_code& error, json::storage_ptr memory) {
    json::basic_parser<Builder> parser(json::parse_options{}, std::move(memory));
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    if (!error && used != text.size()) error = json::error::extra_data;
    return error ? json::value() : parser.handler().stack.release();
}

}  // namespace rialto
