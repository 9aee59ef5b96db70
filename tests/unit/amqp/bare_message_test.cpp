#include <doctest/doctest.h>

#include "adapters/amqp/mapping.hpp"
#include "core/store/message_record.hpp"

using namespace rialto;
using namespace rialto::amqp;
using std::chrono::milliseconds;

namespace {

const WallTime now{milliseconds(1'800'000'000'000)};

Bytes octets(std::initializer_list<int> values) {
    Bytes out;
    for (const int value : values) out += static_cast<char>(value);
    return out;
}

/// A section whose list or map stands in its short form.
Bytes compound(int section, int constructor, int count, const Bytes& items) {
    return octets({0x00, 0x53, section, constructor, static_cast<int>(items.size()) + 1, count}) + items;
}
Bytes properties_list(int count, const Bytes& items) { return compound(0x73, 0xc0, count, items); }
Bytes application_map(int count, const Bytes& items) { return compound(0x74, 0xc1, count, items); }

/// To "t", with a ulong for an id that is written longer than it has to be.
const Bytes to_t = properties_list(3, octets({0x80, 0, 0, 0, 0, 0, 0, 0, 7, 0x40, 0xa1, 1, 't'}));
/// A short int, a float, a character, and a value of a type that nobody here knows.
const Bytes rare_types = application_map(8, octets({0xa1, 1, 'i', 0x71, 0, 0, 0, 5, 0xa1, 1, 'f', 0x72, 0x3f, 0x80, 0, 0, 0xa1, 1, 'c', 0x73, 0, 0, 0, 'x',
                                                    0xa1, 1, 'd', 0x00, 0xa3, 3, 'o', 'w', 'n', 0x41}));
const Bytes long_data = octets({0x00, 0x53, 0x75, 0xb0, 0, 0, 0, 2, 'h', 'i'});
const Bytes text_value = octets({0x00, 0x53, 0x77, 0xb1, 0, 0, 0, 2, 'h', 'i'});
const Bytes footer = compound(0x78, 0xc1, 2, octets({0xa3, 3, 's', 'u', 'm', 0x54, 9}));

MessagePtr read(std::string_view whole) {
    auto decoded = decode(whole, now);
    REQUIRE_MESSAGE(decoded.has_value(), decoded.error().message);
    return decoded->to_message("t", false);
}

/// Without the header section.
Bytes sent(const Message& message, std::string_view to = "t", const EncodeForm& form = {}) {
    return encode_head(message, {to, {}}, form).append(payload_behind(message, form));
}

MessagePtr changed(const Message& message, void (*change)(Properties&)) {
    auto properties = std::make_unique<Properties>(message.properties());
    change(*properties);
    return Message::rewrite(message, message.topic(), message.traits(), std::move(properties));
}

bool holds(const Bytes& whole, const Bytes& part) { return whole.find(part) != Bytes::npos; }

}  // namespace

TEST_CASE("a bare message goes on octet for octet, with data and with values") {
    const Bytes map_body = octets({0x00, 0x53, 0x77, 0xc1, 9, 2, 0xa1, 1, 'a', 0x71, 0, 0, 0, 1});
    const Bytes odd_map = octets({0x00, 0x53, 0x77, 0xc1, 5, 2, 0x54, 1, 0x54, 2});  // a number for a key: no JSON
    const Bytes null_value = octets({0x00, 0x53, 0x77, 0x40});
    const Bytes octets_value = octets({0x00, 0x53, 0x77, 0xb0, 0, 0, 0, 1, 0xff});
    for (const Bytes& body : {long_data, text_value, map_body, odd_map, null_value, octets_value}) {
        for (const Bytes& end : {Bytes(), footer}) {
            const Bytes bare = to_t + rare_types + body + end;
            CHECK(sent(*read(bare)) == bare);
        }
    }
}

TEST_CASE("several data sections are one from here on") {
    CHECK(sent(*read(to_t + rare_types + long_data + long_data + footer)) ==
          to_t + rare_types + octets({0x00, 0x53, 0x75, 0xa0, 4, 'h', 'i', 'h', 'i'}));
}

