#include "tests/bench/report.hpp"

#include <ctime>
#include <sstream>

namespace bench {
namespace {

std::string number(double value) {
    std::ostringstream out;
    out.precision(9);
    out << value;
    return out.str();
}

}  // namespace

std::string Report::as_json() const {
    std::string out = "{\"scenario\":\"" + scenario_ + "\"";
    for (const auto& [name, value] : figures_) out += ",\"" + name + "\":" + number(value);
    return out + "}";
}

std::string Report::as_text() const {
    std::string out = scenario_ + ":";
    for (const auto& [name, value] : figures_) out += " " + name + "=" + number(value);
    return out;
}

std::chrono::nanoseconds own_cpu_time() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace bench
