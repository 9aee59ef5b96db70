#include "bridge/config.hpp"

#include <doctest/doctest.h>

#include "bridge/guarantee.hpp"

using namespace rialto;
using namespace rialto::bridge;
using namespace std::chrono_literals;

namespace {

const Schema& options_of_toy() {
    static const Schema schema = Schema()
                                     .add(option::integer("max_connections", 0, "").between(0, 100))
                                     .add(option::duration("timeout", 5s, ""))
                                     .add(option::text("later", "").promised())
                                     .add(option::file("secret", ""));
    return schema;
}

/// Speaks `toy` and `toys`; a backend `weak:` neither holds nor confirms.
class ToyAdapter final : public Adapter {
public:
    std::string_view name() const override { return "toy"; }
    std::vector<Scheme> listener_schemes() const override { return {{"toy", 1000}}; }
    std::vector<Scheme> backend_schemes() const override { return {{"toy", 1000}, {"weak", 1001}}; }
    const Schema& listener_options() const override { return options_of_toy(); }
    const Schema& backend_options() const override { return options_of_toy(); }
    Abilities abilities(const BackendSettings& settings) const override {
        Abilities can;
        can.reads = can.writes = true;
        can.holds_unsettled = can.confirms = settings.url.scheme == "toy";
        can.weakest_writing = settings.url.scheme == "toy" ? "" : "it never answers";
        return can;
    }
};

struct Reading {
    Config config;
    Diagnostics diagnostics;

    explicit Reading(std::string text, std::vector<std::string> overrides = {}) {
        static Gateway catalog({"catalog", 1, true});
        if (catalog.adapters().empty()) catalog.add(std::make_unique<ToyAdapter>());
        ConfigSource source;
        source.name = "f";
        source.text = std::move(text);
        source.overrides = std::move(overrides);
        source.environment = [](const std::string& name) {
            return name == "HOST" ? std::optional<std::string>("far.example") : std::nullopt;
        };
        config = read_config(source, catalog, diagnostics);
    }

    /// The first line of each mistake.
    std::vector<std::string> errors() const {
        std::vector<std::string> lines;
        const std::string text = diagnostics.text();
        for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
            const std::string line = text.substr(at, text.find('\n', at) - at);
            if (line.find(": error: ") != std::string::npos) lines.push_back(line);
        }
        return lines;
    }
};

using Lines = std::vector<std::string>;

const char* const two_backends = "[backends.a]\nurl='toy://a'\n[backends.b]\nurl='weak://b'\n";

}  // namespace

TEST_CASE("an empty file is a gateway with defaults") {
    const Reading reading("");
    CHECK(reading.errors().empty());
    CHECK_FALSE(reading.config.name.empty());
    CHECK(reading.config.drain == 5s);
    CHECK(reading.config.listeners.empty());
}

TEST_CASE("what the file says is there, typed, with default ports") {
    const Reading reading("[gateway]\nname = 'plant-7'\nworkers = 2\ndrain = '2s'\n[log]\nlevel = 'debug'\nformat = 'json'\n"
                          "[listeners.x]\nurl = 'toy://127.0.0.1'\nmax_connections = 7\ntimeout = '10m'\n");
    CHECK(reading.errors() == Lines{});
    CHECK(reading.config.name == "plant-7");
    CHECK(reading.config.workers == 2);
    CHECK(reading.config.drain == 2s);
    CHECK(reading.config.log_level == log::Level::debug);
    CHECK(reading.config.log_format == log::Format::json);
    REQUIRE(reading.config.listeners.size() == 1);
    CHECK(reading.config.listeners[0].url.port == 1000);
    CHECK(reading.config.listeners[0].options.integer("max_connections") == 7);
    CHECK(reading.config.listeners[0].options.duration("timeout") == 10min);
}

TEST_CASE("a route has its patterns, targets and policies") {
    const Reading reading(std::string(two_backends) +
                          "[[routes]]\nfrom = ['a:x/{room}', 'bus:y/{room}']\nto = ['b:z/{room}', 'bus:w']\n"
                          "required = ['bus']\nretain = 'set'\n");
    CHECK(reading.errors() == Lines{});
    REQUIRE(reading.config.routes.size() == 1);
    const RouteConfig& route = reading.config.routes[0];
    CHECK(route.name == "route-1");
    CHECK(route.from[0].place == "a");
    CHECK(route.from[1].pattern.text() == "y/{room}");
    CHECK(route.to[0].place == "b");
    CHECK_FALSE(route.to[0].is_required);
    CHECK(route.to[1].is_required);
    CHECK(route.retain == RetainPolicy::set);
}