TEST_CASE("what the standard does not know is not handed to anybody") {
    const Bytes flag = application_map(2, octets({0xa1, 1, 'f', 0x41}));
    const Bytes improper[] = {
        properties_list(5, octets({0x40, 0x40, 0xa1, 1, 't', 0x40, 0x54, 5})),               // an int to reply to
        properties_list(3, octets({0x40, 0x40, 0xa3, 1, 't'})),                              // a symbol for an address
        properties_list(3, octets({0x45, 0x40, 0xa1, 1, 't'})),                              // a list for an id
        properties_list(4, octets({0x40, 0x40, 0xa1, 1, 't', 0x54, 5})),                     // an int for a subject
        octets({0x00, 0x52, 0x73, 0xc0, 6, 3, 0x40, 0x40, 0xa1, 1, 't'}),                    // a section named by a uint
        application_map(2, octets({0x54, 1, 0x41})),                                         // a number for a name
        application_map(4, octets({0xa1, 1, 'a', 0x41, 0xa1, 1, 'a', 0x41})),                // a name twice
        application_map(2, octets({0xa1, 1, 'm', 0xc1, 1, 0})),                              // a map in a map
        application_map(2, octets({0xa1, 1, 'b', 0x56, 5})),                                 // neither true nor false
        application_map(2, octets({0xa1, 1, 's', 0xa1, 1, 0xff})),                           // a string that is no UTF-8
        application_map(2, octets({0xa1, 13, '_', 'A', 'M', 'Q', '_', 'L', 'V', 'Q', '_', 'N', 'A', 'M', 'E', 0xa1, 1, 'x'})),
    };
    for (const Bytes& section : improper) {
        const Bytes octets = sent(*read(section + long_data));
        CHECK(!holds(octets, section));
        CHECK(decode(octets, now).has_value());
    }
    for (const Bytes& torn : {octets({0x00, 0x53, 0x78, 0xc1, 5, 2, 0xa3, 1, 's', 0x71}), octets({0x00, 0x53, 0x78, 0x54, 5})}) {
        CHECK(sent(*read(to_t + flag + long_data + torn)) == to_t + flag + long_data);
    }
    for (const Bytes& body : {long_data + octets({0x00, 0x53, 0x76, 0x45}), text_value + text_value}) {
        const Bytes mixed = to_t + flag + body;
        CHECK(decode(mixed, now).error().message == "the message is malformed: the body is of several kinds");
    }
    const Bytes long_list = properties_list(14, octets({0x40, 0x40, 0xa1, 1, 't'}) + Bytes(11, '\x40'));
    CHECK(!holds(sent(*read(long_list + long_data)), long_list));
    // A value with a map whose string is no UTF-8, and one that is named by a uint: octets.
    for (const Bytes& value : {octets({0x00, 0x53, 0x77, 0xc1, 7, 2, 0xa1, 1, 'a', 0xa1, 1, 0xff}), octets({0x00, 0x52, 0x77, 0xc1, 5, 2, 0x54, 1, 0x54, 2})}) {
        CHECK(sent(*read(to_t + value)).ends_with(octets({0x00, 0x53, 0x75, 0xa0, static_cast<int>(value.size())}) + value));
    }
    const Bytes with_nul = octets({0x00, 0x53, 0x77, 0xc1, 9, 2, 0xa1, 1, 'a', 0xa1, 3, 'x', 0, 'y'});
    CHECK(sent(*read(to_t + with_nul)) == to_t + with_nul);
}

TEST_CASE("a field that stood in another section than ours is neither lost nor told twice") {
    const Bytes in_application = application_map(2, octets({0xa1, 12, 'c', 'o', 'n', 't', 'e', 'n', 't', '-', 't', 'y', 'p', 'e', 0xa1, 8, 't', 'e',
                                                            'x', 't', '/', 'c', 's', 'v'}));
    const MessagePtr message = read(to_t + in_application + long_data);
    CHECK(message->properties().content_type == "text/csv");
    CHECK(read(sent(*message))->properties() == message->properties());
    for (const auto change : {+[](Properties& properties) { properties.headers.push_back({"why", true}); },
                              +[](Properties& properties) { properties.content_type = "text/plain"; },
                              +[](Properties& properties) { properties.content_type.clear(); }}) {
        const MessagePtr later = changed(*message, change);
        CHECK(read(sent(*later))->properties() == later->properties());
        CHECK(read(sent(*later, "u"))->properties() == later->properties());
    }
}

