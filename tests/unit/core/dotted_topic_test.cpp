#include <doctest/doctest.h>

#include <map>
#include <random>

#include "core/dotted_topic.hpp"

using namespace rialto;

namespace {

const std::vector<DottedForm> all_forms{rabbitmq_form, qpid_form,     artemis_form,
                                        activemq_form, verbatim_form, with_separator(artemis_form, '/'),
                                        with_separator(verbatim_form, '.')};

std::string pattern(std::string_view filter, const DottedForm& form) {
    return dotted_pattern(TopicFilter::parse(filter).value(), form);
}

/// Topics made of the characters that some form gives a meaning.
std::string random_topic(std::mt19937& random) {
    constexpr std::string_view pieces = "ab/././/%*> :,?0025~\\\n";
    std::string topic;
    const auto length = 1 + random() % 12;
    for (std::size_t i = 0; i < length; ++i) topic += pieces[random() % pieces.size()];
    return topic;
}

/// Whether a broker with this form finds `name` by `wanted`, both as lists of words.
bool broker_matches(const std::string& wanted, const std::string& name, const DottedForm& form) {
    const auto words = [&](const std::string& text) {
        std::vector<std::string> out(1);
        for (const char c : text) c == form.separator ? static_cast<void>(out.emplace_back()) : out.back().push_back(c);
        return out;
    };
    const auto want = words(wanted);
    const auto have = words(name);
    for (std::size_t i = 0; i < want.size(); ++i) {
        if (want[i] == form.all_words) return have.size() >= i;
        if (i >= have.size() || (want[i] != form.one_word && want[i] != have[i])) return false;
    }
    return want.size() == have.size();
}

}  // namespace

TEST_CASE("levels are words with dots between, and what means something there is escaped") {
    CHECK(dotted_name("a/b", rabbitmq_form) == "a.b");
    CHECK(dotted_name("a.b/c", rabbitmq_form) == "a%2Eb.c");
    CHECK(dotted_name("sp ace/\xC3\xBC", rabbitmq_form) == "sp ace.\xC3\xBC");
    CHECK(dotted_name("a*/b%/>", rabbitmq_form) == "a%2A.b%25.>");
    CHECK(dotted_name("a*/>", artemis_form) == "a%2A.%3E");
    CHECK(dotted_name("a::b", artemis_form) == "a%3A%3Ab");
    CHECK(dotted_name("a?b", artemis_form) == "a%3Fb");
    CHECK(dotted_name("a,b?c", activemq_form) == "a%2Cb%3Fc");
}

TEST_CASE("an empty level is %00") {
    CHECK(dotted_name("/lead", rabbitmq_form) == "%00.lead");
    CHECK(dotted_name("a//b", artemis_form) == "a.%00.b");
    CHECK(dotted_name("a/", activemq_form) == "a.%00");
    CHECK(dotted_name("/", qpid_form) == "%00.%00");
}

TEST_CASE("blanks at the ends of a word are escaped, because some brokers trim them") {
    CHECK(dotted_name(" a b ", activemq_form) == "%20a b%20");
}

TEST_CASE("a broker that nothing is known of gets the topic as it is") {
    CHECK(dotted_name("a.b//%25/*", verbatim_form) == "a.b//%25/*");
    CHECK(topic_of_dotted("a.b//%25/*", verbatim_form).value() == "a.b//%25/*");
    CHECK(pattern("a/+/#", verbatim_form) == "a/+/#");
    CHECK(pattern("/+", verbatim_form) == "/+");
}

TEST_CASE("another separator takes the dot's place") {
    const DottedForm slashes = with_separator(artemis_form, '/');
    CHECK(dotted_name("a.b//c", slashes) == "a.b//c");
    CHECK(dotted_name("a*", slashes) == "a%2A");
    CHECK(pattern("/+/#", slashes) == "/*/#");
    CHECK(dotted_name("a.b/c", with_separator(rabbitmq_form, '-')) == "a.b-c");
}

