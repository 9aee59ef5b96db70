#include "adapters/stomp/client/backend.hpp"

#include "adapters/stomp/client/sink.hpp"
#include "adapters/stomp/client/source.hpp"

namespace rialto::stomp {

Backend::Backend(Gateway& gateway, Shard& shard, ClientSettings settings, Abilities abilities)
    : gateway_(gateway), shard_(shard), settings_(std::move(settings)), abilities_(std::move(abilities)) {}

std::unique_ptr<rialto::Source> Backend::make_source(std::vector<TopicFilter> patterns) {
    Counter& unmappable = gateway_.metrics().counter("rialto_backend_unmappable_total",
                                                     "Messages dropped because their address is no topic",
                                                     {{"backend", settings_.backend}});
    return std::make_unique<Source>(shard_, settings_, std::move(patterns), known_, unmappable);
}

std::unique_ptr<rialto::Sink> Backend::make_sink() {
    return std::make_unique<Sink>(shard_, settings_);
}

}  // namespace rialto::stomp
