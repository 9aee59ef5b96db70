#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/topic.hpp"

/// Topics as brokers write them whose addresses are words with dots between: AMQP routing keys, JMS topics.
namespace rialto {

/// How one broker writes them. A level of a topic is a word. What may not stand in a word is written `%HH`, and an empty
/// level `%00`, so no two topics have the same name.
struct DottedForm {
    char separator = '.';
    std::string_view escaped;        ///< the characters that mean something there, beside the separator and '%'
    std::string_view one_word = "*";
    std::string_view all_words = "#";  ///< no word too, so that "a.#" is all that "a/#" asks for
    std::size_t longest = 0;         ///< bytes of a name; 0: no limit
    bool is_verbatim = false;        ///< nothing is escaped, and the separator is a slash
};

/// AMQP 0-9-1 routing keys of a topic exchange: at most 255 bytes.
inline constexpr DottedForm rabbitmq_form{'.', "*#", "*", "#", 255};
/// The same on a Qpid broker's `amq.topic`.
inline constexpr DottedForm qpid_form{'.', "*#", "*", "#", 255};
/// A colon too: `::` there divides an address from a queue. After a question mark a subscriber's address has options.
inline constexpr DottedForm artemis_form{'.', "*#>:?", "*", "#"};
/// A comma divides destinations there, and after a question mark come options.
inline constexpr DottedForm activemq_form{'.', "*#>,?:", "*", ">"};
/// A broker that nothing is known of: the topic as it is.
inline constexpr DottedForm verbatim_form{'/', "", "+", "#", 0, true};

/// The same form with another character between the words; a slash leaves empty levels as they are.
DottedForm with_separator(DottedForm form, char separator);

/// The broker's name for a topic. One that would be over the limit ends in a hash of the whole: it is unique but can't be
/// read back, so the topic has to travel in a header (is_shortened() tells), and only filters that ask for the name, or for
/// all below its beginning, find it.
std::string dotted_name(std::string_view topic, const DottedForm& form);
/// Whether the name ends in a hash.
bool is_shortened(std::string_view name, const DottedForm& form) noexcept;

/// The way back. Names that are not ours are read too: an empty word is an empty level, '%' without two digits is itself.
/// @error invalid  no topic: it has wildcards of topics in it, is shortened, or too long
Result<std::string> topic_of_dotted(std::string_view name, const DottedForm& form);

/// The narrowest pattern of that broker that has all that `filter` asks for. It may have more: the filter decides.
std::string dotted_pattern(const TopicFilter& filter, const DottedForm& form);

}  // namespace rialto
