#include "adapters/zeromq/settings.hpp"

#include <doctest/doctest.h>
#include <zmq.h>

#include <memory>

#include "core/url.hpp"

using namespace rialto;
using namespace rialto::zeromq;

namespace {

using Texts = std::vector<std::string>;
using Keys = std::vector<std::pair<std::string, std::string>>;

struct KeyPair {
    KeyPair() { zmq_curve_keypair(public_key, secret_key); }
    char public_key[41]{};
    char secret_key[41]{};
};

/// A backend's table, said in few words.
struct Table {
    Table& list(std::string_view name, Texts endpoints) {
        options.set(name, std::move(endpoints));
        return *this;
    }
    Table& text(std::string_view name, std::string value) {
        options.set(name, std::move(value));
        return *this;
    }
    Table& curve(const Keys& keys) {
        auto table = std::make_shared<OptionValues>(*schema().find("curve")->table);
        for (const auto& [name, key] : keys) table->set(name, key);
        options.set("curve", std::shared_ptr<const OptionValues>(table));
        return *this;
    }
    Result<Settings> read() const { return settings_from({"mesh", Url::parse(url).value(), options}); }
    std::string complaint() const {
        const auto settings = read();
        return settings ? std::string() : settings.error().message;
    }

    std::string url = "zmq:";
    OptionValues options{schema()};
};

bool says(const Table& table, const char* words) { return table.complaint().find(words) != std::string::npos; }

}  // namespace

TEST_CASE("publish and push bind, subscribe and pull connect") {
    const auto settings = Table().list("publish", {"tcp://*:1", ">tcp://h:2"}).list("subscribe", {"tcp://h:3", "@tcp://*:4"})
                              .list("push", {"tcp://*:5"}).list("pull", {"tcp://h:6"}).read().value();
    CHECK(settings.publish == std::vector<Endpoint>{{"tcp://*:1", true}, {"tcp://h:2", false}});
    CHECK(settings.subscribe == std::vector<Endpoint>{{"tcp://h:3", false}, {"tcp://*:4", true}});
    CHECK(settings.push == std::vector<Endpoint>{{"tcp://*:5", true}});
    CHECK(settings.pull == std::vector<Endpoint>{{"tcp://h:6", false}});
}

TEST_CASE("a wrong endpoint is told with the list that it stands in") {
    CHECK(Table().list("pull", {"tcp://h:1", "nonsense"}).complaint().starts_with("pull: 'nonsense' is no endpoint"));
}

TEST_CASE("an address in the url is sent to where it belongs") {
    Table table;
    table.url = "zmq://host:6543";
    CHECK(table.complaint().find("'publish'") != std::string::npos);
}

TEST_CASE("a message is no larger than a message can be") {
    Table table;
    table.options.set("max_message_size", std::uint64_t{1} << 31U);
    CHECK(says(table, "at most 1GiB"));
}

TEST_CASE("messages in one part have the topic that the file says, or the backend's name where they are expected") {
    CHECK(Table().read().value().topic.empty());
    CHECK(Table().text("format", "one-part").read().value().topic == "mesh");
    CHECK(Table().text("topic", "plant/raw").read().value().topic == "plant/raw");
    CHECK(Table().text("topic", "a/#").complaint().starts_with("topic: "));
}

TEST_CASE("what a backend can do follows from its endpoints and its format") {
    const auto reader = abilities_from(Table().list("subscribe", {"tcp://h:1"}).options);
    CHECK(reader.reads);
    CHECK_FALSE(reader.writes);
    CHECK(reader.carries == FieldSet::all());
    CHECK_FALSE(reader.weakest_reading.empty());
    const auto writer = abilities_from(Table().list("push", {"tcp://*:1"}).text("format", "two-part").options);
    CHECK(writer.writes);
    CHECK(writer.carries.empty());
    CHECK_FALSE(writer.confirms);
    CHECK_FALSE(writer.weakest_writing.empty());
}

TEST_CASE("who binds needs a secret key, who connects the server's public one") {
    const KeyPair ours;
    const KeyPair theirs;
    CHECK(Table().list("publish", {"tcp://*:1"}).curve({{"secret_key", ours.secret_key}}).complaint().empty());
    CHECK(says(Table().list("publish", {"tcp://*:1"}).curve({{"server_key", theirs.public_key}}), "'secret_key'"));
    CHECK(Table().list("subscribe", {"tcp://h:1"}).curve({{"server_key", theirs.public_key}}).complaint().empty());
    CHECK(says(Table().list("subscribe", {"tcp://h:1"}).curve({{"secret_key", ours.secret_key}}), "'server_key'"));
}

TEST_CASE("the public key follows from the secret one, and has to belong to it") {
    const KeyPair ours;
    const auto settings = Table().list("publish", {"tcp://*:1"}).curve({{"secret_key", ours.secret_key}}).read().value();
    CHECK(settings.socket.curve->public_key == ours.public_key);
    const KeyPair other;
    CHECK(says(Table().curve({{"secret_key", ours.secret_key}, {"public_key", other.public_key}}), "does not belong"));
    CHECK(says(Table().curve({{"public_key", other.public_key}}), "without its 'secret_key'"));
}

TEST_CASE("what is no key is told, without the key") {
    const std::string too_short = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf";
    const std::string no_z85(40, '~');
    for (const std::string& key : {too_short, no_z85}) {
        const std::string complaint = Table().list("publish", {"tcp://*:1"}).curve({{"secret_key", key}}).complaint();
        CHECK(complaint.find("'secret_key' is no key") != std::string::npos);
        CHECK(complaint.find(key) == std::string::npos);
    }
}

TEST_CASE("with CURVE a socket is the server or a client, not both") {
    const KeyPair ours;
    const Keys keys{{"secret_key", ours.secret_key}, {"server_key", ours.public_key}};
    CHECK(Table().list("push", {"tcp://*:1", ">tcp://h:2"}).curve(keys).complaint().find("'push'") != std::string::npos);
    CHECK(Table().list("push", {"tcp://*:1"}).list("pull", {"tcp://h:2"}).curve(keys).complaint().empty());
}
