#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/amqp/backend/client_settings.hpp"
#include "adapters/amqp/backend/subscriptions.hpp"
#include "core/adapter.hpp"
#include "core/gateway.hpp"

namespace rialto::amqp {

/// An AMQP 1.0 broker as a backend. Lives on: one shard.
class Backend final : public rialto::Backend {
public:
    Backend(Gateway& gateway, Shard& shard, ClientSettings settings);

    /// Those of the dialect, once it is known.
    const Abilities& abilities() const override { return known_->abilities; }
    std::unique_ptr<rialto::Source> make_source(std::vector<TopicFilter> patterns) override;
    std::unique_ptr<rialto::Sink> make_sink() override;
    std::string native_address(std::string_view topic) const override;

private:
    /// What was learned of the broker. Sources and sinks may live longer than the backend.
    struct Known {
        std::optional<Dialect> dialect;
        Abilities abilities;
    };
    std::function<void(Dialect)> learning() const;

    Gateway& gateway_;
    Shard& shard_;
    std::shared_ptr<const ClientSettings> settings_;
    std::shared_ptr<Known> known_ = std::make_shared<Known>();
    std::shared_ptr<Subscriptions> subscriptions_ = std::make_shared<Subscriptions>();
};

}  // namespace rialto::amqp
