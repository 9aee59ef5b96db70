#pragma once

#include "tests/bench/traffic.hpp"

#include <string>

#include <sys/types.h>

namespace bench {

/// What to measure, as the command line says.
struct Options {
    std::string scenario;  ///< throughput, latency or idle
    Endpoint server;
    pid_t pid = 0;
    Shape shape;
    std::uint32_t messages = 100'000;  ///< of all publishers together, counted once however many receive them
    std::uint32_t rate = 1000;         ///< latency: messages a second
    std::uint32_t connections = 10'000;
    bool as_json = false;
};

/// Fails with one sentence when an option is unknown, lacks its value or is out of range.
Options parse_options(int argc, char** argv);

extern const char* const usage;

}  // namespace bench
