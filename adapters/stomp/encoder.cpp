#include "adapters/stomp/encoder.hpp"

#include "adapters/stomp/escape.hpp"

namespace rialto::stomp {

FrameWriter::FrameWriter(std::string& out, Command command, Version version)
    : out_(out), version_(version), escapes_(is_escaped(command)) {
    out_.append(to_text(command)).push_back('\n');
}

FrameWriter& FrameWriter::header(std::string_view name, std::string_view value) {
    append_header(out_, name, value, escapes_ ? version_ : Version::v1_0);
    return *this;
}

FrameWriter& FrameWriter::header(std::string_view name, std::uint64_t value) {
    return header(name, std::string_view(std::to_string(value)));
}

void FrameWriter::finish(std::string_view body) {
    if (!body.empty()) header("content-length", body.size());
    out_.push_back('\n');
    out_.append(body).push_back('\0');
}

void append_header(std::string& out, std::string_view name, std::string_view value, Version version) {
    append_escaped(out, name, version, HeaderPart::name);
    out.push_back(':');
    append_escaped(out, value, version, HeaderPart::value);
    out.push_back('\n');
}

void encode(const Frame& frame, Version version, std::string& out) {
    FrameWriter writer(out, frame.command, version);
    for (std::size_t i = 0; i < frame.headers.size(); ++i) {
        const auto [name, value] = frame.headers[i];
        if (name != "content-length") writer.header(name, value);
    }
    writer.finish(frame.body);
}

}  // namespace rialto::stomp
