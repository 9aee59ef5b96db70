#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/message.hpp"
#include "core/receipt.hpp"
#include "core/ref_counted.hpp"

namespace rialto::bridge {

/// What is kept in order among itself where messages have to be sent again.
enum class Order : std::uint8_t {
    by_topic,
    by_key,  ///< by topic where there is no key
    none,
};

/// Why a message will never reach its target.
enum class Undeliverable : std::uint8_t {
    rejected,           ///< the other side refuses it for good
    too_many_attempts,  ///< the other side gave it back more often than its route allows
    unmappable_topic,   ///< the target has no such topic
};

/// As metrics and dead letters call it: "rejected", "too_many_attempts", "unmappable_topic".
std::string_view name_of(Undeliverable why) noexcept;

/// Whoever takes one message back that can't be delivered. Lives on: any thread, one at a time.
class Returns : public RefCounted {
public:
    explicit Returns(std::uint32_t max_attempts) noexcept : max_attempts_(max_attempts) {}

    /// Whose messages these are, so that they find back after a restart.
    virtual const std::string& route() const noexcept = 0;

    /// So often it is tried while the connection holds; 0 is for ever.
    std::uint32_t max_attempts() const noexcept { return max_attempts_; }
    /// Called once at most. @param receipt  the share that came with it, to be settled by the callee
    virtual void take_back(const Message& message, Undeliverable why, std::uint32_t attempts, Receipt receipt) noexcept = 0;

private:
    const std::uint32_t max_attempts_;
};

/// One message on its way to one backend, with what is asked for it.
struct Parcel {
    MessagePtr message;
    Receipt receipt;
    Order order = Order::by_topic;
    Ref<Returns> returns = {};  ///< null: the receipt says that it was refused
    MessagePtr plain = {};      ///< before it was sealed, where somebody may want that back
    const std::string* route = nullptr;  ///< that sent it, as DropCounters knows it; null: nobody knows
    bool is_spooled = false;    ///< it is on disk, and its receipt the spool's own
};

}  // namespace rialto::bridge
