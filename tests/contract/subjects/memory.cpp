#include <deque>

#include "adapters/memory/backend.hpp"
#include "tests/contract/other_side.hpp"

namespace rialto::contract {
namespace {

class MemoryReader final : public RawReader {
public:
    MemoryReader(std::shared_ptr<memory::Broker> broker, std::string_view pattern)
        : broker_(std::move(broker)), pattern_(TopicFilter::parse(pattern).value()), seen_(broker_->published().size()) {
        for (const auto& message : broker_->last_values(pattern_)) last_values_.push_back(message);
    }

    std::optional<Raw> next(std::chrono::milliseconds) override {
        if (!last_values_.empty()) {
            const MessagePtr message = last_values_.front();
            last_values_.pop_front();
            return raw(*message, true);
        }
        const auto published = broker_->published();
        while (seen_ < published.size()) {
            const MessagePtr& message = published[seen_++];
            if (pattern_.matches(message->topic())) return raw(*message, false);
        }
        return std::nullopt;
    }

private:
    static Raw raw(const Message& message, bool retain) {
        return {std::string(message.topic()), Bytes(as_text(message.payload())), retain};
    }

    std::shared_ptr<memory::Broker> broker_;
    TopicFilter pattern_;
    std::size_t seen_;
    std::deque<MessagePtr> last_values_;
};

class MemoryBroker final : public OtherSide {
public:
    std::unique_ptr<Backend> make_backend(Gateway&, Shard& shard, std::string_view name) override {
        return std::make_unique<memory::Backend>(shard, "contract", std::string(name));
    }
    void publish(const Raw& message) override {
        broker_->publish(Message::create(message.topic, as_bytes(message.payload),
                                         {Qos::at_least_once, message.retain}));
    }
    std::unique_ptr<RawReader> read(std::string_view pattern) override {
        return std::make_unique<MemoryReader>(broker_, pattern);
    }
    void pause() override { broker_->hold_confirmations(); }
    void resume() override { broker_->confirm_held(); }
    void stop() override {
        broker_->refuse_connections({Errc::unreachable, "the broker is stopped"});
        broker_->lose_connections({Errc::unreachable, "the broker was stopped"});
    }
    void restart() override { broker_->accept_connections(); }

private:
    std::shared_ptr<memory::Broker> broker_ = memory::Broker::named("contract");
};

}  // namespace

Abilities claimed_abilities() { return memory::Backend::all_abilities(); }
std::unique_ptr<OtherSide> start_other_side() { return std::make_unique<MemoryBroker>(); }

}  // namespace rialto::contract
