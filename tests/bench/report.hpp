#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// Figures under their names, in the order in which they were added.
class Report {
public:
    explicit Report(std::string scenario) : scenario_(std::move(scenario)) {}

    void add(std::string name, double value) { figures_.emplace_back(std::move(name), value); }

    [[nodiscard]] std::string as_json() const;  ///< {"scenario":"latency","p50_us":61.2}
    [[nodiscard]] std::string as_text() const;  ///< latency: p50_us=61.2

private:
    std::string scenario_;
    std::vector<std::pair<std::string, double>> figures_;
};

/// CPU time of this process so far, to show that the generator is not what was measured.
std::chrono::nanoseconds own_cpu_time();

template <typename Duration> double in_seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace bench
