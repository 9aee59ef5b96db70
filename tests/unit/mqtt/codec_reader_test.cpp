#include "tests/unit/mqtt/packets_under_test.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::mqtt;
using namespace rialto::mqtt::test;

namespace {

bool is_varint(std::string_view text, std::uint32_t expected) {
    const Bytes bytes = hex(text);
    Reader reader(as_bytes(bytes));
    return reader.varint() == expected && !reader.failed() && reader.at_end();
}

bool is_bad_varint(std::string_view text) {
    const Bytes bytes = hex(text);
    Reader reader(as_bytes(bytes));
    return reader.varint() == 0 || reader.failed();
}

bool is_text(std::string_view text) {
    return is_utf8_text(hex(text));
}

}  // namespace

TEST_CASE("a Variable Byte Integer has one to four bytes, section 1.5.5") {
    CHECK(is_varint("00", 0));
    CHECK(is_varint("7f", 127));
    CHECK(is_varint("80 01", 128));
    CHECK(is_varint("ff 7f", 16'383));
    CHECK(is_varint("80 80 01", 16'384));
    CHECK(is_varint("ff ff 7f", 2'097'151));
    CHECK(is_varint("80 80 80 01", 2'097'152));
    CHECK(is_varint("ff ff ff 7f", 268'435'455));
    CHECK(is_bad_varint("80 80 80 80 01"));
    CHECK(is_bad_varint("80"));
}

TEST_CASE("a Variable Byte Integer in more bytes than needed is malformed [MQTT-1.5.5-1]") {
    const Bytes bytes = hex("85 00");
    Reader reader(as_bytes(bytes));
    reader.varint();
    CHECK(reader.fault().reason == ReasonCode::malformed_packet);
}

TEST_CASE("a Variable Byte Integer is written in the fewest bytes") {
    for (const std::uint32_t value : {0U, 127U, 128U, 16'383U, 16'384U, 2'097'151U, 2'097'152U, max_varint}) {
        Bytes bytes;
        Writer writer(extend(bytes, varint_size(value)));
        writer.varint(value);
        CHECK(writer.at() == as_bytes(bytes).data() + bytes.size());
        CHECK(is_varint(to_hex(bytes), value));
    }
}

TEST_CASE("after the first fault every read gives nothing, and the fault stays") {
    const Bytes bytes = hex("0005 6162 0102");
    Reader reader(as_bytes(bytes));
    CHECK(reader.string().empty());
    CHECK(reader.u8() == 0);
    CHECK(reader.u32() == 0);
    CHECK(reader.rest().empty());
    reader.fail(protocol_error("later"));
    CHECK(reader.finish().reason == ReasonCode::malformed_packet);
}

TEST_CASE("text is well-formed UTF-8 of every length") {
    CHECK(is_text(""));
    CHECK(is_text("61 62 63 64 65 66 67 68 69"));
    CHECK(is_text("c3a4"));
    CHECK(is_text("e282ac"));
    CHECK(is_text("f09f9880"));
    CHECK(is_text("61 62 63 64 65 66 67 c3 a4"));
    CHECK(is_text("f48fbfbf"));
}

TEST_CASE("text that is not well-formed is refused [MQTT-1.5.4-1]") {
    CHECK_FALSE(is_text("80"));
    CHECK_FALSE(is_text("c3"));
    CHECK_FALSE(is_text("c080"));      // overlong U+0000
    CHECK_FALSE(is_text("e08080"));    // overlong
    CHECK_FALSE(is_text("f0808080"));  // overlong
    CHECK_FALSE(is_text("eda080"));    // surrogate U+D800
    CHECK_FALSE(is_text("edbfbf"));    // surrogate U+DFFF
    CHECK_FALSE(is_text("f4908080"));  // beyond U+10FFFF
    CHECK_FALSE(is_text("f5808080"));
    CHECK_FALSE(is_text("ff"));
    CHECK_FALSE(is_text("e282"));
    CHECK_FALSE(is_text("f09f98"));
    CHECK_FALSE(is_text("61 62 63 64 65 66 67 68 c3 28"));
}

TEST_CASE("U+0000 is refused wherever it stands [MQTT-1.5.4-2]") {
    CHECK_FALSE(is_text("00"));
    for (std::size_t at = 0; at < 20; ++at) {
        Bytes text(20, 'x');
        text[at] = '\0';
        CHECK_FALSE(is_utf8_text(text));
    }
}

TEST_CASE("U+FEFF stays where it is [MQTT-1.5.4-3]") {
    const Bytes bytes = hex("0003 efbbbf");
    Reader reader(as_bytes(bytes));
    CHECK(reader.string() == hex("efbbbf"));
    CHECK_FALSE(reader.finish());
}
