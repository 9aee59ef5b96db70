#include "tests/bench/scenarios.hpp"
#include "tests/bench/server_process.hpp"

#include <vector>

namespace bench {

Report measure_idle(const Options& options) {
    const ServerProcess server(options.pid);
    Connection first(options.server, options.shape.version,
                     "bench-first");  // what the server builds once is not counted
    const std::size_t before = server.settled_memory();

    std::vector<Connection> connections;
    connections.reserve(options.connections);
    for (std::uint32_t i = 0; i < options.connections; ++i)
        connections.emplace_back(options.server, options.shape.version, "bench-idle-" + std::to_string(i));
    const std::size_t after = server.settled_memory();

    Poller poller;
    for (std::uint32_t i = 0; i < options.connections; ++i) poller.add(connections[i].fd(), i);
    if (!poller.wait(std::chrono::milliseconds(0)).empty())
        throw Failure("the server did not keep every connection");

    Report report("idle");
    report.add("connections", options.connections);
    report.add("bytes_per_connection",
               (static_cast<double>(after) - static_cast<double>(before)) / options.connections);
    report.add("resident_bytes", static_cast<double>(after));
    return report;
}

}  // namespace bench
