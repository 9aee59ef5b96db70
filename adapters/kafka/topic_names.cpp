#include "adapters/kafka/topic_names.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <utility>

namespace rialto::kafka {
namespace {

constexpr std::size_t longest_kafka_name = 249;
constexpr std::size_t longest_readable = 200;
constexpr std::string_view hash_mark = "-h";  // no escape: their digits are upper case
constexpr std::size_t hash_digits = 16;
constexpr std::string_view empty_level = "-00";

bool is_plain(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int digit_of(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string hash_of(std::string_view topic) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
    SHA256(reinterpret_cast<const unsigned char*>(topic.data()), topic.size(), hash.data());
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t at = 0; at < hash_digits / 2; ++at) {
        text += digits[hash[at] >> 4U];
        text += digits[hash[at] & 15U];
    }
    return text;
}

/// The octet that an escape at `at` stands for; -1 where there is none.
int escaped_octet(std::string_view name, std::size_t at) noexcept {
    if (name[at] != '-' || at + 2 >= name.size()) return -1;
    const int high = digit_of(name[at + 1]);
    const int low = digit_of(name[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// In POSIX extended regular expressions nothing else that a Kafka name may have means something.
std::string quoted(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c == '.') out += '\\';
        out += c;
    }
    return out;
}

}  // namespace

bool is_kafka_name(std::string_view name) noexcept {
    const auto is_legal = [](char c) { return is_plain(c) || c == '.' || c == '_' || c == '-'; };
    return !name.empty() && name.size() <= longest_kafka_name && name != "." && name != ".." &&
           std::all_of(name.begin(), name.end(), is_legal);
}

void TopicNames::append_level(std::string& out, std::string_view level) const {
    if (form_ == Form::verbatim) {
        out += level;
        return;
    }
    static constexpr char digits[] = "0123456789ABCDEF";
    if (level.empty()) out += empty_level;
    for (const char c : level) {
        if (is_plain(c)) {
            out += c;
            continue;
        }
        const auto octet = static_cast<unsigned char>(c);
        out += {'-', digits[octet >> 4U], digits[octet & 15U]};
    }
}

Result<std::string> TopicNames::name_of(std::string_view topic) const {
    std::string name = prefix_;
    Levels levels(topic);
    bool is_first = true;
    while (const auto level = levels.next()) {
        if (!std::exchange(is_first, false)) name += '.';
        append_level(name, *level);
    }
    if (form_ == Form::verbatim) {
        if (is_kafka_name(name) && topic.find('.') == std::string_view::npos) return name;
        return fail(Errc::invalid, "Kafka has no topic named '" + name + "'");
    }
    if (name.size() > longest_readable) {
        name.resize(longest_readable);
        name += hash_mark;
        name += hash_of(topic);
    }
    return name;
}

bool TopicNames::is_shortened(std::string_view name) const noexcept {
    return form_ == Form::escaped && name.size() == longest_readable + hash_mark.size() + hash_digits &&
           name.substr(longest_readable, hash_mark.size()) == hash_mark;
}

Result<std::string> TopicNames::topic_of(std::string_view name) const {
    if (!name.starts_with(prefix_)) return fail(Errc::invalid, "the name does not begin with '" + prefix_ + "'");
    if (is_shortened(name)) return fail(Errc::invalid, "a shortened name, and no header 'rialto-topic'");
    name.remove_prefix(prefix_.size());
    std::string topic;
    for (std::size_t at = 0; at < name.size(); ++at) {
        const int octet = form_ == Form::escaped ? escaped_octet(name, at) : -1;
        if (octet < 0) {
            topic += name[at] == '.' ? '/' : name[at];
            continue;
        }
        if (octet != 0) topic += static_cast<char>(octet);
        at += 2;
    }
    if (const auto is_topic = check_topic(topic); !is_topic) return is_topic.error();
    return topic;
}

std::string TopicNames::pattern_of(const TopicFilter& filter) const {
    std::string pattern = "^" + quoted(prefix_);
    Levels levels(filter.text());
    bool is_first = true;
    while (const auto level = levels.next()) {
        const std::string_view dot = is_first ? "" : "\\.";
        if (*level == "#") {
            pattern += is_first ? ".+" : "(\\..+)?";
        } else if (*level == "+") {
            pattern.append(dot) += form_ == Form::escaped ? "[^.]+" : "[^.]*";
        } else {
            std::string text;
            append_level(text, *level);
            pattern.append(dot) += quoted(text);
        }
        is_first = false;
    }
    return pattern + "$";
}

std::string TopicNames::fixed_beginning(const TopicFilter& filter) const {
    std::string beginning = prefix_;
    Levels levels(filter.text());
    bool is_first = true;
    while (const auto level = levels.next()) {
        if (*level == "+" || *level == "#") break;
        if (!std::exchange(is_first, false)) beginning += '.';
        append_level(beginning, *level);
    }
    return beginning.substr(0, longest_readable);
}

std::vector<std::string> TopicNames::subscriptions(const std::vector<TopicFilter>& filters) const {
    std::vector<std::string> out;
    for (const TopicFilter& filter : filters) {
        if (filter.has_wildcard()) {
            out.push_back(pattern_of(filter));
            // What is below may have a long name, of which only the header tells the topic.
            if (form_ == Form::escaped) out.push_back("^" + quoted(fixed_beginning(filter)) + ".*-h[0-9a-f]{16}$");
        } else if (auto name = name_of(filter.text())) {
            out.push_back(*std::move(name));
        }  // else there is no such Kafka topic
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

}  // namespace rialto::kafka
