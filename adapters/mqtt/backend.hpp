#pragma once

#include "adapters/mqtt/client.hpp"
#include "core/adapter.hpp"

#include <memory>

namespace rialto::mqtt {

/// An MQTT broker as a backend. Lives on: one shard.
class Backend final : public rialto::Backend {
public:
    Backend(Gateway& gateway, Shard& shard, ClientSettings settings)
        : client_(std::make_shared<Client>(gateway, shard, std::move(settings))) {}

    const Abilities& abilities() const override { return client_->abilities(); }
    std::unique_ptr<rialto::Source> make_source(std::vector<TopicFilter> patterns) override;
    std::unique_ptr<rialto::Sink> make_sink() override;

private:
    std::shared_ptr<Client> client_;
};

/// The options of `[backends.NAME]` with an mqtt url.
const Schema& backend_schema();

/// What they and the url say. @error invalid
Result<ClientSettings> client_settings_from(const Adapter& adapter, std::string_view gateway,
                                            const BackendSettings& settings);

/// What a backend with these options can do, as far as can be told before it connects.
Abilities backend_abilities(const OptionValues& options);

}  // namespace rialto::mqtt
