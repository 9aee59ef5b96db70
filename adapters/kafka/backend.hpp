#pragma once

#include "adapters/kafka/client.hpp"
#include "core/adapter.hpp"
#include "core/gateway.hpp"

namespace rialto::kafka {

/// A Kafka cluster as a backend. Lives on: one shard.
class Backend final : public rialto::Backend {
public:
    /// @param name  for logs and metrics
    Backend(Gateway& gateway, Shard& shard, std::string name, Settings settings);

    static Abilities all_abilities();

    const Abilities& abilities() const override { return abilities_; }
    std::unique_ptr<rialto::Source> make_source(std::vector<TopicFilter> patterns) override;
    std::unique_ptr<rialto::Sink> make_sink() override;
    std::string native_address(std::string_view topic) const override;

private:
    Gateway& gateway_;
    Shard& shard_;
    std::string name_;
    std::shared_ptr<const Settings> settings_;
    std::shared_ptr<Undertaker> undertaker_ = std::make_shared<Undertaker>();
    Abilities abilities_ = all_abilities();
};

}  // namespace rialto::kafka
