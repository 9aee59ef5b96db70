#pragma once

#include "core/bytes.hpp"
#include "core/error.hpp"
#include "core/text_headers.hpp"

/// Text headers as a block of lines, for transports that have room for bytes and none for headers: `name: value`, each ended
/// by CR LF. Backslash, CR, LF and colon are written as in STOMP 1.2: `\\`, `\r`, `\n`, `\c`.
/// @source STOMP 1.2, Value Encoding
namespace rialto {

Bytes header_block_of(const TextHeaders& headers);

/// Takes lines that end in LF alone too, and a last one without an end.
/// @error protocol  a line without a colon, or an escape that is none
Result<TextHeaders> read_header_block(ByteView block);

}  // namespace rialto
