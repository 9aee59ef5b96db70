#include "core/json/text.hpp"

#include <algorithm>

#include <boost/json/basic_parser_impl.hpp>

namespace rialto {
namespace json = boost::json;

namespace {

/// Takes every part of a value and keeps nothing of it.
struct Ignore {
    using error = boost::system::error_code;
    using text = json::string_view;
    static constexpr std::size_t max_object_size = -1;
    static constexpr std::size_t max_array_size = -1;
    static constexpr std::size_t max_key_size = -1;
    static constexpr std::size_t max_string_size = -1;

    bool on_document_begin(error&) { return true; }
    bool on_document_end(error&) { return true; }
    bool on_object_begin(error&) { return true; }
    bool on_object_end(std::size_t, error&) { return true; }
    bool on_array_begin(error&) { return true; }
    bool on_array_end(std::size_t, error&) { return true; }
    bool on_key_part(text, std::size_t, error&) { return true; }
    bool on_key(text, std::size_t, error&) { return true; }
    bool on_string_part(text, std::size_t, error&) { return true; }
    bool on_string(text, std::size_t, error&) { return true; }
    bool on_number_part(text, error&) { return true; }
    bool on_int64(std::int64_t, text, error&) { return true; }
    bool on_uint64(std::uint64_t, text, error&) { return true; }
    bool on_double(double, text, error&) { return true; }
    bool on_bool(bool, error&) { return true; }
    bool on_null(error&) { return true; }
    bool on_comment_part(text, error&) { return true; }
    bool on_comment(text, error&) { return true; }
};

bool is_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/// Whether anything that begins so can be JSON; spares the parser most payloads that are not.
bool can_begin_json(std::string_view text) noexcept {
    const auto first = std::find_if_not(text.begin(), text.end(), is_space);
    if (first == text.end()) return false;
    return *first == '{' || *first == '[' || *first == '"' || *first == '-' ||
           (*first >= '0' && *first <= '9') || *first == 't' || *first == 'f' || *first == 'n';
}

/// Walks through the text of a valid object.
class Walk {
public:
    explicit Walk(std::string_view text) : text_(text) {}

    void skip_space() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }
    char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void step() { ++at_; }

    std::string_view take_string() {  // with its quotes
        const auto begin = at_++;
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        ++at_;
        return text_.substr(begin, at_ - begin);
    }

    std::string_view take_value() {
        const auto begin = at_;
        std::size_t depth = 0;
        while (at_ < text_.size()) {
            const char c = here();
            if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
            if (c == '"') {
                take_string();
                continue;
            }
            if (c == '{' || c == '[') ++depth;
            if (c == '}' || c == ']') --depth;
            ++at_;
        }
        auto value = text_.substr(begin, std::min(at_, text_.size()) - begin);
        while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
        return value;
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

bool is_json(std::string_view text) {
    if (!can_begin_json(text)) return false;
    json::parse_options options;
    options.max_depth = 64;
    json::basic_parser<Ignore> parser(options);
    boost::system::error_code error;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    return !error && used == text.size() && parser.done();
}

void append_json_string(Bytes& out, std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    out += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, plain, i - plain);
        plain = i + 1;
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                out += "\\u00";
                out += digits[c >> 4];
                out += digits[c & 15];
        }
    }
    out.append(text, plain);
    out += '"';
}

void append_json_on_one_line(Bytes& out, std::string_view json_text) {
    const std::size_t begin = out.size();
    out += json_text;
    // Inside strings line breaks are escaped, so what stands here is mere space.
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
        [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

std::optional<std::string_view> json_member_text(std::string_view object, std::string_view name) {
    Walk walk(object);
    std::optional<std::string_view> found;
    walk.skip_space();
    walk.step();  // {
    walk.skip_space();
    while (walk.here() == '"') {
        auto key = walk.take_string();
        key = key.substr(1, key.size() - 2);
        walk.skip_space();
        walk.step();  // :
        walk.skip_space();
        const auto value = walk.take_value();
        if (key == name) found = value;
        walk.skip_space();
        if (walk.here() != ',') break;
        walk.step();
        walk.skip_space();
    }
    return found;
}

}  // namespace rialto