TEST_CASE("every topic comes back from its name, and no two share one") {
    std::mt19937 random(7);
    for (const DottedForm& form : all_forms) {
        std::map<std::string, std::string> topics;
        for (int i = 0; i < 20'000; ++i) {
            const std::string topic = random_topic(random);
            const std::string name = dotted_name(topic, form);
            REQUIRE(topic_of_dotted(name, form).value() == topic);
            REQUIRE(topics.emplace(name, topic).first->second == topic);
        }
    }
}

TEST_CASE("names that others wrote are read with good will") {
    CHECK(topic_of_dotted("a..b", rabbitmq_form).value() == "a//b");
    CHECK(topic_of_dotted("100%.x", rabbitmq_form).value() == "100%/x");
    CHECK(topic_of_dotted("a%2eb", rabbitmq_form).value() == "a.b");
    CHECK(topic_of_dotted("a/b.c", rabbitmq_form).value() == "a/b/c");
}

TEST_CASE("a name that is no topic is refused") {
    CHECK(topic_of_dotted("", rabbitmq_form).has_error());
    CHECK(topic_of_dotted("a+b", rabbitmq_form).has_error());
    CHECK(topic_of_dotted("a%00b", rabbitmq_form).has_error());
    CHECK(topic_of_dotted("\xFF", rabbitmq_form).has_error());
}

TEST_CASE("a name over the limit ends in a hash: unique, but not to be read back") {
    const std::string long_topic = "a/" + std::string(400, 'x');
    const std::string name = dotted_name(long_topic, rabbitmq_form);
    CHECK(name.size() == 255);
    CHECK(is_shortened(name, rabbitmq_form));
    CHECK(topic_of_dotted(name, rabbitmq_form).has_error());
    CHECK(dotted_name(long_topic + "y", rabbitmq_form) != name);
    CHECK(pattern(long_topic, rabbitmq_form) == name);
    CHECK(dotted_name(long_topic, artemis_form).size() == 402);
    CHECK_FALSE(is_shortened(dotted_name("a/%~0123456789abcdef", rabbitmq_form), rabbitmq_form));
}

TEST_CASE("a shortened name splits neither a character nor an escape") {
    for (std::size_t shift = 0; shift < 4; ++shift) {
        std::string topic(shift, 'x');
        for (int i = 0; i < 100; ++i) topic += "\xF0\x9F\x9A\x82*";
        const std::string name = dotted_name(topic, rabbitmq_form);
        CHECK(name.size() <= 255);
        CHECK(is_utf8_text(name));
        const std::string beginning = name.substr(0, name.size() - 18);
        CHECK(topic.starts_with(topic_of_dotted(beginning, rabbitmq_form).value()));
    }
}

TEST_CASE("wildcards become the broker's own") {
    CHECK(pattern("a/+/c", rabbitmq_form) == "a.*.c");
    CHECK(pattern("a/#", rabbitmq_form) == "a.#");
    CHECK(pattern("a/#", artemis_form) == "a.#");
    CHECK(pattern("a/#", activemq_form) == "a.>");
    CHECK(pattern("#", activemq_form) == ">");
    CHECK(pattern("+/b", qpid_form) == "*.b");
    CHECK(pattern("a.b//+", rabbitmq_form) == "a%2Eb.%00.*");
}

TEST_CASE("a pattern over the limit asks for what stands before it") {
    CHECK(pattern("a/+/" + std::string(300, 'x') + "/+", rabbitmq_form) == "a.*.#");
    CHECK(pattern(std::string(300, 'x') + "/+", rabbitmq_form) == "#");
}

TEST_CASE("a pattern has all that its filter asks for") {
    std::mt19937 random(11);
    for (const DottedForm& form : all_forms) {
        for (int i = 0; i < 5'000; ++i) {
            std::string topic;
            std::string filter;
            const auto levels = 1 + random() % 4;
            for (std::size_t level = 0; level < levels; ++level) {
                if (level != 0) topic += '/', filter += '/';
                const char name = ".*%b"[random() % 4];
                topic += name;
                filter += random() % 2 == 0 ? '+' : name;
            }
            if (random() % 2 == 0) filter += "/#";
            REQUIRE(TopicFilter::parse(filter).value().matches(topic));
            REQUIRE(broker_matches(pattern(filter, form), dotted_name(topic, form), form));
        }
    }
}
