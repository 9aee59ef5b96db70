#pragma once

#include "core/error.hpp"
#include "core/shard.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace rialto::stomp {

/// The two numbers of a `heart-beat` header. 0 is "can't" and "don't want" [STOMP 1.2, Heart-beating].
struct HeartBeatOffer {
    std::chrono::milliseconds can_send{0};
    std::chrono::milliseconds wants{0};
    friend bool operator==(const HeartBeatOffer&, const HeartBeatOffer&) = default;
};

/// Errc::protocol for anything but two numbers and a comma. Above a day is a day.
[[nodiscard]] Result<HeartBeatOffer> parse_heart_beat(std::string_view text);
[[nodiscard]] std::string to_text(const HeartBeatOffer& offer);

/// What we answer: what the client wishes, but nothing more often than `shortest`.
[[nodiscard]] HeartBeatOffer answer_to(const HeartBeatOffer& client,
                                       std::chrono::milliseconds shortest) noexcept;

/// Where heart-beats have their time from. A shard, but for tests.
class Timing {
public:
    virtual Instant now() noexcept = 0;
    virtual void arm(Timer& timer, Clock::duration delay) = 0;

protected:
    ~Timing() = default;
};

class ShardTiming final : public Timing {
public:
    explicit ShardTiming(Shard& shard) noexcept : shard_(shard) {}
    Instant now() noexcept override { return shard_.now(); }
    void arm(Timer& timer, Clock::duration delay) override { shard_.arm(timer, delay); }

private:
    Shard& shard_;
};

/// Keeps the promise to send, and watches the client's. Lives on: one shard.
class HeartBeats {
public:
    /// `send` writes one line end; `dead` says that the client was silent for twice its time.
    HeartBeats(Timing& timing, std::function<void()> send, std::function<void()> dead);

    /// Begins with what both sides agreed on: the longer of what one can and the other wants, in each
    /// direction.
    void start(const HeartBeatOffer& client, const HeartBeatOffer& server);
    void stop() noexcept;

    /// Something was written: it counts as a heart-beat.
    void wrote() noexcept { wrote_ = true; }
    /// Something was read, likewise.
    void heard() noexcept { last_heard_ = timing_.now(); }
    /// While we don't read, silence is our own.
    void pause_watch() noexcept { watch_.cancel(); }
    void resume_watch();

private:
    void send_if_silent();
    void check_silence();

    Timing& timing_;
    std::function<void()> send_;
    std::function<void()> dead_;
    std::chrono::milliseconds outgoing_{0};
    std::chrono::milliseconds incoming_{0};
    bool wrote_ = false;
    Instant last_heard_{};
    Timer beat_;
    Timer watch_;
};

}  // namespace rialto::stomp
