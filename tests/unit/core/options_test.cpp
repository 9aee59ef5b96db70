#include "core/options.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace std::chrono_literals;

namespace {

const Schema& inner() {
    static const Schema schema = Schema().add(option::text("cert", "a file"));
    return schema;
}

const Schema& schema() {
    static const Schema options = Schema()
                                      .add(option::text("dialect", "generic", "whose").one_of({"generic", "artemis"}))
                                      .add(option::integer("limit", 10, "at most").between(1, 100))
                                      .add(option::duration("timeout", 5s, "how long"))
                                      .add(option::size("buffer", 1024, "how much"))
                                      .add(option::boolean("clean", true, "whether"))
                                      .add(option::rate("rate", "how often"))
                                      .add(option::text_list("topics", {"a", "b"}, "which"))
                                      .add(option::table("tls", inner(), "files"));
    return options;
}

}  // namespace

TEST_CASE("options that nobody set have their defaults") {
    const OptionValues options(schema());
    CHECK(options.text("dialect") == "generic");
    CHECK(options.integer("limit") == 10);
    CHECK(options.duration("timeout") == 5s);
    CHECK(options.size("buffer") == 1024);
    CHECK(options.boolean("clean"));
    CHECK(options.texts("topics") == std::vector<std::string>{"a", "b"});
    CHECK(options.rate("rate") == 0);
    CHECK(options.table("tls") == nullptr);
    CHECK_FALSE(options.is_set("limit"));
}

TEST_CASE("a value that was set is there with its place") {
    OptionValues options(schema());
    options.set("limit", std::int64_t{7}, {3, 9, 1});
    CHECK(options.integer("limit") == 7);
    CHECK(options.is_set("limit"));
    CHECK(options.place_of("limit") == SourceRange{3, 9, 1});
    CHECK_FALSE(options.place_of("timeout").is_known());
}

TEST_CASE("each item of a list has its own place, and else the list's") {
    OptionValues options(schema());
    options.set("topics", std::vector<std::string>{"x", "y"}, {3, 9, 10}, {{3, 10, 3}, {3, 15, 3}});
    CHECK(options.place_of("topics", 1) == SourceRange{3, 15, 3});
    CHECK(options.place_of("topics", 2) == SourceRange{3, 9, 10});
}

TEST_CASE("text is read as the option's type says") {
    OptionValues options(schema());
    CHECK(options.set_from_text("limit", "42"));
    CHECK(options.set_from_text("timeout", "250ms"));
    CHECK(options.set_from_text("buffer", "64KiB"));
    CHECK(options.set_from_text("clean", "false"));
    CHECK(options.set_from_text("rate", "6/m"));
    CHECK(options.integer("limit") == 42);
    CHECK(options.duration("timeout") == 250ms);
    CHECK(options.size("buffer") == 65536);
    CHECK_FALSE(options.boolean("clean"));
    CHECK(options.rate("rate") == doctest::Approx(0.1));
}

TEST_CASE("text that the option can't be is refused and changes nothing") {
    OptionValues options(schema());
    CHECK(options.set_from_text("limit", "many").error().message == "'limit' must be an integer, not 'many'");
    CHECK(options.set_from_text("limit", "101").error().message == "'limit' must be between 1 and 100, not 101");
    CHECK(options.set_from_text("dialect", "dutch").error().message ==
          "'dialect' must be \"generic\" or \"artemis\", not 'dutch'");
    CHECK(options.set_from_text("clean", "yes").has_error());
    CHECK(options.set_from_text("tls", "on").has_error());
    CHECK(options.set_from_text("colour", "red").error().message == "there is no option 'colour'");
    CHECK(options.integer("limit") == 10);
}

TEST_CASE("a schema takes over the options of another") {
    const Schema both = Schema().add(option::integer("own", 1, "")).include(inner());
    CHECK(both.find("own"));
    CHECK(both.find("cert"));
    CHECK_FALSE(both.find("other"));
}
