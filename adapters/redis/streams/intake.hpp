#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/redis/streams/entry_id.hpp"
#include "core/adapter.hpp"
#include "core/shard.hpp"

namespace rialto::redis::streams {

/// An entry that is ours until it is acknowledged.
struct Held {
    std::shared_ptr<const std::string> key;  ///< the stream's
    EntryId id;
    MessagePtr message;
    Instant since{};  ///< when Redis last heard that it is ours
};

/// What was read and is not settled, from reading to acknowledging. Hands on as much as there is credit for, in order; what
/// was released goes again after a pause, before anything newer does. What a connection brought is forgotten with it: Redis
/// keeps it, and gives it out again. Lives on: one shard.
class Intake {
public:
    /// How long a released message rests: whoever released it could not take it just now.
    static constexpr std::chrono::milliseconds usual_pause{1000};

    /// Identifiers of entries by the key of their stream.
    using Ids = std::map<std::string, std::vector<EntryId>, std::less<>>;

    /// @param on_change  there is something to acknowledge, or room for more
    Intake(Shard& shard, std::function<void()> on_change, std::chrono::milliseconds pause = usual_pause);
    ~Intake() { close(); }
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    /// Begins with nothing and without credit. Receipts from before settle nothing.
    void open(Inlet& inlet);
    void close() noexcept;

    void grant(std::uint32_t more);
    /// One more entry, the newest; hand_on() follows when all of a reply were taken.
    void take(Held entry) { waiting_.emplace(next_++, std::move(entry)); }
    void hand_on();
    /// An entry that nobody wants is to be acknowledged.
    void acknowledge(const std::string& key, EntryId id) { acknowledged_[key].push_back(id); }

    /// How many more may be read: none while something is left from before.
    std::uint64_t room() const noexcept { return waiting_.empty() && again_.empty() ? credit_ : 0; }
    /// What has to be told to Redis as acknowledged; it is told once.
    Ids take_acknowledged() { return std::exchange(acknowledged_, {}); }
    bool has_acknowledged() const noexcept { return !acknowledged_.empty(); }
    /// Everything that is ours and that Redis heard of before `time`, which counts as told now.
    Ids take_older_than(Instant time);
    bool holds(const std::string& key, EntryId id);

private:
    /// Outcomes of one connection's messages.
    class Outcomes final : public Settler {
    public:
        Outcomes(Shard& home, Intake& intake) : Settler(home), intake_(&intake) {}
        void forget_intake() noexcept { intake_ = nullptr; }
        void settled(std::uint64_t number, Outcome outcome) noexcept override {
            if (intake_) intake_->settled(number, outcome);
        }

    private:
        Intake* intake_;
    };
    using Numbered = std::map<std::uint64_t, Held>;

    void settled(std::uint64_t number, Outcome outcome);
    Numbered* next_to_go() noexcept;
    template <typename Visit>
    void for_each(Visit&& visit);

    Shard& shard_;
    std::function<void()> on_change_;
    const std::chrono::milliseconds pause_;
    Timer pause_over_;
    Inlet* inlet_ = nullptr;
    Ref<Outcomes> outcomes_;
    std::uint64_t next_ = 0;
    std::uint64_t credit_ = 0;
    bool is_handing_on_ = false;
    Numbered again_;      ///< released
    Numbered waiting_;    ///< for credit
    std::unordered_map<std::uint64_t, Held> unsettled_;
    Ids acknowledged_;
};

}  // namespace rialto::redis::streams
