#include "bridge/drop_counters.hpp"

namespace rialto::bridge {
namespace {

const char* name_of(Drop why) noexcept {
    switch (why) {
        case Drop::queue_full: return "queue_full";
        case Drop::expired: return "expired";
        case Drop::spool_full: return "spool_full";
        case Drop::spool_too_old: return "spool_too_old";
        case Drop::spool_damaged: return "spool_damaged";
    }
    return "";
}

}  // namespace

DropCounters::DropCounters(Metrics& metrics, std::string backend, std::string_view gateway)
    : metrics_(metrics), backend_(std::move(backend)), stamp_(std::string(gateway) + "/") {}

const std::string* DropCounters::route_of(const Message& message) {
    const auto& via = message.properties().via;
    if (via.empty() || !via.back().starts_with(stamp_)) return nullptr;
    const std::string_view name = std::string_view(via.back()).substr(stamp_.size());
    if (last_ && *last_ == name) return last_;
    auto found = routes_.find(name);
    if (found == routes_.end()) found = routes_.emplace(name, ByReason{}).first;
    return last_ = &found->first;
}

void DropCounters::count(Drop why, const std::string* route) {
    ByReason& counters = routes_[route ? *route : std::string()];
    Counter*& counter = counters[static_cast<std::size_t>(why)];
    if (!counter) {
        counter = &metrics_.counter("rialto_backend_dropped_total", "Messages dropped before the backend",
                                    {{"backend", backend_}, {"route", route ? *route : std::string()}, {"reason", name_of(why)}});
    }
    counter->add();
}

}  // namespace rialto::bridge
