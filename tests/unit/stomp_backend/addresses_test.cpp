#include "adapters/stomp/addresses.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;

namespace {

const Addresses generic(*dialect_of("generic"));
const Addresses rabbitmq(*dialect_of("rabbitmq"));
const Addresses artemis(*dialect_of("artemis"));
const Addresses activemq(*dialect_of("activemq"));

std::string pattern(const Addresses& addresses, std::string_view filter) {
    return addresses.pattern_of(TopicFilter::parse(filter).value());
}

}  // namespace

TEST_CASE("each broker's topics are called in its own way") {
    CHECK(generic.destination_of("a.b/c") == "a.b/c");
    CHECK(rabbitmq.destination_of("a.b/c") == "/topic/a%2Eb.c");
    CHECK(artemis.destination_of("a.b/c") == "a%2Eb.c");
    CHECK(activemq.destination_of("a.b/c") == "/topic/a%2Eb.c");
}

TEST_CASE("wildcards are the broker's own") {
    CHECK(pattern(rabbitmq, "a/+/#") == "/topic/a.*.#");
    CHECK(pattern(artemis, "a/+/#") == "a.*.#");
    CHECK(pattern(activemq, "a/+/#") == "/topic/a.*.>");
}

TEST_CASE("RabbitMQ writes percent signs and slashes of a key as escapes, but does not read them so") {
    CHECK(rabbitmq.topic_of("/topic/a%252Eb.c").value() == "a.b/c");
    CHECK(rabbitmq.topic_of("/topic/a%2Fb").value() == "a/b");
    CHECK(rabbitmq.topic_of("/topic/100%25").value() == "100%");
}

TEST_CASE("what does not begin with the prefix is no topic") {
    CHECK(activemq.topic_of("/queue/a").has_error());
    CHECK(activemq.topic_of("/topic/").has_error());
    CHECK(activemq.topic_of("/topic/a").value() == "a");
}

TEST_CASE("a prefix says whether names are queues, and spares telling Artemis that they are topics") {
    const Dialect& dialect = *dialect_of("artemis");
    CHECK(artemis.need_routing());
    CHECK_FALSE(Addresses(dialect, "/topic/", dialect.form).need_routing());
    CHECK_FALSE(Addresses(dialect, "topic://", dialect.form).need_routing());
    CHECK(Addresses(dialect, "/queue/", dialect.form).are_queues());
    CHECK_FALSE(activemq.need_routing());
}

TEST_CASE("every dialect of the language is known, and no other") {
    for (const char* name : {"generic", "rabbitmq", "artemis", "activemq", "qpid"}) CHECK(dialect_of(name)->name == name);
    CHECK(dialect_of("client") == nullptr);
    CHECK(dialect_of("") == nullptr);
}
