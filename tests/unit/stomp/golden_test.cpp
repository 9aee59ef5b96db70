#include "adapters/stomp/encoder.hpp"
#include "tests/unit/stomp/decoding.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;
using namespace rialto::stomp::testing;

namespace {

/// One frame of each kind in the bytes that the encoder writes.
const std::vector<std::pair<Version, std::string_view>> golden = {
    {Version::v1_2, "CONNECT\naccept-version:1.0,1.1,1.2\nhost:a:1\nlogin:x\\y\n\n\0"sv},
    {Version::v1_2, "STOMP\naccept-version:1.2\nhost:h\n\n\0"sv},
    {Version::v1_2, "CONNECTED\nversion:1.2\nheart-beat:0,0\nserver:rialto/0.1.0\n\n\0"sv},
    {Version::v1_2,
     "SEND\ndestination:/queue/a\nnote:a\\cb\\nc\\rd\\\\e\ncontent-length:7\n\na\0b\nc\0d\0"sv},
    {Version::v1_1, "SEND\ndestination:/queue/a\nnote:a\\cb\\nc\\\\e\ncontent-length:2\n\nhi\0"sv},
    {Version::v1_0, "SEND\ndestination:/queue/a\nnote:a:b\\n\ncontent-length:2\n\nhi\0"sv},
    {Version::v1_2, "SUBSCRIBE\nid:0\ndestination:/topic/>\nack:client-individual\n\n\0"sv},
    {Version::v1_2, "UNSUBSCRIBE\nid:0\n\n\0"sv},
    {Version::v1_2, "ACK\nid:12\ntransaction:t1\n\n\0"sv},
    {Version::v1_1, "NACK\nsubscription:0\nmessage-id:7\n\n\0"sv},
    {Version::v1_2, "BEGIN\ntransaction:t1\n\n\0"sv},
    {Version::v1_2, "COMMIT\ntransaction:t1\n\n\0"sv},
    {Version::v1_2, "ABORT\ntransaction:t1\n\n\0"sv},
    {Version::v1_2, "DISCONNECT\nreceipt:77\n\n\0"sv},
    {Version::v1_2,
     "MESSAGE\nsubscription:0\nmessage-id:007\ndestination:/queue/a\ncontent-length:5\n\nhello\0"sv},
    {Version::v1_2, "RECEIPT\nreceipt-id:77\n\n\0"sv},
    {Version::v1_2, "ERROR\nmessage:no such subscription\n\n\0"sv},
};

}  // namespace

TEST_CASE("every golden frame is read and written back to the same bytes") {
    for (const auto& [version, bytes] : golden) {
        CAPTURE(std::string(bytes));
        const Decoding out = decode(bytes, version);
        REQUIRE(out.frames.size() == 1);
        std::string written;
        encode(out.frames[0], version, written);
        CHECK(written == bytes);
    }
}

TEST_CASE("every truncation of every golden frame waits for more and is no error") {
    for (const auto& [version, bytes] : golden) {
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            CAPTURE(std::string(bytes.substr(0, length)));
            const Decoding out = decode(bytes.substr(0, length), version);
            CHECK(out.frames.empty());
            CHECK(out.error.empty());
        }
    }
}

TEST_CASE("every golden frame cut in two anywhere is the same frame") {
    for (const auto& [version, bytes] : golden) {
        for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
            Decoder decoder;
            decoder.set_version(version);
            Decoding out;
            feed(decoder, bytes.substr(0, cut), out);
            feed(decoder, bytes.substr(cut), out);
            REQUIRE(out.frames.size() == 1);
            std::string written;
            encode(out.frames[0], version, written);
            CHECK(written == bytes);
        }
    }
}

TEST_CASE("the writer says the body's length in octets and nothing for an empty body") {
    std::string out;
    FrameWriter(out, Command::message, Version::v1_2).header("destination", "ü:").finish("ü\0"sv);
    CHECK(out == "MESSAGE\ndestination:ü\\c\ncontent-length:3\n\nü\0\0"sv);
    out.clear();
    FrameWriter(out, Command::receipt, Version::v1_2).header("receipt-id", 7).finish();
    CHECK(out == "RECEIPT\nreceipt-id:7\n\n\0"sv);
}

TEST_CASE("a false content-length among the headers of a frame is replaced by the true one") {
    Frame frame;
    frame.command = Command::send;
    frame.headers.add("content-length", "99");
    frame.body = "abc";
    std::string out;
    encode(frame, Version::v1_2, out);
    CHECK(out == "SEND\ncontent-length:3\n\nabc\0"sv);
}
