#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "core/message.hpp"

namespace rialto {

/// A message's number among all that this gateway has seen, and when that was. @thread any
struct Stamp {
    std::uint64_t number;
    WallTime seen;
};

/// The message's own, the same for everybody; made when somebody first asks.
Stamp stamp_of(const Message& message);
/// The highest number that was given so far.
std::uint64_t last_number() noexcept;

/// Gives a message the stamp that it had before a restart. Precondition: nobody has asked for it yet.
void restore_stamp(const Message& message, const Stamp& stamp);
/// All numbers given from now on are higher.
void continue_numbers_after(std::uint64_t number) noexcept;

}  // namespace rialto
