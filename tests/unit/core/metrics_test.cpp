#include <doctest/doctest.h>

#include "core/metrics.hpp"

using namespace rialto;

TEST_CASE("counters with equal labels are added up") {
    Metrics metrics;
    metrics.counter("rialto_x_total", "What it counts", {{"route", "a"}}).add(2);
    metrics.counter("rialto_x_total", "What it counts", {{"route", "a"}}).add();
    metrics.counter("rialto_x_total", "What it counts", {{"route", "b"}}).add();
    CHECK(metrics.text() ==
          "# HELP rialto_x_total What it counts\n"
          "# TYPE rialto_x_total counter\n"
          "rialto_x_total{route=\"a\"} 3\n"
          "rialto_x_total{route=\"b\"} 1\n");
    CHECK(metrics.total("rialto_x_total") == 4);
}

TEST_CASE("label values are escaped") {
    Metrics metrics;
    metrics.gauge("rialto_y", "help", {{"name", "a\"b\\c\nd"}}).set(-1);
    CHECK(metrics.text().find("rialto_y{name=\"a\\\"b\\\\c\\nd\"} -1\n") != std::string::npos);
}
