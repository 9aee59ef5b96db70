#pragma once

#include <memory>

#include "adapters/redis/connection.hpp"
#include "adapters/redis/streams/settings.hpp"
#include "core/adapter.hpp"
#include "core/gateway.hpp"

namespace rialto::redis::streams {

/// Redis Streams as a backend. Keys are topics as they are, or all share one stream. Lives on: one shard.
class Backend final : public rialto::Backend {
public:
    /// @param name  for logs and metrics
    Backend(Gateway& gateway, Shard& shard, std::string name, Login login, Settings settings);

    static Abilities all_abilities();

    const Abilities& abilities() const override { return abilities_; }
    std::unique_ptr<rialto::Source> make_source(std::vector<TopicFilter> patterns) override;
    std::unique_ptr<rialto::Sink> make_sink() override;
    std::string native_address(std::string_view topic) const override;

private:
    Gateway& gateway_;
    Shard& shard_;
    std::string name_;
    Login login_;
    const Settings settings_;
    Abilities abilities_ = all_abilities();
    bool is_read_ = false;  ///< so that what we write has to be known again
};

}  // namespace rialto::redis::streams
