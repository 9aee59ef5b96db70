#include "adapters/memory/source.hpp"

#include <utility>

namespace rialto::memory {
namespace {

/// Passes on what became of the messages that one connection took.
class Settlement final : public Settler {
public:
    Settlement(Shard& home, std::shared_ptr<Broker> broker, Ref<Link> link)
        : Settler(home), broker_(std::move(broker)), link_(std::move(link)) {}

    void settled(std::uint64_t token, Outcome outcome) noexcept override {
        if (outcome != Outcome::released) broker_->settle(*link_, token);
    }

private:
    std::shared_ptr<Broker> broker_;
    Ref<Link> link_;
};

}  // namespace

Source::Source(Shard& shard, std::shared_ptr<Broker> broker, std::string client, std::vector<TopicFilter> patterns)
    : shard_(shard), broker_(std::move(broker)), client_(std::move(client)), patterns_(std::move(patterns)) {}

Source::~Source() { disconnect(); }

boost::asio::awaitable<Result<void>> Source::open(Inlet& inlet) {
    Ref<Link> link(new Link(shard_, *this));
    if (auto ok = broker_->attach_reader(link, client_, patterns_); !ok) co_return ok;
    inlet_ = &inlet;
    link_ = link;
    settler_ = new Settlement(shard_, broker_, link);
    credit_ = 0;
    co_return Result<void>();
}

void Source::grant(std::uint32_t more) {
    credit_ += more;
    ready();
}

void Source::ready() noexcept {
    if (is_taking_) return;  // the inlet granted more from within accept()
    is_taking_ = true;
    while (link_ && credit_ != 0) {
        auto taken = broker_->take(*link_, credit_);
        if (taken.empty()) break;
        credit_ -= taken.size();
        for (Held& held : taken) inlet_->accept(std::move(held.message), Receipt(settler_, held.number));
    }
    is_taking_ = false;
}

boost::asio::awaitable<void> Source::close() {
    disconnect();
    co_return;
}

void Source::lost(const Error& reason) noexcept {
    disconnect();
    inlet_->lost(reason);
}

void Source::disconnect() {
    if (!link_) return;
    link_->forget_client();
    broker_->detach(*link_);
    link_ = nullptr;
    settler_ = nullptr;
}

}  // namespace rialto::memory