TEST_CASE("headers of AMQP's own fields and of one name are not revived by a section that is kept") {
    const Bytes own = application_map(2, octets({0xa1, 12, 'a', 'm', 'q', 'p', '-', 's', 'u', 'b', 'j', 'e', 'c', 't', 0xa1, 1, 's'}));
    const Bytes twice = application_map(4, octets({0xa1, 3, 'u', '.', 'f', 0x41, 0xa1, 1, 'f', 0x42}));
    for (const Bytes& section : {own, twice}) {
        const MessagePtr message = read(to_t + section + long_data);
        CHECK(read(sent(*message))->properties() == message->properties());
        const MessagePtr less = changed(*message, [](Properties& properties) { properties.headers.pop_back(); });
        CHECK(read(sent(*less))->properties() == less->properties());
    }
}

TEST_CASE("a body that was left out is an empty one") {
    CHECK(sent(*read(to_t + rare_types)) == to_t + rare_types + octets({0x00, 0x53, 0x75, 0xa0, 0}));
}

TEST_CASE("a message without properties keeps its body's kind") {
    CHECK(sent(*read(text_value)).ends_with(text_value));
    CHECK(sent(*read(octets({0x00, 0x53, 0x77, 0x54, 5}))).ends_with(octets({0x00, 0x53, 0x77, 0x54, 5})));
}

TEST_CASE("under another address the properties are written anew, and nothing speaks for the whole any more") {
    const MessagePtr message = read(to_t + rare_types + text_value + footer);
    const Bytes moved = sent(*message, "u");
    CHECK(!holds(moved, to_t));
    CHECK(moved.ends_with(rare_types + text_value));
    CHECK(read(moved)->properties().message_id == Id{std::uint64_t{7}});
    CHECK(decode(moved, now)->to == "u");
}

TEST_CASE("headers that a route changed are written anew, beside properties and a body that stay") {
    const MessagePtr message = read(to_t + rare_types + text_value);
    const MessagePtr more = changed(*message, [](Properties& properties) { properties.headers.push_back({"why", std::string("dead")}); });
    const Bytes octets = sent(*more);
    CHECK(holds(octets, to_t));
    CHECK(!holds(octets, rare_types));
    CHECK(octets.ends_with(text_value));
    CHECK(read(octets)->properties().headers == more->properties().headers);
}

TEST_CASE("a time to live stays in the header, and is no second expiry") {
    Bytes header = compound(0x70, 0xc0, 3, octets({0x41, 0x40, 0x52, 100}));
    const MessagePtr message = read(header + to_t + long_data);
    CHECK(message->properties().expires_at == now + milliseconds(100));
    CHECK(sent(*message) == to_t + long_data);
    const MessagePtr sooner = changed(*message, [](Properties& properties) { properties.expires_at = now + milliseconds(50); });
    CHECK(read(encode(*sooner, now, {"t", {}}))->properties().expires_at == now + milliseconds(50));
    // What is written anew says it where other readers look for it too.
    CHECK(decode(sent(*message, "u"), now)->properties->expires_at == now + milliseconds(100));
}

TEST_CASE("a trace and a way that stand in annotations don't change the bare message") {
    const MessagePtr message = changed(*read(to_t + rare_types + long_data), [](Properties& properties) {
        properties.traceparent = "00-1-2-00";
        properties.via = {"gateway/route"};
        properties.headers.push_back({"x-seen", true});
    });
    const Bytes octets = sent(*message);
    CHECK(octets.ends_with(to_t + rare_types + long_data));
    CHECK(read(octets)->properties() == message->properties());
}

TEST_CASE("nobody's word is taken for a user") {
    const Bytes with_user = properties_list(3, octets({0x40, 0xa0, 2, 'm', 'e', 0xa1, 1, 't'}));
    const Bytes octets = sent(*read(with_user + rare_types + long_data));
    CHECK(!holds(octets, with_user));
    CHECK(octets.ends_with(rare_types + long_data));
}

