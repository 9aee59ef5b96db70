#include "tests/bench/scenarios.hpp"

#include <algorithm>
#include <iostream>
#include <string_view>

#include <sys/resource.h>

namespace {

/// Ten thousand connections need more descriptors than a shell usually grants.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

bench::Report measure(const bench::Options& options) {
    if (options.scenario == "throughput") return bench::measure_throughput(options);
    if (options.scenario == "latency") return bench::measure_latency(options);
    if (options.scenario == "idle") return bench::measure_idle(options);
    throw bench::Failure("unknown scenario '" + options.scenario + "': throughput, latency or idle");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1 && std::string_view(argv[1]) == "--help") {
        std::cout << bench::usage;
        return 0;
    }
    try {
        raise_descriptor_limit();
        const bench::Options options = bench::parse_options(argc, argv);
        const bench::Report report = measure(options);
        std::cout << (options.as_json ? report.as_json() : report.as_text()) << '\n';
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << "rialto_bench: " << failure.what() << '\n';
        return 1;
    }
}
