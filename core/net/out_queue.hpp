#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "core/message.hpp"

namespace rialto {

/// Bytes on their way out of one connection, in order. Small frames are copied into blocks that the thread's
/// connections share, so that a turn's output leaves in one write; large payloads stay where they are.
/// An empty queue owns no memory. Lives on: one shard.
class OutQueue {
public:
    OutQueue() = default;
    ~OutQueue() { clear(); }
    OutQueue(const OutQueue&) = delete;
    OutQueue& operator=(const OutQueue&) = delete;

    /// Room for `size` contiguous bytes, to be filled before the next call; the queue grows by all of it.
    std::uint8_t* extend(std::size_t size);
    void append(ByteView bytes);
    /// The message's payload: copied where it is small, kept alive and written from its place where it is large.
    void append_payload(const MessagePtr& message);

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    /// What to write next, at most `pieces.size()` pieces. @return the pieces filled in
    std::span<iovec> front(std::span<iovec> pieces) const noexcept;
    /// Forgets the first `size` bytes.
    void pop(std::size_t size) noexcept;
    void clear() noexcept;

private:
    struct Segment {
        std::uint8_t* block;  ///< ours; null where `message` owns the bytes
        const std::uint8_t* data;
        std::uint32_t capacity;
        std::uint32_t begin;
        std::uint32_t end;
        MessagePtr message;
    };

    static constexpr std::size_t block_size = 8 * 1024;      // a slice of a publisher's read, once encoded
    static constexpr std::size_t large_payload = 16 * 1024;  // above this a copy costs more than a gathered write

    void drop(Segment& segment) noexcept;

    std::vector<Segment> segments_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace rialto
