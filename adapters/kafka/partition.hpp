#pragma once

#include <string>
#include <utility>

#include "adapters/kafka/offset_window.hpp"
#include "core/receipt.hpp"

namespace rialto::kafka {

class Partition;

/// Hears what became of a partition's messages.
class PartitionUser {
public:
    virtual void on_settled(Partition& partition, std::int64_t offset, Outcome outcome) noexcept = 0;

protected:
    ~PartitionUser() = default;
};

/// One partition for as long as it is assigned to us once. Receipts of its messages settle it, by offset; once it is
/// fenced, because it was taken away, a late one settles nothing. Lives on: its home shard.
class Partition final : public Settler {
public:
    Partition(Shard& home, PartitionUser& user, std::string topic, std::int32_t number)
        : Settler(home), topic_(std::move(topic)), number_(number), user_(&user) {}

    void settled(std::uint64_t token, Outcome outcome) noexcept override {
        if (user_) user_->on_settled(*this, static_cast<std::int64_t>(token), outcome);
    }

    const std::string& topic() const noexcept { return topic_; }
    std::int32_t number() const noexcept { return number_; }
    OffsetWindow& window() noexcept { return window_; }

    /// Whether there is something to commit.
    bool is_dirty() const noexcept { return window_.committable() && window_.committable() != committed; }

    /// Brings nothing more: it is about to be taken away.
    void leave() noexcept { is_leaving_ = true; }
    bool is_leaving() const noexcept { return is_leaving_; }
    void fence() noexcept {
        is_leaving_ = true;
        user_ = nullptr;
    }

    /// What the group has committed, as far as we know.
    std::optional<std::int64_t> committed;
    /// Read from the end on, wherever that is: Kafka has not said yet.
    bool is_looking_for_end = false;

private:
    std::string topic_;
    std::int32_t number_;
    PartitionUser* user_;
    OffsetWindow window_;
    bool is_leaving_ = false;
};

}  // namespace rialto::kafka
