#pragma once

#include "adapters/stomp/decoder.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rialto::stomp::testing {

using namespace std::string_view_literals;

/// What came out of a decoder: the frames, how many heart-beats, and the error that ended it, if one did.
struct Decoding {
    std::vector<Frame> frames;
    int heart_beats = 0;
    std::string error;
    Errc code = Errc::internal;
};

inline void feed(Decoder& decoder, std::string_view bytes, Decoding& outcome) {
    ByteView input = as_bytes(bytes);
    for (;;) {
        const Result<Decoded> decoded = decoder.next(input);
        if (decoded.has_error()) {
            outcome.error = decoded.error().message;
            outcome.code = decoded.error().code;
            return;
        }
        if (*decoded == Decoded::need_more) return;
        if (*decoded == Decoded::heart_beat) ++outcome.heart_beats;
        if (*decoded == Decoded::frame) outcome.frames.push_back(decoder.frame());
    }
}

inline Decoding decode(std::string_view bytes, Version version = Version::v1_2, DecoderLimits limits = {}) {
    Decoder decoder(limits);
    decoder.set_version(version);
    Decoding outcome;
    feed(decoder, bytes, outcome);
    return outcome;
}

/// The first header of that name, or "(none)".
inline std::string header(const Frame& frame, std::string_view name) {
    return std::string(frame.headers.find(name).value_or("(none)"));
}

}  // namespace rialto::stomp::testing
