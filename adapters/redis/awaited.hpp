#pragma once

#include "core/answer.hpp"

namespace rialto::redis {

/// Shows an answer that a coroutine waits for to whoever gives it, as long as the coroutine is there: a gateway that stops
/// takes it away in the middle.
class Awaited {
public:
    Awaited(Answer<void>*& shown, Answer<void>& answer) noexcept : shown_(shown) { shown_ = &answer; }
    ~Awaited() { shown_ = nullptr; }
    Awaited(const Awaited&) = delete;
    Awaited& operator=(const Awaited&) = delete;

private:
    Answer<void>*& shown_;
};

}  // namespace rialto::redis
