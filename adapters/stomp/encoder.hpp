#pragma once

#include "adapters/stomp/frame.hpp"
#include "adapters/stomp/version.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rialto::stomp {

/// Writes one frame at the end of a buffer: the command at once, then headers, then the body. Lives on: one
/// thread.
class FrameWriter {
public:
    /// `out` must outlive the writer.
    FrameWriter(std::string& out, Command command, Version version);

    /// `name` and `value` are plain text; escapes are the writer's business.
    FrameWriter& header(std::string_view name, std::string_view value);
    FrameWriter& header(std::string_view name, std::uint64_t value);

    /// The blank line, the body and the closing NUL. A body that is not empty gets its content-length, which
    /// a body with NUL octets must have [STOMP 1.2, Header content-length].
    void finish(std::string_view body = {});

private:
    std::string& out_;
    Version version_;
    bool escapes_;
};

/// One header line with its escapes, as FrameWriter writes it into a frame that is escaped.
void append_header(std::string& out, std::string_view name, std::string_view value, Version version);

/// A whole frame. A content-length among its headers is replaced by the true one.
void encode(const Frame& frame, Version version, std::string& out);

}  // namespace rialto::stomp
