#include "core/net/out_queue.hpp"

#include <algorithm>
#include <cstring>

namespace rialto {
namespace {

/// Blocks that the connections of one thread pass round; a block is only held while it has bytes to write.
class BlockPool {
public:
    ~BlockPool() {
        for (std::uint8_t* block : free_) delete[] block;
    }
    std::uint8_t* take(std::size_t size) {
        if (free_.empty()) return new std::uint8_t[size];
        std::uint8_t* block = free_.back();
        free_.pop_back();
        return block;
    }
    void give_back(std::uint8_t* block) {
        if (free_.size() < kept_blocks) {
            free_.push_back(block);
        } else {
            delete[] block;
        }
    }

private:
    static constexpr std::size_t kept_blocks = 1024;  // 8 MB a thread
    std::vector<std::uint8_t*> free_;
};

thread_local BlockPool pool;

}  // namespace

std::uint8_t* OutQueue::extend(std::size_t size) {
    if (segments_.size() == first_ || segments_.back().block == nullptr ||
        segments_.back().capacity - segments_.back().end < size) {
        const std::size_t capacity = std::max(size, block_size);
        std::uint8_t* block = capacity == block_size ? pool.take(block_size) : new std::uint8_t[capacity];
        segments_.push_back({block, block, static_cast<std::uint32_t>(capacity), 0, 0, nullptr});
    }
    Segment& last = segments_.back();
    std::uint8_t* const room = last.block + last.end;
    last.end += static_cast<std::uint32_t>(size);
    size_ += size;
    return room;
}

void OutQueue::append(ByteView bytes) {
    if (!bytes.empty()) std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
}

void OutQueue::append_payload(const MessagePtr& message) {
    const ByteView payload = message->payload();
    if (payload.size() < large_payload) return append(payload);
    const auto size = static_cast<std::uint32_t>(payload.size());
    segments_.push_back({nullptr, payload.data(), size, 0, size, message});
    size_ += payload.size();
}

std::span<iovec> OutQueue::front(std::span<iovec> pieces) const noexcept {
    const std::size_t count = std::min(pieces.size(), segments_.size() - first_);
    for (std::size_t i = 0; i < count; ++i) {
        const Segment& segment = segments_[first_ + i];
        pieces[i] = {const_cast<std::uint8_t*>(segment.data) + segment.begin, segment.end - segment.begin};
    }
    return pieces.first(count);
}

void OutQueue::pop(std::size_t size) noexcept {
    size_ -= size;
    while (size > 0) {
        Segment& segment = segments_[first_];
        const std::size_t left = segment.end - segment.begin;
        if (size < left) {
            segment.begin += static_cast<std::uint32_t>(size);
            return;
        }
        size -= left;
        drop(segment);
        ++first_;
    }
    if (size_ == 0) clear();
}

void OutQueue::clear() noexcept {
    for (std::size_t i = first_; i < segments_.size(); ++i) drop(segments_[i]);
    // An idle connection keeps nothing, a busy one keeps its few slots.
    if (segments_.capacity() > 64 || segments_.size() <= 1) {
        segments_ = {};
    } else {
        segments_.clear();
    }
    first_ = 0;
    size_ = 0;
}

void OutQueue::drop(Segment& segment) noexcept {
    if (segment.block) {
        if (segment.capacity == block_size) {
            pool.give_back(segment.block);
        } else {
            delete[] segment.block;
        }
    }
    segment.message.reset();
    segment.block = nullptr;
}

}  // namespace rialto
