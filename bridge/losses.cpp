#include "bridge/losses.hpp"

namespace rialto::bridge {

Envelope::Form envelope_form_of(const EndpointConfig& backend) {
    return Envelope::form_named(backend.options.text("envelope")).value_or(Envelope::Form::none);
}

std::optional<SpoolConfig> spool_of(const EndpointConfig& backend) {
    const OptionValues* const options = backend.options.table("spool");
    if (!options) return std::nullopt;
    SpoolConfig config{options->size("max_bytes"), options->duration("max_age")};
    if (options->text("when_full") == "drop-oldest") config.when_full = SpoolConfig::WhenFull::drop_oldest;
    if (options->text("when_full") == "drop-newest") config.when_full = SpoolConfig::WhenFull::drop_newest;
    return config;
}

Abilities abilities_of(const EndpointConfig& backend) {
    Abilities can = backend.adapter->abilities(backend.backend_settings());
    can.carries = Envelope(envelope_form_of(backend)).carries(can.carries);
    return can;
}

FieldSet fields_carried_by(const Config& config, const std::string& place) {
    const EndpointConfig* const backend = config.find_backend(place);
    return backend ? abilities_of(*backend).carries : FieldSet::all();
}

FieldSet losses_of(const Config& config, const RouteConfig& route, const RouteSource& source, const RouteTarget& target) {
    // The trace of routes is the gateway's own: where it can't travel, echoes are told otherwise.
    FieldSet kept = fields_carried_by(config, target.place).with({Field::via});
    if (route.retain == RetainPolicy::clear) kept.add(Field::retain);
    const FieldSet sent = fields_carried_by(config, source.place);
    return (route.retain == RetainPolicy::set ? sent.with({Field::retain}) : sent).without(kept);
}

FieldSet losses_of(const Config& config, const RouteConfig& route, const RouteTarget& target) {
    FieldSet lost;
    for (const RouteSource& source : route.from) lost = lost.with(losses_of(config, route, source, target));
    return lost;
}

}  // namespace rialto::bridge
