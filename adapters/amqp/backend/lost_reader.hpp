#pragma once

#include <chrono>
#include <cstdint>

#include "core/clock.hpp"

namespace rialto::amqp {

/// After a connection of ours went silent, RabbitMQ takes it for alive until its own heartbeats find out. All that it had
/// given to that one waits there until then, so whoever reads on would get what is newer first. Lives on: one shard.
class LostReader {
public:
    /// We read the queue now, beside so many others.
    void reading_beside(std::uint32_t others) noexcept {
        others_ = others;
        is_silent_ = false;
    }
    /// Our connection is gone, and the broker may not know.
    /// @param idle_timeout  what the broker says of itself; 0: it never looks
    void silent(Instant now, std::chrono::milliseconds idle_timeout) noexcept {
        if (idle_timeout == std::chrono::milliseconds(0)) return;
        if (!is_silent_) noticed_by_ = now + looks * idle_timeout;
        is_silent_ = true;
    }
    /// Whether the broker still has it for a reader. @param readers  of the queue
    bool is_there(std::uint32_t readers, Instant now) const noexcept {
        return is_silent_ && readers > others_ && now < noticed_by_;
    }

private:
    /// It looks once in twice that time, and gives up at the second look that finds nothing new.
    static constexpr int looks = 6;

    std::uint32_t others_ = 0;
    bool is_silent_ = false;
    Instant noticed_by_{};
};

}  // namespace rialto::amqp
