#include <doctest/doctest.h>

#include <functional>

#include "adapters/redis/adapter.hpp"
#include "core/gateway.hpp"
#include "core/options.hpp"
#include "core/url.hpp"

using namespace rialto;
using namespace std::chrono_literals;

namespace {

struct Fixture {
    using Set = std::function<void(OptionValues&)>;

    /// Why there is no such backend; empty where there is one.
    std::string complaint(const std::string& address, const Set& set = [](OptionValues&) {}) {
        const Url url = Url::parse(address).value();
        OptionValues options(adapter->backend_options());
        set(options);
        const auto backend = adapter->make_backend({"log", url, options}, gateway.shard(0));
        return backend ? std::string() : backend.error().message;
    }
    bool complains_of(const std::string& word, const std::string& address, const Set& set) {
        return complaint(address, set).find("'" + word + "'") != std::string::npos;
    }

    Gateway gateway{{.name = "test"}};
    std::unique_ptr<Adapter> adapter = redis::make_adapter(gateway);
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "streams are asked for by the scheme, with a database or without") {
    CHECK(complaint("redis+stream://localhost") == "");
    CHECK(complaint("rediss+stream://user:word@localhost:6380/2") == "");
    CHECK(complaint("redis+stream://localhost/two") != "");
}

TEST_CASE_FIXTURE(Fixture, "options of streams are an error at pub/sub, which names them") {
    CHECK(complains_of("group", "redis://localhost", [](auto& o) { o.set("group", std::string("g")); }));
    CHECK(complains_of("max_length", "redis://localhost", [](auto& o) { o.set("max_length", std::int64_t{5}); }));
    CHECK(complains_of("claim_idle", "redis://localhost", [](auto& o) { o.set("claim_idle", OptionValue(1000ms)); }));
    CHECK_FALSE(complains_of("claim_idle", "redis://localhost", [](auto& o) { o.set("claim_idle", OptionValue(60'000ms)); }));
}

TEST_CASE_FIXTURE(Fixture, "options that exclude each other or make no sense are an error") {
    CHECK(complains_of("max_age", "redis+stream://localhost", [](auto& o) {
        o.set("max_length", std::int64_t{5});
        o.set("max_age", OptionValue(std::chrono::milliseconds(1h)));
    }));
    CHECK(complains_of("stream", "redis+stream://localhost", [](auto& o) { o.set("stream", std::string()); }));
    CHECK(complains_of("claim_idle", "redis+stream://localhost", [](auto& o) { o.set("claim_idle", OptionValue(1ms)); }));
    CHECK(complains_of("scan_interval", "redis+stream://localhost", [](auto& o) { o.set("scan_interval", OptionValue(1ms)); }));
}

TEST_CASE_FIXTURE(Fixture, "what a backend can do depends on the scheme") {
    const OptionValues options(adapter->backend_options());
    const Url pub_sub = Url::parse("redis://localhost").value();
    const Url streams = Url::parse("redis+stream://localhost").value();
    CHECK_FALSE(adapter->abilities({"b", pub_sub, options}).holds_unsettled);
    CHECK(adapter->abilities({"b", streams, options}).holds_unsettled);
    CHECK(adapter->abilities({"b", streams, options}).carries == FieldSet::all());
}
