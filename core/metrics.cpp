#include "core/metrics.hpp"

namespace rialto {
namespace {

std::string label_text(const Labels& labels) {
    if (labels.empty()) return {};
    std::string text = "{";
    for (const auto& [name, value] : labels) {
        if (text.size() > 1) text += ',';
        text += name + "=\"";
        for (const char c : value) {
            if (c == '\n') {
                text += "\\n";
                continue;
            }
            if (c == '"' || c == '\\') text += '\\';
            text += c;
        }
        text += '"';
    }
    return text + "}";
}

}  // namespace

Metrics::Family& Metrics::family(std::string_view name, std::string_view help, bool is_counter) {
    auto found = families_.find(name);
    if (found == families_.end()) {
        found = families_.try_emplace(std::string(name)).first;
        found->second.help = help;
        found->second.is_counter = is_counter;
    }
    return found->second;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
    const std::lock_guard lock(mutex_);
    auto& counters = family(name, help, true).counters;
    return counters.emplace_back(std::piecewise_construct, std::forward_as_tuple(std::move(labels)), std::tuple<>())
        .second;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
    const std::lock_guard lock(mutex_);
    auto& gauges = family(name, help, false).gauges;
    for (auto& [known, gauge] : gauges) {
        if (known == labels) return gauge;
    }
    return gauges.emplace_back(std::piecewise_construct, std::forward_as_tuple(std::move(labels)), std::tuple<>()).second;
}

std::string Metrics::text() const {
    const std::lock_guard lock(mutex_);
    std::string out;
    for (const auto& [name, family] : families_) {
        out += "# HELP " + name + " " + family.help + "\n# TYPE " + name + (family.is_counter ? " counter\n" : " gauge\n");
        std::map<std::string, std::uint64_t> sums;
        for (const auto& [labels, counter] : family.counters) sums[label_text(labels)] += counter.value();
        for (const auto& [labels, sum] : sums) out += name + labels + " " + std::to_string(sum) + "\n";
        for (const auto& [labels, gauge] : family.gauges) {
            out += name + label_text(labels) + " " + std::to_string(gauge.value()) + "\n";
        }
    }
    return out;
}

std::uint64_t Metrics::total(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = families_.find(name);
    if (found == families_.end()) return 0;
    std::uint64_t sum = 0;
    for (const auto& [labels, counter] : found->second.counters) sum += counter.value();
    return sum;
}

}  // namespace rialto
