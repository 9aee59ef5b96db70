#pragma once

#include <string>
#include <vector>

#include "adapters/zeromq/settings.hpp"
#include "adapters/zeromq/sockets.hpp"
#include "core/adapter.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"

namespace rialto::zeromq {

/// Reads from SUB and from PULL, as far as the backend has them. Without credit nothing is received, and the peers' own queues
/// fill: PUSH waits then, PUB drops. ZeroMQ wants to hear of no message what became of it. Receipts of PULL are there all the
/// same, so that credit comes back only when the targets have the message; those of SUB are empty, because a publisher does
/// not wait. Lives on: one shard.
class Source final : public rialto::Source, private SocketsUser {
public:
    /// @param unmappable  counts messages that have no topic or are none
    Source(Shard& shard, const Settings& settings, std::vector<TopicFilter> filters, Counter& unmappable);

    boost::asio::awaitable<Result<void>> open(Inlet& inlet) override;
    void grant(std::uint32_t more) override;
    boost::asio::awaitable<void> close() override;

private:
    void on_news(Socket& socket) noexcept override;
    void on_unreached() noexcept override;
    void read_all();
    void read(Socket& socket);
    void take(SocketKind from, const Socket::Parts& parts, std::size_t count);
    void say_unmappable(const std::string& why);

    std::string backend_;
    std::vector<TopicFilter> filters_;
    std::string topic_of_one_;
    std::vector<SocketPlan> plans_;
    Counter& unmappable_;
    log::RateLimit unmappable_log_;
    Ref<Settler> nobody_asks_;
    Inlet* inlet_ = nullptr;
    std::uint64_t credit_ = 0;
    bool is_reading_ = false;
    Sockets sockets_;
    Socket::Parts parts_;
};

}  // namespace rialto::zeromq
