#pragma once

#include "core/receipt.hpp"

#include <cstdint>
#include <string>

#include <boost/unordered/unordered_flat_map.hpp>

namespace rialto::stomp {

/// Who hears of what became of a connection's messages.
class SendWatcher {
public:
    /// `receipt_id` is empty where the client asked for no RECEIPT.
    virtual void sent(const std::string& receipt_id, Outcome outcome) = 0;

protected:
    ~SendWatcher() = default;
};

/// A connection's messages that are not settled yet, with the receipts that the client asked for. It may
/// outlive the connection: what settles later is then nobody's business. Lives on: one shard.
class SendLedger final : public Settler {
public:
    SendLedger(Shard& home, SendWatcher& watcher) noexcept : Settler(home), watcher_(&watcher) {}

    /// A receipt for one SEND, or for all of a COMMIT. The watcher hears once.
    [[nodiscard]] Receipt open(std::string receipt_id);
    [[nodiscard]] std::size_t unsettled() const noexcept { return waiting_.size(); }

    /// The connection is gone.
    void forget() noexcept { watcher_ = nullptr; }

    void settled(std::uint64_t token, Outcome outcome) noexcept override;

private:
    SendWatcher* watcher_;
    std::uint64_t last_token_ = 0;
    boost::unordered_flat_map<std::uint64_t, std::string> waiting_;
};

}  // namespace rialto::stomp
