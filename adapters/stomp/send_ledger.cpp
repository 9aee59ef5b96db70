#include "adapters/stomp/send_ledger.hpp"

#include <utility>

namespace rialto::stomp {

Receipt SendLedger::open(std::string receipt_id) {
    waiting_.emplace(++last_token_, std::move(receipt_id));
    return Receipt(Ref<Settler>(this), last_token_);
}

void SendLedger::settled(std::uint64_t token, Outcome outcome) noexcept {
    const auto found = waiting_.find(token);
    if (found == waiting_.end()) return;
    const std::string receipt_id = std::move(found->second);
    waiting_.erase(found);
    if (watcher_) watcher_->sent(receipt_id, outcome);
}

}  // namespace rialto::stomp
