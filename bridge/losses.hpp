#pragma once

#include <optional>
#include <string>

#include "bridge/config.hpp"
#include "bridge/envelope.hpp"
#include "bridge/spool_config.hpp"
#include "core/field.hpp"

namespace rialto::bridge {

/// As its `envelope` says.
Envelope::Form envelope_form_of(const EndpointConfig& backend);

/// As its `spool` says; nothing where it has none.
std::optional<SpoolConfig> spool_of(const EndpointConfig& backend);

/// What the backend can do as the file describes it: by its protocol, and by the envelope that it was given.
Abilities abilities_of(const EndpointConfig& backend);

/// What a message can carry at a place and still have in the gateway: everything on the bus.
FieldSet fields_carried_by(const Config& config, const std::string& place);

/// What messages from `source` may have and `target` has no room for.
FieldSet losses_of(const Config& config, const RouteConfig& route, const RouteSource& source, const RouteTarget& target);
/// The same over all sources of the route.
FieldSet losses_of(const Config& config, const RouteConfig& route, const RouteTarget& target);

}  // namespace rialto::bridge
