#pragma once

#include <hiredis/hiredis.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/streams/settings.hpp"
#include "core/message.hpp"
#include "core/text_headers.hpp"

/// A message as the fields of an entry: `topic` where all share one stream, `body`, the fixed names of core/text_headers.hpp,
/// and the user's headers behind `h:`. Values are bytes as they are.
namespace rialto::redis::streams {

inline constexpr std::string_view topic_field = "topic";
inline constexpr std::string_view body_field = "body";
/// Who added an entry, where we also read: by it our own are known again, after a restart too.
inline constexpr std::string_view writer_field = "rialto-writer";

/// The words of the XADD that adds `message`, borrowed from it, from the settings and from the object itself.
class AddCommand {
public:
    /// @param is_marked  say in a field of its own that it was us
    AddCommand(const Message& message, const Settings& settings, bool is_marked);
    AddCommand(const AddCommand&) = delete;
    AddCommand& operator=(const AddCommand&) = delete;

    std::span<const std::string_view> words() const noexcept { return words_; }

private:
    void trim(const Settings& settings);

    std::string limit_;
    TextHeaders headers_;
    std::vector<std::string_view> words_;
};

/// The fields of an entry. Borrowed from the reply that they came in.
struct Fields {
    std::string_view topic;  ///< the key's name where no field says it
    std::optional<std::string_view> body;
    std::string_view writer;
    TextHeaders others;
};

/// @param fields  names and values in turn
Fields read_fields(std::string_view key, std::span<redisReply* const> fields, const Settings& settings);

/// The message that an entry is. One without `body` was not written by a gateway: all its fields become one JSON object,
/// as texts; a name that repeats has an array, and what is no text stands in base64 as NAME_base64.
/// @pre check_topic(fields.topic) holds
MessagePtr message_from(Fields fields);

}  // namespace rialto::redis::streams
