#include "adapters/amqp/backend/backend.hpp"

#include <functional>

#include "adapters/amqp/backend/sink.hpp"
#include "adapters/amqp/backend/source.hpp"

namespace rialto::amqp {

Backend::Backend(Gateway& gateway, Shard& shard, ClientSettings settings)
    : gateway_(gateway), shard_(shard), settings_(std::make_shared<const ClientSettings>(std::move(settings))) {
    known_->dialect = settings_->dialect;
    known_->abilities = abilities_of(*settings_, settings_->dialect);
}

std::function<void(Dialect)> Backend::learning() const {
    return [known = known_, settings = settings_](Dialect dialect) {
        if (known->dialect == dialect) return;
        known->dialect = dialect;
        known->abilities = abilities_of(*settings, dialect);
        log::info("broker known", {{"backend", settings->backend}, {"dialect", std::string(name_of(dialect))}});
    };
}

std::unique_ptr<rialto::Source> Backend::make_source(std::vector<TopicFilter> patterns) {
    Counter& unmappable = gateway_.metrics().counter("rialto_backend_unmappable_total",
                                                     "Messages dropped because their address is no topic",
                                                     {{"backend", settings_->backend}});
    return std::make_unique<Source>(shard_, settings_, std::move(patterns),
                                    Source::Surroundings{subscriptions_, unmappable, learning()});
}

std::unique_ptr<rialto::Sink> Backend::make_sink() { return std::make_unique<Sink>(shard_, settings_, learning()); }

std::string Backend::native_address(std::string_view topic) const {
    return settings_->addressing(known_->dialect.value_or(Dialect::generic)).address_of(topic);
}

}  // namespace rialto::amqp
