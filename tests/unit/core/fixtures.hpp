#pragma once

#include <string>
#include <vector>

#include "core/bus.hpp"
#include "core/shard.hpp"

namespace rialto::test {

inline TopicFilter filter(std::string_view text) { return TopicFilter::parse(text).value(); }

inline MessagePtr message(std::string_view topic, std::string_view payload = "x", Message::Traits traits = {}) {
    return Message::create(topic, as_bytes(payload), traits);
}

/// Writes down what it was delivered; keeps the receipts where told to.
class Recorder final : public Subscriber {
public:
    void deliver(const Delivery& delivery, const Receipt& receipt) noexcept override {
        got.emplace_back(std::string(delivery.message->topic()) + "=" +
                         std::string(as_text(delivery.message->payload())));
        qos.push_back(delivery.qos);
        retain.push_back(delivery.retain);
        identifiers.emplace_back(delivery.identifiers.begin(), delivery.identifiers.end());
        if (holds) held.push_back(receipt.share());
    }

    std::vector<std::string> got;
    std::vector<Qos> qos;
    std::vector<bool> retain;
    std::vector<std::vector<std::uint32_t>> identifiers;
    std::vector<Receipt> held;
    bool holds = false;
};

/// Writes down what became of its messages.
class Publisher final : public Settler {
public:
    using Settler::Settler;
    void settled(std::uint64_t token, Outcome outcome) noexcept override { heard.emplace_back(token, outcome); }

    std::vector<std::pair<std::uint64_t, Outcome>> heard;
};

}  // namespace rialto::test
