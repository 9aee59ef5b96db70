#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/memory/broker.hpp"
#include "core/adapter.hpp"

namespace rialto::memory {

/// Reads a session of the broker. A message that is settled as released stays there and comes again with the next
/// connection. Lives on: one shard.
class Source final : public rialto::Source, private Client {
public:
    Source(Shard& shard, std::shared_ptr<Broker> broker, std::string client, std::vector<TopicFilter> patterns);
    ~Source() override;

    boost::asio::awaitable<Result<void>> open(Inlet& inlet) override;
    void grant(std::uint32_t more) override;
    boost::asio::awaitable<void> close() override;

private:
    void ready() noexcept override;
    void lost(const Error& reason) noexcept override;
    void disconnect();

    Shard& shard_;
    std::shared_ptr<Broker> broker_;
    std::string client_;
    std::vector<TopicFilter> patterns_;
    Inlet* inlet_ = nullptr;
    Ref<Link> link_;         ///< null while not open
    Ref<Settler> settler_;   ///< of this connection: what an earlier one had taken is not for this one to settle
    std::uint64_t credit_ = 0;
    bool is_taking_ = false;
};

}  // namespace rialto::memory
