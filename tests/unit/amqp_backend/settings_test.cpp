#include "adapters/amqp/backend/client_settings.hpp"

#include <doctest/doctest.h>

#include "adapters/amqp/adapter.hpp"
#include "core/gateway.hpp"
#include "core/options.hpp"
#include "core/url.hpp"

using namespace rialto;
using namespace rialto::amqp;

namespace {

struct Stand {
    Result<ClientSettings> settings(const char* url_text) {
        const Url url = Url::parse(url_text).value();
        return client_settings_from(*adapter, "here", {"plant", url, options});
    }
    void say(const char* name, const char* value) { REQUIRE(options.set_from_text(name, value).has_value()); }

    Gateway gateway{{.name = "here"}};
    std::unique_ptr<Adapter> adapter = make_adapter(gateway);
    OptionValues options{backend_schema()};
};

}  // namespace

TEST_CASE_FIXTURE(Stand, "a url alone is enough") {
    const ClientSettings settings = this->settings("amqp://me:secret@broker.example").value();
    CHECK(settings.dialing.address.port == 5672);
    CHECK(settings.mechanisms == "PLAIN");
    CHECK(settings.user == "me");
    CHECK(settings.password == "secret");
    CHECK(settings.container == "rialto-here-plant");
    CHECK_FALSE(settings.dialect.has_value());
    CHECK(this->settings("amqp://broker.example")->mechanisms == "ANONYMOUS");
    CHECK(this->settings("amqps://broker.example")->dialing.address.port == 5671);
}

TEST_CASE_FIXTURE(Stand, "the login can be chosen") {
    say("sasl", "none");
    CHECK(settings("amqp://broker")->mechanisms.empty());
    say("sasl", "external");
    CHECK(settings("amqp://broker")->mechanisms == "EXTERNAL");
    say("sasl", "plain");
    CHECK(settings("amqp://broker").error().code == Errc::invalid);
}

TEST_CASE_FIXTURE(Stand, "what can't be meant is an error") {
    CHECK(settings("amqp://broker/path").error().code == Errc::invalid);
    say("dialect", "rabbitmq");
    auto topics = std::make_shared<OptionValues>(*options.schema().find("topics")->table);
    topics->set("prefix", std::string("plant."));
    options.set("topics", std::shared_ptr<const OptionValues>(topics));
    CHECK(settings("amqp://broker").error().code == Errc::invalid);
    topics = std::make_shared<OptionValues>(*options.schema().find("topics")->table);
    topics->set("separator", std::string("ab"));
    options.set("topics", std::shared_ptr<const OptionValues>(topics));
    CHECK(settings("amqp://broker").error().code == Errc::invalid);
}

TEST_CASE_FIXTURE(Stand, "what is promised depends on what is known of the broker") {
    CHECK_FALSE(backend_abilities(options).holds_unsettled);
    CHECK_FALSE(backend_abilities(options).weakest_reading.empty());
    CHECK(backend_abilities(options).confirms);
    say("dialect", "artemis");
    CHECK(backend_abilities(options).holds_unsettled);
    say("durable", "false");
    CHECK_FALSE(backend_abilities(options).holds_unsettled);
    say("node", "queue");
    CHECK(backend_abilities(options).holds_unsettled);
}
