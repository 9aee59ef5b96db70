#include "bridge/drop_counters.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using bridge::Drop;
using bridge::DropCounters;

namespace {

MessagePtr passed(std::vector<std::string> via) {
    auto properties = std::make_unique<Properties>();
    properties->via = std::move(via);
    return Message::create("t", {}, {}, std::move(properties));
}

struct Fixture {
    Metrics metrics;
    DropCounters drops{metrics, "far", "here"};

    bool says(const std::string& sample) const {
        return metrics.text().find("rialto_backend_dropped_total" + sample + "\n") != std::string::npos;
    }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "drops are counted by backend, route and reason") {
    drops.count(Drop::queue_full, drops.route_of(*passed({"elsewhere/x", "here/one"})));
    drops.count(Drop::queue_full, drops.route_of(*passed({"here/one"})));
    drops.count(Drop::expired, drops.route_of(*passed({"here/one"})));
    drops.count(Drop::queue_full, drops.route_of(*passed({"here/one", "here/two"})));
    CHECK(says(R"({backend="far",route="one",reason="queue_full"} 2)"));
    CHECK(says(R"({backend="far",route="one",reason="expired"} 1)"));
    CHECK(says(R"({backend="far",route="two",reason="queue_full"} 1)"));
}

TEST_CASE_FIXTURE(Fixture, "a message that no route of ours sent has none") {
    CHECK(drops.route_of(*passed({})) == nullptr);
    CHECK(drops.route_of(*passed({"here/one", "elsewhere/x"})) == nullptr);
    drops.count(Drop::spool_damaged, nullptr);
    CHECK(says(R"({backend="far",route="",reason="spool_damaged"} 1)"));
}

TEST_CASE_FIXTURE(Fixture, "a route's name is the same one for all its messages") {
    const std::string* const one = drops.route_of(*passed({"here/one"}));
    const std::string* const two = drops.route_of(*passed({"here/two"}));
    CHECK(*two == "two");
    CHECK(drops.route_of(*passed({"here/one"})) == one);
    CHECK(drops.route_of(*passed({"here/two"})) == two);
}
