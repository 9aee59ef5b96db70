#pragma once

#include "core/queues/durable_subscriptions.hpp"
#include "core/queues/queue.hpp"
#include "core/error.hpp"
#include "core/gateway.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace rialto {

/// All queues of the gateway by their topic. @thread any
class Queues : public std::enable_shared_from_this<Queues> {
public:
    Queues(Gateway& gateway, const QueueLimits& limits);

    /// The set that all listeners of `gateway` use while one of them holds it, so that a queue is the same by whatever protocol
    /// it is reached. @thread the main one
    static std::shared_ptr<Queues> of(Gateway& gateway);

    /// Opens the queues that have messages in the gateway's store, and the durable subscriptions, the first time it is called.
    /// Before the shards run.
    /// @error invalid  what is stored is damaged
    Result<void> restore();

    /// The queue of a topic or filter; where there is none yet, it is made on `here`, the shard that runs
    /// this. Errc::over_limit where there are too many, Errc::invalid where `topic` is no filter.
    [[nodiscard]] Result<std::shared_ptr<Queue>> open(std::string_view topic, Shard& here);

    [[nodiscard]] std::size_t count() const;

    DurableSubscriptions& durable() noexcept { return durable_; }

private:
    Result<std::unique_ptr<KeptQueue>> kept_of(std::string_view topic, Shard& home, const StoredMessages* found);
    Result<std::shared_ptr<Queue>> make(std::string_view topic, Shard& home, const StoredMessages* found);
    void forget(Queue& queue);

    Gateway& gateway_;
    const QueueCommons commons_;
    DurableSubscriptions durable_{gateway_, commons_};
    bool is_restored_ = false;
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Queue>, std::less<>> queues_;
};

/// The shared group that all queues are in: a client of another protocol joins one as `$share/queue/TOPIC`.
inline constexpr std::string_view queue_group = "queue";

}  // namespace rialto