TEST_CASE("a route says what becomes of what can't be delivered, and what stays in order") {
    const Reading reading(std::string(two_backends) +
                          "[[routes]]\nfrom = 'a:x/{room}'\nto = 'b:z/{room}'\norder = 'key'\nmax_attempts = 5\n"
                          "dead_letter = 'bus:dead/{route}/{room}'\n");
    CHECK(reading.errors() == Lines{});
    const RouteConfig& route = reading.config.routes[0];
    CHECK(route.order == Order::by_key);
    CHECK(route.max_attempts == 5);
    REQUIRE(route.dead_letter);
    CHECK(route.dead_letter->place == "bus");
    CHECK(route.dead_letter->topic.text() == "dead/{route}/{room}");
}

TEST_CASE("a dead-letter address is an address like those in 'to'") {
    const std::string route = "[[routes]]\nfrom = 'bus:x/{room}'\nto = 'bus:z'\ndead_letter = ";
    CHECK(Reading(route + "'dead'").errors() == Lines{"f:4:15: error: 'dead' is no address: expected PLACE:TOPIC"});
    CHECK(Reading(route + "'bus:dead/{floor}'").errors() == Lines{"f:4:25: error: '{floor}' is not captured by 'x/{room}'"});
}

TEST_CASE("at-least-once is an error where dead letters are not confirmed") {
    CHECK(Reading(std::string(two_backends) + "[[routes]]\nfrom = 'a:x'\nto = 'a:y'\ndead_letter = 'b:dead'\ndelivery = 'at-least-once'\n")
              .errors() == Lines{"f:8:15: error: at-least-once can't be had with 'b': it does not confirm dead letters"});
}

TEST_CASE("a spool needs a folder, and says so at its line") {
    const std::string backend = "[backends.a]\nurl='toy://a'\nspool = { when_full = 'drop-oldest' }\n";
    CHECK(Reading(backend).errors() == Lines{"f:3:9: error: a spool needs a folder to be in"});
    const Reading reading("[gateway]\ndata_dir = '/tmp/x'\n" + backend + "[[routes]]\nfrom='bus:x'\nto='a:x'\n");
    CHECK(reading.errors() == Lines{});
    CHECK(guarantee_text(reading.config, reading.config.routes[0]) ==
          "at least once; what a can't take now waits on disk (1GiB, then the oldest are dropped)");
}

TEST_CASE("dedupe says by what, and for how long") {
    const Reading reading("[[routes]]\nfrom='bus:x'\nto='bus:y'\ndedupe = { by = 'payload', window = '1h' }\n");
    CHECK(reading.errors() == Lines{});
    CHECK(reading.config.routes[0].dedupe == DedupeConfig{DedupeConfig::By::payload, 1h});
}

TEST_CASE("every mistake is reported in one run, each at its place") {
    const Reading reading("[gatway]\nname = 'x'\n"
                          "[listeners.x]\nurl = 'toy://127.0.0.1'\nmax_conections = 5\ntimeout = 'soon'\n"
                          "[backends.y]\nurl = 'tpy://h'\n"
                          "[[routes]]\nname = 7\nfrom = 'bus:a/{x}'\nto = ['bus:b/{y}', 'z:c']\n"
                          "[[routes]]\nto = 'bus:x'\n");
    CHECK(reading.errors() == Lines{
                                  "f:1:2: error: unknown key 'gatway'",
                                  "f:5:1: error: unknown key 'max_conections' in [listeners.x]",
                                  "f:6:11: error: 'timeout': 'soon' is not a duration such as \"250ms\", \"5s\", \"10m\" or \"24h\"",
                                  "f:8:7: error: unknown scheme 'tpy' of a backend",
                                  "f:10:8: error: 'name' must be a string, not an integer",
                                  "f:12:14: error: '{y}' is not captured by 'a/{x}'",
                                  "f:12:21: error: 'z' is neither a backend nor 'bus'",
                                  "f:13:1: error: missing key 'from' in [[routes]]",
                              });
}

