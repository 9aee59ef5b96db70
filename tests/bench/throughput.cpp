#include "tests/bench/scenarios.hpp"
#include "tests/bench/server_process.hpp"

#include <algorithm>

namespace bench {

Report measure_throughput(const Options& options) {
    using Clock = std::chrono::steady_clock;
    const std::uint32_t of_each = std::max(1u, options.messages / options.shape.publishers);
    const ServerProcess server(options.pid);
    Traffic traffic(options.server, options.shape);
    traffic.publish(std::max(1u, of_each / 10));

    const auto began = Clock::now();
    const auto server_began = server.cpu_time();
    const auto own_began = own_cpu_time();
    traffic.publish(of_each);
    const double seconds = in_seconds(Clock::now() - began);
    const double server_seconds = in_seconds(server.cpu_time() - server_began);
    const double own_seconds = in_seconds(own_cpu_time() - own_began);
    traffic.expect_silence(std::chrono::milliseconds(50));

    const double published = static_cast<double>(of_each) * options.shape.publishers;
    const double delivered = published * options.shape.subscribers;
    Report report("throughput");
    report.add("delivered", delivered);
    report.add("seconds", seconds);
    report.add("messages_per_second", delivered / seconds);
    report.add("cpu_seconds_per_million", server_seconds / delivered * 1e6);
    report.add("server_cpu_seconds", server_seconds);
    report.add("generator_cpu_seconds", own_seconds);
    return report;
}

}  // namespace bench
