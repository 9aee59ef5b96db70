#include "adapters/stomp/decoder.hpp"
#include "adapters/stomp/destination.hpp"
#include "adapters/stomp/encoder.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

using namespace rialto;
using namespace rialto::stomp;

namespace {

constexpr DecoderLimits limits{.header_count = 16, .line_length = 256, .body_size = 1024};

void require(bool holds) {
    if (!holds) std::abort();
}

/// Everything that was decoded, written again in the same version, and whether an error ended it.
struct Reading {
    std::string frames;
    bool failed = false;
    friend bool operator==(const Reading&, const Reading&) = default;
};

Reading read(ByteView input, Version version, std::size_t piece) {
    Decoder decoder(limits);
    decoder.set_version(version);
    Reading reading;
    while (!input.empty() && !reading.failed) {
        const std::size_t length = std::min(piece, input.size());
        ByteView part = input.first(length);
        input = input.subspan(length);
        for (;;) {
            const Result<Decoded> decoded = decoder.next(part);
            reading.failed = decoded.has_error();
            if (reading.failed || *decoded == Decoded::need_more) break;
            if (*decoded == Decoded::frame) encode(decoder.frame(), version, reading.frames);
        }
    }
    return reading;
}

void check_destination(std::string_view text) {
    const Result<Destination> sent = parse_send_destination(text);
    if (sent.has_error() || sent->topic.find_first_of("+#") != std::string::npos)
        return;  // no topic of the bus
    for (const DestinationStyle style :
         {DestinationStyle{}, DestinationStyle{DestinationStyle::Place::topic, '.'}, sent->style}) {
        std::string written;
        append_destination(written, sent->topic, style);
        require(parse_send_destination(written)->topic == sent->topic);
    }
    static_cast<void>(parse_subscribe_destination(text));
}

}  // namespace

/// The pieces in which octets arrive change nothing, and what the encoder writes reads back to the same
/// frames.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto version = static_cast<Version>(data[0] % 3);
    const ByteView input{data + 2, size - 2};
    const Reading whole = read(input, version, input.size());
    require(whole == read(input, version, data[1] % 7 + 1));
    check_destination(as_text(input));

    Decoder again({.header_count = 17, .line_length = 1024, .body_size = 1024});
    again.set_version(version);
    ByteView bytes = as_bytes(whole.frames);
    std::string twice;
    for (;;) {
        const Result<Decoded> decoded = again.next(bytes);
        require(decoded.has_value());
        if (*decoded == Decoded::need_more) break;
        if (*decoded == Decoded::frame) encode(again.frame(), version, twice);
    }
    require(twice == whole.frames);
    return 0;
}
