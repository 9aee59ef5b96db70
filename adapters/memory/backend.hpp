#pragma once

#include <memory>
#include <string>

#include "adapters/memory/broker.hpp"
#include "core/adapter.hpp"

namespace rialto::memory {

/// A client of a Broker: every ability there is. Backends with the same broker name meet at the same broker.
/// Lives on: one shard.
class Backend final : public rialto::Backend {
public:
    /// @param client  names the session at the broker; unique among its clients
    Backend(Shard& shard, std::string_view broker, std::string client);

    static Abilities all_abilities();

    const Abilities& abilities() const override { return abilities_; }
    std::unique_ptr<rialto::Source> make_source(std::vector<TopicFilter> patterns) override;
    std::unique_ptr<rialto::Sink> make_sink() override;

    /// For tests, which have it fail.
    Broker& broker() noexcept { return *broker_; }

private:
    Shard& shard_;
    std::shared_ptr<Broker> broker_;
    std::string client_;
    Abilities abilities_ = all_abilities();
};

}  // namespace rialto::memory
