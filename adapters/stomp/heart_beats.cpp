#include "adapters/stomp/heart_beats.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace rialto::stomp {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr std::uint64_t a_day = 24ULL * 60 * 60 * 1000;

std::optional<Milliseconds> milliseconds_from(std::string_view text) noexcept {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end != text.data() + text.size() || text.empty()) return std::nullopt;
    if (error == std::errc::result_out_of_range) return Milliseconds(a_day);
    if (error != std::errc{}) return std::nullopt;
    return Milliseconds(std::min(number, a_day));
}

/// How often in this direction; 0 is never.
Milliseconds agreed(Milliseconds can_send, Milliseconds wants) noexcept {
    return can_send == Milliseconds(0) || wants == Milliseconds(0) ? Milliseconds(0)
                                                                   : std::max(can_send, wants);
}

}  // namespace

Result<HeartBeatOffer> parse_heart_beat(std::string_view text) {
    const std::size_t comma = text.find(',');
    if (comma != std::string_view::npos) {
        const auto can_send = milliseconds_from(text.substr(0, comma));
        const auto wants = milliseconds_from(text.substr(comma + 1));
        if (can_send && wants) return HeartBeatOffer{*can_send, *wants};
    }
    return fail(Errc::protocol, "heart-beat must be two numbers of milliseconds with a comma between them");
}

std::string to_text(const HeartBeatOffer& offer) {
    return std::to_string(offer.can_send.count()) + "," + std::to_string(offer.wants.count());
}

HeartBeatOffer answer_to(const HeartBeatOffer& client, Milliseconds shortest) noexcept {
    const auto bounded = [shortest](Milliseconds wish) {
        return wish == Milliseconds(0) ? wish : std::max(wish, shortest);
    };
    return {bounded(client.wants), bounded(client.can_send)};
}

HeartBeats::HeartBeats(Timing& timing, std::function<void()> send, std::function<void()> dead)
    : timing_(timing),
      send_(std::move(send)),
      dead_(std::move(dead)),
      beat_([this] { send_if_silent(); }),
      watch_([this] { check_silence(); }) {}

void HeartBeats::start(const HeartBeatOffer& client, const HeartBeatOffer& server) {
    outgoing_ = agreed(server.can_send, client.wants);
    incoming_ = agreed(client.can_send, server.wants);
    heard();
    if (outgoing_ != Milliseconds(0)) send_if_silent();
    resume_watch();
}

void HeartBeats::stop() noexcept {
    beat_.cancel();
    watch_.cancel();
}

/// Looks twice in each interval, a tick early because timers may fire a tick late: what was written right
/// after one look lets the next pass, and the one after it still comes in time.
void HeartBeats::send_if_silent() {
    if (!std::exchange(wrote_, false)) send_();
    wrote_ = false;
    timing_.arm(beat_, std::max<Milliseconds>(outgoing_ / 2 - TimerWheel::tick, TimerWheel::tick));
}

void HeartBeats::resume_watch() {
    if (incoming_ == Milliseconds(0)) return;
    heard();
    timing_.arm(watch_, 2 * incoming_);
}

/// Twice the interval is the margin for inaccurate timers that the receiver should grant.
void HeartBeats::check_silence() {
    const auto silence = timing_.now() - last_heard_;
    if (silence >= 2 * incoming_) return dead_();
    timing_.arm(watch_, 2 * incoming_ - silence);
}

}  // namespace rialto::stomp
