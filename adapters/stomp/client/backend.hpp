#pragma once

#include "adapters/stomp/client/settings.hpp"
#include "core/adapter.hpp"
#include "core/gateway.hpp"

#include <memory>
#include <set>
#include <string>

namespace rialto::stomp {

/// A STOMP broker as a backend: RabbitMQ, Artemis, ActiveMQ and others. Lives on: one shard.
class Backend final : public rialto::Backend {
public:
    Backend(Gateway& gateway, Shard& shard, ClientSettings settings, Abilities abilities);

    const Abilities& abilities() const override { return abilities_; }
    std::unique_ptr<rialto::Source> make_source(std::vector<TopicFilter> patterns) override;
    std::unique_ptr<rialto::Sink> make_sink() override;
    std::string native_address(std::string_view topic) const override { return settings_.addresses.destination_of(topic); }

private:
    Gateway& gateway_;
    Shard& shard_;
    ClientSettings settings_;
    Abilities abilities_;
    /// What the last source had subscribed to, so that the next one takes back what it does not want.
    std::shared_ptr<std::set<std::string>> known_ = std::make_shared<std::set<std::string>>();
};

}  // namespace rialto::stomp