TEST_CASE("an application property that is called like an annotation comes once") {
    const Bytes named_x = application_map(2, octets({0xa1, 3, 'x', '-', 'a', 0x71, 0, 0, 0, 5}));
    const Bytes octets = sent(*read(to_t + named_x + long_data));
    CHECK(octets == to_t + named_x + long_data);
    const MessagePtr more = changed(*read(octets), [](Properties& properties) { properties.headers.push_back({"b", true}); });
    CHECK(read(sent(*more))->properties().headers == more->properties().headers);
    const MessagePtr less = changed(*read(octets), [](Properties& properties) { properties.headers.clear(); });
    CHECK(sent(*less) == to_t + long_data);
}

TEST_CASE("what is damaged deep inside is not handed to anybody") {
    const Bytes torn_list = octets({0xc0, 3, 1, 0x71, 0});  // a list that ends within its number
    const Bytes torn = application_map(2, octets({0xa1, 1, 'l'}) + torn_list);
    const Bytes octets = sent(*read(to_t + torn + long_data));
    CHECK(!holds(octets, torn_list));
    CHECK(octets.ends_with(long_data));
}

TEST_CASE("whom values confuse gets data, and JMS its text messages") {
    const MessagePtr value = read(to_t + rare_types + text_value);
    const Bytes as_data = sent(*value, "t", {.values_as_data = true});
    CHECK(as_data.ends_with(octets({0x00, 0x53, 0x75, 0xa0, 2, 'h', 'i'})));
    CHECK(read(as_data)->properties().body_kind == BodyKind::text);
    CHECK(read(as_data)->properties().content_type == "text/plain;charset=utf-8");
    CHECK(sent(*value, "t", {.text_as_value = true, .values_as_data = true}) == to_t + rare_types + text_value);
    const MessagePtr few = read(to_t + rare_types + octets({0x00, 0x53, 0x77, 0xa0, 1, 0xff}));
    CHECK(sent(*few, "t", {.values_as_data = true}) == to_t + rare_types + octets({0x00, 0x53, 0x75, 0xa0, 1, 0xff}));

    const Bytes is_text = application_map(2, octets({0xa1, 11, 'r', 'i', 'a', 'l', 't', 'o', '-', 'b', 'o', 'd', 'y', 0xa1, 4, 't', 'e', 'x', 't'}));
    const MessagePtr data = read(to_t + is_text + long_data);
    CHECK(sent(*data) == to_t + is_text + long_data);
    CHECK(sent(*data, "t", {.text_as_value = true}).ends_with(octets({0x00, 0x53, 0x77, 0xa1, 2, 'h', 'i'})));
}

TEST_CASE("names in the manner of JMS stay where both sides have that manner") {
    const Bytes hyphen = application_map(2, octets({0xa1, 10, 'a', '_', 'H', 'Y', 'P', 'H', 'E', 'N', '_', 'b', 0x71, 0, 0, 0, 5}));
    const Bytes whole = to_t + hyphen + long_data;
    auto decoded = decode(whole, now, {.jms_safe_names = true});
    const MessagePtr message = decoded->to_message("t", false);
    CHECK(message->properties().headers.front().name == "a-b");
    CHECK(sent(*message, "t", {.jms_safe_names = true}) == whole);
    CHECK(holds(sent(*message), octets({0xa1, 3, 'a', '-', 'b'})));
    const Bytes dated = application_map(2, octets({0xa1, 1, 'd', 0xa1, 3, '1', '-', '2'}));
    CHECK(sent(*read(to_t + dated + long_data), "t", {.jms_safe_names = true}) == to_t + dated + long_data);
}

TEST_CASE("the bare message outlives a store, and counts as the message's weight") {
    const MessagePtr message = read(to_t + rare_types + text_value);
    CHECK(message->size() >= sizeof(Message) + to_t.size() + rare_types.size() + text_value.size());
    Bytes record;
    store::append_record(record, *message);
    const auto kept = store::read_record(record);
    REQUIRE(kept.has_value());
    CHECK((*kept)->properties() == message->properties());
    CHECK(sent(**kept) == to_t + rare_types + text_value);
    for (std::size_t size = 0; size + 2 < record.size(); ++size) {
        const auto torn = store::read_record(std::string_view(record).substr(0, size));
        CHECK_MESSAGE((torn.has_error() || sent(**torn).size() > 0), size);
    }
}
