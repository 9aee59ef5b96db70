#include "adapters/zeromq/wire_form.hpp"

#include <array>
#include <utility>

#include "core/header_block.hpp"
#include "core/text_headers.hpp"
#include "core/topic.hpp"

namespace rialto::zeromq {

std::optional<Format> format_from(std::string_view name) noexcept {
    static constexpr std::array<std::pair<std::string_view, Format>, 4> known{{{"multipart", Format::multipart},
                                                                               {"three-part", Format::three_part},
                                                                               {"two-part", Format::two_part},
                                                                               {"one-part", Format::one_part}}};
    for (const auto& [text, format] : known) {
        if (text == name) return format;
    }
    return std::nullopt;
}

std::optional<Bytes> header_part_of(const Message& message, Format format) {
    if (format != Format::multipart && format != Format::three_part) return std::nullopt;
    Bytes block;
    if (message.has_properties() || message.is_retained()) block = header_block_of(text_headers_of(message));
    if (block.empty() && format == Format::multipart) return std::nullopt;
    return block;
}

std::string_view first_part_of(const Message& message, Format format) noexcept {
    return format == Format::one_part ? as_text(message.payload()) : message.topic();
}

Result<MessagePtr> read_parts(std::span<const ByteView> parts, std::string_view topic_of_one) {
    if (parts.empty() || parts.size() > most_parts) {
        return fail(Errc::protocol, "it has " + std::to_string(parts.size()) + " parts");
    }
    // What comes from here on counts: it is as safe as what the targets can promise.
    Message::Traits traits{Qos::at_least_once};
    if (parts.size() == 1) {
        if (topic_of_one.empty()) return fail(Errc::protocol, "it has one part, and 'topic' does not say its topic");
        return Message::create(topic_of_one, parts[0], traits);
    }
    const std::string_view topic = as_text(parts[0]);
    if (const auto is_topic = check_topic(topic); !is_topic) {
        return fail(Errc::protocol, "its first part is no topic: " + is_topic.error().message);
    }
    if (parts.size() == 2) return Message::create(topic, parts[1], traits);
    const Result<TextHeaders> headers = read_header_block(parts[1]);
    if (headers.has_error()) {
        return fail(Errc::protocol, "it has three parts, and the middle holds no headers: " + headers.error().message);
    }
    TextHeadersRead read = read_text_headers(*headers);
    traits.retain = read.retain;
    return Message::create(topic, parts[2], traits, std::move(read.properties));
}

}  // namespace rialto::zeromq
