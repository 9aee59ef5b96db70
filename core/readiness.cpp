#include "core/readiness.hpp"

#include <algorithm>

namespace rialto {

Readiness::Part::Part(Readiness& readiness, std::string name) : readiness_(readiness) {
    const std::lock_guard lock(readiness_.mutex_);
    entry_ = readiness_.entries_.insert(readiness_.entries_.end(), {std::move(name)});
}

Readiness::Part::~Part() {
    const std::lock_guard lock(readiness_.mutex_);
    readiness_.entries_.erase(entry_);
}

void Readiness::Part::set(bool is_up) {
    const std::lock_guard lock(readiness_.mutex_);
    entry_->is_up = is_up;
}

std::vector<Readiness::State> Readiness::states() const {
    std::vector<State> states;
    {
        const std::lock_guard lock(mutex_);
        for (const Entry& entry : entries_) states.push_back({entry.name, entry.is_up});
    }
    std::stable_sort(states.begin(), states.end(), [](const State& a, const State& b) { return a.name < b.name; });
    return states;
}

}  // namespace rialto
