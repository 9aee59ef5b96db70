#include "adapters/redis/backend.hpp"

#include "adapters/redis/sink.hpp"
#include "adapters/redis/source.hpp"

namespace rialto::redis {

Backend::Backend(Gateway& gateway, Shard& shard, std::string name, Login login)
    : gateway_(gateway), shard_(shard), name_(std::move(name)), login_(std::move(login)) {}

Abilities Backend::all_abilities() {
    return {.reads = true,
            .writes = true,
            .confirms = true,
            .weakest_reading = "Redis pub/sub keeps nothing for a subscriber that is away",
            .weakest_writing = "Redis pub/sub forgets a message that nobody is subscribed to at that moment"};
}

std::unique_ptr<rialto::Source> Backend::make_source(std::vector<TopicFilter> patterns) {
    Counter& unmappable = gateway_.metrics().counter("rialto_backend_unmappable_total",
                                                     "Messages dropped because their address is no topic",
                                                     {{"backend", name_}});
    return std::make_unique<Source>(shard_, login_, std::move(patterns), unmappable);
}

std::unique_ptr<rialto::Sink> Backend::make_sink() { return std::make_unique<Sink>(shard_, name_, login_); }

}  // namespace rialto::redis
