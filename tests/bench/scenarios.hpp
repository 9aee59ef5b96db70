#pragma once

#include "tests/bench/options.hpp"
#include "tests/bench/report.hpp"

namespace bench {

/// Messages a second that reached subscribers, and the server's CPU-seconds for each million of them.
/// A tenth of the messages goes first and is not counted: connections, caches and queues are warm then.
Report measure_throughput(const Options& options);

/// Microseconds from the publisher's write to the subscriber's read, at a steady rate that does not wait for
/// answers.
Report measure_latency(const Options& options);

/// Bytes of the server's resident memory for each connection that was accepted and says nothing.
Report measure_idle(const Options& options);

}  // namespace bench
