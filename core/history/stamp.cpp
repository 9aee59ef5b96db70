#include "core/history/stamp.hpp"

#include <atomic>
#include <cstring>

namespace rialto {
namespace {

constexpr char key{};  // its address names the stamp's place
std::atomic<std::uint64_t> last{0};

Bytes packed(const Stamp& stamp) {
    return {reinterpret_cast<const char*>(&stamp), sizeof stamp};
}

}  // namespace

Stamp stamp_of(const Message& message) {
    const Bytes& kept = message.encoding(&key, [] {
        return packed({last.fetch_add(1, std::memory_order_relaxed) + 1, wall_now()});
    });
    Stamp stamp;
    std::memcpy(&stamp, kept.data(), sizeof stamp);
    return stamp;
}

std::uint64_t last_number() noexcept { return last.load(std::memory_order_relaxed); }

void restore_stamp(const Message& message, const Stamp& stamp) {
    message.encoding(&key, [&] { return packed(stamp); });
}

void continue_numbers_after(std::uint64_t number) noexcept {
    auto now = last.load(std::memory_order_relaxed);
    while (now < number && !last.compare_exchange_weak(now, number, std::memory_order_relaxed)) {}
}

}  // namespace rialto