TEST_CASE("a value of another type, or out of range, says what is wanted") {
    CHECK(Reading("[gateway]\nworkers = 'two'").errors() == Lines{"f:2:11: error: 'workers' must be an integer, not a string"});
    CHECK(Reading("[gateway]\nworkers = 65").errors() == Lines{"f:2:11: error: 'workers' must be between 0 and 64, not 65"});
    CHECK(Reading("[log]\nlevel = 'loud'").errors().size() == 1);
    CHECK(Reading("log = 'loud'").errors() == Lines{"f:1:7: error: 'log' must be a table, not a string"});
    CHECK(Reading("listeners.x = 1").errors() == Lines{"f:1:15: error: 'x' must be a table, not an integer"});
    CHECK(Reading("routes = 1").errors() == Lines{"f:1:10: error: 'routes' must be a list of tables"});
}

TEST_CASE("what is promised for later is refused, not ignored") {
    CHECK(Reading("[cluster]\nengine = 'redis://h'").errors() == Lines{"f:1:2: error: 'cluster' is not supported by this version"});
    CHECK(Reading("[[auth.acl]]\nuser = '*'").errors().size() == 1);
    CHECK(Reading("[listeners.z]\nurl = 'zmq://h'").errors() ==
          Lines{"f:2:7: error: a listener with 'zmq' is not supported by this version"});
    CHECK(Reading("[listeners.x]\nurl = 'toy://127.0.0.1'\nlater = 'x'").errors() ==
          Lines{"f:3:1: error: 'later' is not supported by this version"});
}

TEST_CASE("a syntax error is told where it is, and the rest of the file is read all the same") {
    const Reading reading("[log]\nlevel = info\nformat = 'xml'\n[gateway]\nworkers = 'two'\n");
    const auto errors = reading.errors();
    REQUIRE(errors.size() == 3);
    CHECK(errors[0] == "f:2:9: error: a string needs quotes: \"info\"");
    CHECK(errors[1].starts_with("f:3:10: error: 'format'"));
    CHECK(errors[2].starts_with("f:5:11: error: 'workers'"));
}

TEST_CASE("a string that is not closed is told by its beginning") {
    CHECK(Reading("[gateway]\nname = \"x\ndrain = '5s'\n").errors() == Lines{"f:2:8: error: the string has no closing quote"});
}

TEST_CASE("one mistake that breaks many lines is told once") {
    CHECK(Reading("[[routes]]\nfrom = [ 'bus:a'\nto = 'bus:b'\nrequired = []\n").errors().size() == 1);
}

TEST_CASE("after a syntax error nothing is said to be missing") {
    CHECK(Reading("[[routes]]\nfrom = bus:a\nto = 'bus:b'\n").errors().size() == 1);
}

TEST_CASE("a broken header does not lend its keys to the table before it") {
    CHECK(Reading("[log]\nlevel = 'info'\n[listeners.x\nurl = 'toy://127.0.0.1'\n").errors().size() == 1);
}

TEST_CASE("overrides win over the file, and need no quotes") {
    const Reading reading("[listeners.x]\nurl = 'toy://127.0.0.1:1'\n",
                          {"listeners.x.url=toy://127.0.0.1:2", "listeners.y.url=toy://127.0.0.1:3", "gateway.workers=3",
                           "gateway.name=7"});
    CHECK(reading.errors() == Lines{});
    REQUIRE(reading.config.listeners.size() == 2);
    CHECK(reading.config.listeners[0].url.port == 2);
    CHECK(reading.config.workers == 3);
    CHECK(reading.config.name == "7");
}

TEST_CASE("a wrong override is told by its argument") {
    CHECK(Reading("", {"gatway.name=x"}).errors() == Lines{"--set gatway.name=x: error: unknown key 'gatway'"});
    CHECK(Reading("", {"nonsense"}).errors() == Lines{"--set nonsense: error: expected KEY=VALUE"});
    CHECK(Reading("", {"gateway.workers=many"}).errors() ==
          Lines{"--set gateway.workers=many: error: 'workers' must be an integer, not a string"});
}

TEST_CASE("variables are replaced, and a missing one is told inside its string") {
    CHECK(Reading("[backends.a]\nurl = 'toy://${HOST}'").config.backends.at(0).url.host == "far.example");
    CHECK(Reading("[backends.a]\nurl = 'toy://${HSOT}'").errors() ==
          Lines{"f:2:14: error: the environment has no variable 'HSOT'"});
}

