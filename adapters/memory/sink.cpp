#include "adapters/memory/sink.hpp"

#include <cassert>
#include <utility>

namespace rialto::memory {

Sink::Sink(Shard& shard, std::shared_ptr<Broker> broker, std::string client)
    : shard_(shard), broker_(std::move(broker)), client_(std::move(client)) {}

Sink::~Sink() { disconnect(); }

boost::asio::awaitable<Result<void>> Sink::open(SinkWatcher& watcher) {
    Ref<Link> link(new Link(shard_, *this));
    if (auto ok = broker_->attach_writer(link, client_); !ok) co_return ok;
    watcher_ = &watcher;
    link_ = link;
    co_return Result<void>();
}

void Sink::send(MessagePtr message, Receipt receipt) {
    assert(link_ && "send() is for an open sink");
    unsettled_.push_back({++last_number_, std::move(receipt)});
    broker_->publish(*link_, message, last_number_);
}

void Sink::confirmed(std::uint64_t number, Outcome outcome) noexcept {
    if (unsettled_.empty() || unsettled_.front().number != number) return;  // confirmations come in order
    Receipt receipt = std::move(unsettled_.front().receipt);
    unsettled_.pop_front();
    receipt.settle(outcome);
}

boost::asio::awaitable<void> Sink::close() {
    disconnect();
    co_return;
}

void Sink::lost(const Error& reason) noexcept {
    disconnect();
    watcher_->lost(reason);
}

void Sink::disconnect() {
    if (!link_) return;
    link_->forget_client();
    broker_->detach(*link_);
    link_ = nullptr;
    for (Sent& sent : std::exchange(unsettled_, {})) sent.receipt.settle(Outcome::released);
}

}  // namespace rialto::memory
