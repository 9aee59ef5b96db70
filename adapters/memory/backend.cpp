#include "adapters/memory/backend.hpp"

#include <utility>

#include "adapters/memory/sink.hpp"
#include "adapters/memory/source.hpp"

namespace rialto::memory {

Backend::Backend(Shard& shard, std::string_view broker, std::string client)
    : shard_(shard), broker_(Broker::named(broker)), client_(std::move(client)) {}

Abilities Backend::all_abilities() {
    return {.reads = true,
            .writes = true,
            .holds_unsettled = true,
            .confirms = true,
            .carries = FieldSet::all(),
            .suppresses_echo = true,
            .keeps_retained = true};
}

std::unique_ptr<rialto::Source> Backend::make_source(std::vector<TopicFilter> patterns) {
    return std::make_unique<Source>(shard_, broker_, client_, std::move(patterns));
}

std::unique_ptr<rialto::Sink> Backend::make_sink() { return std::make_unique<Sink>(shard_, broker_, client_); }

}  // namespace rialto::memory
