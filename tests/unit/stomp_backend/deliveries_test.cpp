#include "adapters/stomp/client/deliveries.hpp"

#include <doctest/doctest.h>

using namespace rialto;
using namespace rialto::stomp;

namespace {

std::vector<std::string> said(const std::vector<Deliveries::Answer>& answers) {
    std::vector<std::string> out;
    for (const auto& answer : answers) {
        for (const AckHandle& handle : answer.handles) {
            out.push_back((answer.outcome == Outcome::rejected ? "NACK " : "ACK ") + handle.id);
        }
    }
    return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("each message is answered by itself, in any order") {
    Deliveries deliveries(false);
    const auto first = deliveries.add({"1", ""});
    const auto second = deliveries.add({"2", ""});
    CHECK(said(deliveries.settle(second, Outcome::rejected)) == Texts{"NACK 2"});
    CHECK(said(deliveries.settle(first, Outcome::accepted)) == Texts{"ACK 1"});
    CHECK(deliveries.unsettled() == 0);
}

TEST_CASE("a message is answered once") {
    Deliveries deliveries(false);
    const auto only = deliveries.add({"1", ""});
    CHECK(said(deliveries.settle(only, Outcome::accepted)).size() == 1);
    CHECK(deliveries.settle(only, Outcome::accepted).empty());
    CHECK(deliveries.settle(only + 7, Outcome::accepted).empty());
}

TEST_CASE("a released message is never answered") {
    Deliveries deliveries(false);
    CHECK(deliveries.settle(deliveries.add({"1", ""}), Outcome::released).empty());
    CHECK(said(deliveries.settle(deliveries.add({"2", ""}), Outcome::accepted)) == Texts{"ACK 2"});
}

TEST_CASE("in 1.0, where an ACK speaks for all before it, answers keep the order of arrival") {
    Deliveries deliveries(true);
    const auto first = deliveries.add({"1", ""});
    const auto second = deliveries.add({"2", ""});
    const auto third = deliveries.add({"3", ""});
    CHECK(deliveries.settle(second, Outcome::accepted).empty());
    CHECK(said(deliveries.settle(first, Outcome::accepted)) == Texts{"ACK 1", "ACK 2"});
    CHECK(said(deliveries.settle(third, Outcome::accepted)) == Texts{"ACK 3"});
}

TEST_CASE("in 1.0 nothing behind a released message is answered") {
    Deliveries deliveries(true);
    const auto first = deliveries.add({"1", ""});
    const auto second = deliveries.add({"2", ""});
    CHECK(deliveries.settle(first, Outcome::released).empty());
    CHECK(deliveries.settle(second, Outcome::accepted).empty());
}

TEST_CASE("copies of one message are one message, and answered together") {
    Deliveries deliveries(false);
    std::vector<Deliveries::Answer> answers;
    const auto token = deliveries.add_copy("id", 3, {"1", ""}, answers);
    REQUIRE(token);
    CHECK_FALSE(deliveries.add_copy("id", 3, {"2", ""}, answers));
    CHECK(answers.empty());
    CHECK(said(deliveries.settle(*token, Outcome::accepted)) == Texts{"ACK 1", "ACK 2"});
    CHECK_FALSE(deliveries.add_copy("id", 3, {"3", ""}, answers));
    CHECK(said(answers) == Texts{"ACK 3"});
}

TEST_CASE("once all copies came, the id may come again: the broker repeats a message") {
    Deliveries deliveries(false);
    std::vector<Deliveries::Answer> answers;
    CHECK(deliveries.add_copy("id", 2, {"1", ""}, answers));
    CHECK_FALSE(deliveries.add_copy("id", 2, {"2", ""}, answers));
    CHECK(deliveries.add_copy("id", 2, {"3", ""}, answers));
}

TEST_CASE("a late copy of a released message stays unanswered too") {
    Deliveries deliveries(false);
    std::vector<Deliveries::Answer> answers;
    const auto token = deliveries.add_copy("id", 2, {"1", ""}, answers);
    CHECK(deliveries.settle(*token, Outcome::released).empty());
    CHECK_FALSE(deliveries.add_copy("id", 2, {"2", ""}, answers));
    CHECK(answers.empty());
}

TEST_CASE("copies that never come are not waited for without end") {
    Deliveries deliveries(false);
    std::vector<Deliveries::Answer> answers;
    const auto first = deliveries.add_copy("0", 2, {"0", ""}, answers);
    for (int i = 1; i <= 70'000; ++i) {
        const auto token = deliveries.add_copy(std::to_string(i), 2, {std::to_string(i), ""}, answers);
        deliveries.settle(*token, Outcome::accepted);
    }
    CHECK(deliveries.add_copy("0", 2, {"again", ""}, answers));  // forgotten: it counts as a new message
    CHECK(said(deliveries.settle(*first, Outcome::accepted)) == Texts{"ACK 0"});
}
