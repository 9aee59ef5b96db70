#include "bridge/loss_counters.hpp"

namespace rialto::bridge {

LossCounters::LossCounters(Gateway& gateway, std::string route, std::vector<std::string> targets)
    : gateway_(gateway),
      route_(std::move(route)),
      targets_(std::move(targets)),
      counters_(gateway.shard_count(), std::vector<ByField>(targets_.size(), ByField{})) {}

void LossCounters::count_each(std::size_t target, FieldSet lost) {
    ByField& counters = counters_[Shard::current()->index()][target];
    for (std::size_t i = 0; i < every_field.size(); ++i) {
        if (!lost.has(every_field[i])) continue;
        if (!counters[i]) {
            counters[i] = &gateway_.metrics().counter("rialto_field_lost_total", "Fields of messages that a target has no room for",
                                                      {{"route", route_},
                                                       {"target", targets_[target]},
                                                       {"field", std::string(name_of(every_field[i]))},
                                                       {"reason", "not_carried"}});
        }
        counters[i]->add();
    }
}

}  // namespace rialto::bridge
