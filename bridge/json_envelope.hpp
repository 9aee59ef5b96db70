#pragma once

#include "core/message.hpp"
#include "core/text_headers.hpp"

namespace rialto::bridge {

/// A message as one JSON object without line breaks:
///
///   {"rialto":1,"topic":"a/b","headers":{"content-type":"text/plain","colour":["red","blue"]},"text":"hello"}
///
/// `headers` are the text headers of core/text_headers.hpp, left out where there are none; a name that repeats has an array,
/// and where its values do not stand together all of them are an array of pairs. The payload is `data` where it is JSON that
/// stays the same to the byte, `text` where it is other UTF-8, else `b64`.
Bytes json_envelope_of(const Message& message);

/// The message in it; null where the payload is no such object.
MessagePtr open_json_envelope(const Message& message);

/// What came in an envelope, with the carrier's topic and traits.
MessagePtr opened(const Message& carrier, ByteView payload, TextHeadersRead headers);

/// Whether `text` is JSON that may stand as it is inside other JSON, and be found again to the byte.
bool can_be_embedded(std::string_view text);

}  // namespace rialto::bridge
