#include "adapters/stomp/addresses.hpp"

namespace rialto::stomp {
namespace {

/// Undoes what RabbitMQ does with a routing key in a destination.
std::string without_escapes(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view code = text.substr(i, 3);
        const bool is_code = code == "%25" || code == "%2F";
        out.push_back(is_code ? (code == "%25" ? '%' : '/') : text[i]);
        if (is_code) i += 2;
    }
    return out;
}

}  // namespace

std::string Addresses::destination_of(std::string_view topic) const {
    return prefix_ + dotted_name(topic, form_);
}

std::string Addresses::pattern_of(const TopicFilter& filter) const {
    return prefix_ + dotted_pattern(filter, form_);
}

bool Addresses::shortens(std::string_view topic) const {
    return form_.longest != 0 && is_shortened(dotted_name(topic, form_), form_);
}

Result<std::string> Addresses::topic_of(std::string_view destination) const {
    return topic_written(dialect_->escapes_percent ? without_escapes(destination) : std::string(destination));
}

Result<std::string> Addresses::topic_written(std::string_view address) const {
    if (!address.starts_with(prefix_)) return fail(Errc::invalid, "the destination does not begin with '" + prefix_ + "'");
    return topic_of_dotted(address.substr(prefix_.size()), form_);
}

}  // namespace rialto::stomp