TEST_CASE("a listener beyond loopback needs anonymous access written down") {
    const std::string open = "[listeners.x]\nurl = 'toy://0.0.0.0:1'\n";
    CHECK(Reading(open).errors() ==
          Lines{"f:2:7: error: '0.0.0.0:1' is open to other machines, which needs auth.allow_anonymous = true"});
    CHECK(Reading(open + "[auth]\nallow_anonymous = true\n").errors() == Lines{});
    CHECK(Reading(open + "[auth]\nallow_anonymous = false\n").errors().size() == 1);
    CHECK(Reading("[listeners.x]\nurl = 'toy://localhost:1'\n").errors() == Lines{});
}

TEST_CASE("two listeners can't have one port, but any number can ask for a free one") {
    CHECK(Reading("[listeners.x]\nurl = 'toy://127.0.0.1:1'\n[listeners.y]\nurl = 'toy://127.0.0.1:1'\n").errors() ==
          Lines{"f:4:7: error: '127.0.0.1:1' is taken by the listener 'x' already"});
    CHECK(Reading("[listeners.x]\nurl = 'toy://127.0.0.1:0'\n[listeners.y]\nurl = 'toy://127.0.0.1:0'\n").errors() == Lines{});
}

TEST_CASE("names are checked") {
    CHECK(Reading("[backends.bus]\nurl='toy://a'").errors().size() == 1);
    CHECK(Reading("[backends.'a:b']\nurl='toy://a'").errors().size() == 1);
    CHECK(Reading("[[routes]]\nname='x'\nfrom='bus:a'\nto='bus:b'\n[[routes]]\nname='x'\nfrom='bus:a'\nto='bus:c'\n").errors() ==
          Lines{"f:5:1: error: there is a route 'x' already, in line 1"});
}

TEST_CASE("at-least-once is an error where a place can't have it, with the reason") {
    const std::string route = "[[routes]]\nfrom='bus:a'\nto='b:x'\n";
    CHECK(Reading(two_backends + route).errors() == Lines{});
    CHECK(Reading(two_backends + route + "delivery='at-least-once'\n").errors() ==
          Lines{"f:7:4: error: at-least-once can't be had with 'b': it never answers"});
    CHECK(Reading(two_backends + route + "delivery='at-least-once'\nrequired=[]\n").errors() ==
          Lines{"f:7:4: error: at-least-once can't be had with 'b': nothing waits for it, as 'required' leaves it out"});
    const std::string both = "[[routes]]\nfrom='bus:a'\nto=['a:x', 'b:x']\ndelivery='at-least-once'\nrequired=['a']\n";
    CHECK(Reading(two_backends + both).errors() == Lines{});
}

TEST_CASE("what a route promises is told with its reason") {
    const Reading strong(std::string(two_backends) + "[[routes]]\nfrom='bus:a'\nto='a:x'\n");
    CHECK(guarantee_text(strong.config, strong.config.routes[0]) == "at least once");
    const Reading weak(std::string(two_backends) + "[[routes]]\nfrom='bus:a'\nto=['a:x', 'b:x']\n");
    CHECK(guarantee_text(weak.config, weak.config.routes[0]) == "at most once: b – it never answers");
    const Reading partly(std::string(two_backends) + "[[routes]]\nfrom='bus:a'\nto=['a:x', 'b:x']\nrequired=['a']\n");
    CHECK(guarantee_text(partly.config, partly.config.routes[0]) == "at least once, but not waiting for b");
}

TEST_CASE("a file that an option names has to be there") {
    CHECK(Reading("[listeners.x]\nurl='toy://127.0.0.1'\nsecret='/nowhere'\n").errors() ==
          Lines{"f:3:8: error: 'secret': '/nowhere' does not exist"});
    CHECK(Reading("[listeners.x]\nurl='toy://127.0.0.1'\nsecret='/tmp'\n").errors() ==
          Lines{"f:3:8: error: 'secret': '/tmp' is a folder, not a file"});
}

TEST_CASE("required names have to be targets") {
    CHECK(Reading(std::string(two_backends) + "[[routes]]\nfrom='bus:a'\nto='a:x'\nrequired=['b']\n").errors() ==
          Lines{"f:8:11: error: 'b' is no target of this route"});
}
