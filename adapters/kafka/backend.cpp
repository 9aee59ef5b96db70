#include "adapters/kafka/backend.hpp"

#include "adapters/kafka/sink.hpp"
#include "adapters/kafka/source.hpp"

namespace rialto::kafka {

Backend::Backend(Gateway& gateway, Shard& shard, std::string name, Settings settings)
    : gateway_(gateway),
      shard_(shard),
      name_(std::move(name)),
      settings_(std::make_shared<const Settings>(std::move(settings))) {}

Abilities Backend::all_abilities() {
    return {.reads = true, .writes = true, .holds_unsettled = true, .confirms = true, .carries = FieldSet::all()};
}

std::unique_ptr<rialto::Source> Backend::make_source(std::vector<TopicFilter> patterns) {
    Counter& unmappable = gateway_.metrics().counter("rialto_backend_unmappable_total",
                                                     "Messages dropped because their address is no topic",
                                                     {{"backend", name_}});
    return std::make_unique<Source>(shard_, settings_, std::move(patterns), undertaker_, unmappable);
}

std::unique_ptr<rialto::Sink> Backend::make_sink() {
    return std::make_unique<Sink>(shard_, name_, settings_, undertaker_);
}

std::string Backend::native_address(std::string_view topic) const {
    const Layout& layout = settings_->layout;
    if (layout.is_one_topic()) return layout.topic;
    const auto name = layout.names.name_of(topic);
    return name ? *name : "(none: " + name.error().message + ")";
}

}  // namespace rialto::kafka
