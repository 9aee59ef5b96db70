#include "core/dotted_topic.hpp"

#include <algorithm>
#include <array>
#include <openssl/sha.h>

namespace rialto {
namespace {

constexpr std::string_view empty_word = "%00";
/// No name of a topic has it: after '%' come two digits there.
constexpr std::string_view hash_mark = "%~";
constexpr std::size_t hash_digits = 16;

void append_escape(std::string& out, unsigned char octet) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    out.append({'%', digits[octet >> 4U], digits[octet & 15U]});
}

int digit_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The octet that the escape at `at` stands for; -1 where there is none.
int octet_at(std::string_view text, std::size_t at) noexcept {
    if (text[at] != '%' || at + 2 >= text.size()) return -1;
    const int high = digit_value(text[at + 1]);
    const int low = digit_value(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool has_to_be_escaped(char c, const DottedForm& form) noexcept {
    const auto octet = static_cast<unsigned char>(c);
    return octet < 0x20 || octet == 0x7F || c == '%' || c == form.separator ||
           form.escaped.find(c) != std::string_view::npos;
}

void append_word(std::string& out, std::string_view level, const DottedForm& form) {
    if (form.is_verbatim) {
        out += level;
        return;
    }
    if (level.empty() && form.separator != '/') out += empty_word;
    for (std::size_t i = 0; i < level.size(); ++i) {
        const bool is_trimmed_by_some = level[i] == ' ' && (i == 0 || i + 1 == level.size());
        if (is_trimmed_by_some || has_to_be_escaped(level[i], form)) {
            append_escape(out, static_cast<unsigned char>(level[i]));
        } else {
            out += level[i];
        }
    }
}

/// The longest beginning of at most `size` bytes that splits neither a character nor an escape.
std::string_view whole_beginning(std::string_view name, std::size_t size) noexcept {
    while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xC0U) == 0x80U) --size;
    for (std::size_t back = 1; back <= 2 && back <= size; ++back) {
        if (name[size - back] == '%') return name.substr(0, size - back);
    }
    return name.substr(0, size);
}

std::string hash_of(std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < hash_digits / 2; ++i) out.append({digits[digest[i] >> 4U], digits[digest[i] & 15U]});
    return out;
}

void append_level_of(std::string& topic, std::string_view word) {
    if (word == empty_word) return;
    for (std::size_t i = 0; i < word.size(); ++i) {
        const int octet = octet_at(word, i);
        topic += octet < 0 ? word[i] : static_cast<char>(octet);
        if (octet >= 0) i += 2;
    }
}

}  // namespace

DottedForm with_separator(DottedForm form, char separator) {
    form.separator = separator;
    form.is_verbatim = form.is_verbatim && separator == '/';
    if (form.one_word == "+" && separator != '/') form.escaped = "+#";
    return form;
}

std::string dotted_name(std::string_view topic, const DottedForm& form) {
    std::string name;
    name.reserve(topic.size() + 8);
    Levels levels(topic);
    for (auto level = levels.next(); level;) {
        append_word(name, *level, form);
        level = levels.next();
        if (level) name += form.separator;
    }
    if (form.longest == 0 || name.size() <= form.longest) return name;
    std::string shortened(whole_beginning(name, form.longest - hash_mark.size() - hash_digits));
    return shortened.append(hash_mark).append(hash_of(topic));
}

bool is_shortened(std::string_view name, const DottedForm& form) noexcept {
    if (form.longest == 0 || name.size() < hash_mark.size() + hash_digits) return false;
    return name.substr(name.size() - hash_mark.size() - hash_digits).starts_with(hash_mark);
}

Result<std::string> topic_of_dotted(std::string_view name, const DottedForm& form) {
    if (is_shortened(name, form)) {
        return fail(Errc::invalid, "the name '" + std::string(name) + "' was shortened and says no topic");
    }
    std::string topic;
    if (form.is_verbatim) {
        topic = name;
    } else {
        for (std::size_t begin = 0; begin <= name.size();) {
            const std::size_t end = std::min(name.find(form.separator, begin), name.size());
            if (begin != 0) topic += '/';
            append_level_of(topic, name.substr(begin, end - begin));
            begin = end + 1;
        }
    }
    if (auto ok = check_topic(topic); !ok) return ok.error();
    return topic;
}

std::string dotted_pattern(const TopicFilter& filter, const DottedForm& form) {
    if (!filter.has_wildcard()) return dotted_name(filter.text(), form);
    std::string pattern;
    Levels levels(filter.text());
    for (bool is_first = true; auto level = levels.next(); is_first = false) {
        const std::size_t before = pattern.size();
        if (!is_first) pattern += form.separator;
        if (*level == "+") {
            pattern += form.one_word;
        } else if (*level == "#") {
            pattern += form.all_words;
        } else {
            append_word(pattern, *level, form);
        }
        if (form.longest == 0 || pattern.size() + 1 + form.all_words.size() <= form.longest) continue;
        pattern.resize(before);  // what is too long to ask for is asked for by what stands before it
        if (!is_first) pattern += form.separator;
        return pattern.append(form.all_words);
    }
    return pattern;
}

}  // namespace rialto
