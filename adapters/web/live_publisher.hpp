#pragma once

#include "adapters/web/recent_keys.hpp"
#include "core/message.hpp"
#include "core/receipt.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace rialto::web {

/// Who is told what became of a connection's publishes. Lives on: the connection's shard.
class PublishWatcher {
public:
    /// @param id  of the request, as JSON text; empty where it wants no answer
    virtual void publish_settled(std::string_view id, const RecentKeys::Settled& settled) noexcept = 0;

protected:
    ~PublishWatcher() = default;
};

/// The receipts of one live socket's publishes. Outlives the connection as long as one is out, so that the
/// idempotency keys learn how they ended. Lives on: one shard.
class LivePublisher final : public Settler {
public:
    LivePublisher(Shard& home, std::shared_ptr<RecentKeys> keys, PublishWatcher& watcher)
        : Settler(home), keys_(std::move(keys)), watcher_(&watcher) {}

    /// A receipt for a message that is about to be published.
    Receipt expect(std::string id, std::string key, MessagePtr message);
    /// Whether this key is new. Where it is not, the watcher is told how the first publish with it ended.
    bool is_fresh(const std::string& id, const std::string& key, Instant now);

    std::size_t unsettled() const noexcept { return pending_.size(); }
    /// The connection is gone.
    void forget_watcher() noexcept { watcher_ = nullptr; }

    void settled(std::uint64_t token, Outcome outcome) noexcept override;

private:
    struct Pending {
        std::string id;
        std::string key;
        MessagePtr message;  ///< has its number when it is settled: whoever numbers comes before all takers
    };

    std::shared_ptr<RecentKeys> keys_;
    PublishWatcher* watcher_;
    std::unordered_map<std::uint64_t, Pending> pending_;
    std::uint64_t next_token_ = 0;
};

}  // namespace rialto::web
