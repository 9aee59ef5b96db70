#include "adapters/zeromq/backend.hpp"

#include "adapters/zeromq/sink.hpp"
#include "adapters/zeromq/source.hpp"

namespace rialto::zeromq {

Backend::Backend(Gateway& gateway, Shard& shard, Settings settings, Abilities abilities)
    : gateway_(gateway), shard_(shard), settings_(std::move(settings)), abilities_(std::move(abilities)) {}

std::unique_ptr<rialto::Source> Backend::make_source(std::vector<TopicFilter> patterns) {
    Counter& unmappable = gateway_.metrics().counter("rialto_backend_unmappable_total",
                                                     "Messages dropped because their address is no topic",
                                                     {{"backend", settings_.name}});
    return std::make_unique<Source>(shard_, settings_, std::move(patterns), unmappable);
}

std::unique_ptr<rialto::Sink> Backend::make_sink() {
    Counter& unwanted = gateway_.metrics().counter("rialto_zeromq_unwanted_total",
                                                   "Messages not sent because no peer has subscribed to them",
                                                   {{"backend", settings_.name}});
    return std::make_unique<Sink>(shard_, settings_, unwanted);
}

}  // namespace rialto::zeromq
