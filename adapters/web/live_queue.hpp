#pragma once

#include "adapters/web/live_frames.hpp"
#include "core/message.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace rialto::web {

/// What waits to be written to one live socket, in order: messages, which may be dropped, and answers, which
/// may not. An empty queue owns nothing. Lives on: one shard.
class LiveQueue {
public:
    struct Item {
        MessagePtr message;             ///< null for an answer, and where the message was dropped
        std::unique_ptr<Bytes> answer;  ///< null for a message
        std::uint32_t subscription = 0;
        MessageForm form = MessageForm::live;
    };

    void push(Bytes answer);
    void push_first(Bytes answer);
    void push(const MessagePtr& message, MessageForm form, std::uint32_t subscription);
    /// Takes the place of the message of the same topic that was put in by this function, if that still
    /// waits.
    void push_latest(const MessagePtr& message, MessageForm form, std::uint32_t subscription);

    /// Drops the message that waits longest. @return its subscription; nothing where no message waits
    std::optional<std::uint32_t> drop_oldest();

    bool empty() const noexcept { return first_ == items_.size(); }
    /// What all that waits weighs, in bytes.
    std::size_t bytes() const noexcept { return bytes_; }

    /// The items in order, to be looked at before pop(); those with neither message nor answer were dropped.
    const Item& at(std::size_t index) const noexcept { return items_[first_ + index]; }
    std::size_t count() const noexcept { return items_.size() - first_; }
    void pop(std::size_t count) noexcept;
    void clear() noexcept;

private:
    using Latest =
        boost::unordered_flat_map<std::string_view, std::size_t>;  ///< index in items_, by the topic

    void drop(Item& item) noexcept;
    void close_holes();
    Latest::iterator find_latest(const Item& item) noexcept;
    void forget_latest(const Item& item) noexcept;

    std::vector<Item> items_;
    std::size_t first_ = 0;
    std::size_t bytes_ = 0;
    std::size_t holes_ = 0;
    Latest latest_;
};

}  // namespace rialto::web
