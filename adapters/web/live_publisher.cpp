#include "adapters/web/live_publisher.hpp"

#include "core/history/stamp.hpp"
#include "core/shard.hpp"

#include <utility>

namespace rialto::web {

Receipt LivePublisher::expect(std::string id, std::string key, MessagePtr message) {
    const auto token = next_token_++;
    pending_.emplace(token, Pending{std::move(id), std::move(key), std::move(message)});
    return Receipt(Ref<Settler>(this), token);
}

bool LivePublisher::is_fresh(const std::string& id, const std::string& key, Instant now) {
    const Ref<LivePublisher> self(this);
    const auto waiter = [self, id](const RecentKeys::Settled& settled) {
        self->home().post([self, id, settled] {
            if (self->watcher_) self->watcher_->publish_settled(id, settled);
        });
    };
    return keys_->begin(key, now, waiter) == RecentKeys::Standing::fresh;
}

void LivePublisher::settled(std::uint64_t token, Outcome outcome) noexcept {
    auto found = pending_.extract(token);
    if (found.empty()) return;
    const Pending& pending = found.mapped();
    const RecentKeys::Settled settled{outcome, stamp_of(*pending.message).number};
    if (!pending.key.empty()) keys_->settle(pending.key, settled);
    if (watcher_) watcher_->publish_settled(pending.id, settled);
}

}  // namespace rialto::web
