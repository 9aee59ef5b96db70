#pragma once

#include "adapters/redis/connection.hpp"
#include "core/adapter.hpp"
#include "core/gateway.hpp"

namespace rialto::redis {

/// Redis pub/sub as a backend. Channels are topics as they are. Lives on: one shard.
class Backend final : public rialto::Backend {
public:
    /// @param name  for logs and metrics
    Backend(Gateway& gateway, Shard& shard, std::string name, Login login);

    static Abilities all_abilities();

    const Abilities& abilities() const override { return abilities_; }
    std::unique_ptr<rialto::Source> make_source(std::vector<TopicFilter> patterns) override;
    std::unique_ptr<rialto::Sink> make_sink() override;

private:
    Gateway& gateway_;
    Shard& shard_;
    std::string name_;
    Login login_;
    Abilities abilities_ = all_abilities();
};

}  // namespace rialto::redis
