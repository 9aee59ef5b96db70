#pragma once

#include <string_view>

#include "core/error.hpp"
#include "core/message.hpp"

namespace rialto::store {

/// Appends `message` with all that it carries; only who published it in this process is left out.
void append_record(Bytes& out, const Message& message);

/// The way back. @error invalid  it is no such record, or one of a newer version
Result<MessagePtr> read_record(std::string_view record);

}  // namespace rialto::store
