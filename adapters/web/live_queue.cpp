#include "adapters/web/live_queue.hpp"

#include <algorithm>
#include <utility>

namespace rialto::web {
namespace {

constexpr std::size_t holes_worth_closing = 64;

bool is_hole(const LiveQueue::Item& item) noexcept {
    return !item.message && !item.answer;
}

std::size_t weight_of(const LiveQueue::Item& item) noexcept {
    return item.message ? item.message->size() : item.answer ? item.answer->size() : 0;
}

}  // namespace

void LiveQueue::push(Bytes answer) {
    bytes_ += answer.size();
    items_.push_back({nullptr, std::make_unique<Bytes>(std::move(answer)), 0, MessageForm::live});
}

void LiveQueue::push_first(Bytes answer) {
    bytes_ += answer.size();
    Item item{nullptr, std::make_unique<Bytes>(std::move(answer)), 0, MessageForm::live};
    if (first_ > 0) {
        items_[--first_] = std::move(item);
    } else {
        items_.insert(items_.begin(), std::move(item));
        for (auto& [topic, index] : latest_) ++index;
    }
}

void LiveQueue::push(const MessagePtr& message, MessageForm form, std::uint32_t subscription) {
    bytes_ += message->size();
    items_.push_back({message, nullptr, subscription, form});
}

void LiveQueue::push_latest(const MessagePtr& message, MessageForm form, std::uint32_t subscription) {
    if (const auto known = latest_.find(message->topic()); known != latest_.end()) {
        const std::size_t index = known->second;
        latest_.erase(known);  // its name is the old message's
        drop(items_[index]);
        close_holes();
    }
    push(message, form, subscription);
    latest_.emplace(message->topic(), items_.size() - 1);
}

std::optional<std::uint32_t> LiveQueue::drop_oldest() {
    const auto oldest = std::find_if(items_.begin() + static_cast<std::ptrdiff_t>(first_), items_.end(),
                                     [](const Item& item) { return item.message != nullptr; });
    if (oldest == items_.end()) return std::nullopt;
    forget_latest(*oldest);
    const std::uint32_t subscription = oldest->subscription;
    drop(*oldest);
    if (oldest - items_.begin() == static_cast<std::ptrdiff_t>(first_)) {
        --holes_;
        ++first_;
    }
    close_holes();
    return subscription;
}

void LiveQueue::drop(Item& item) noexcept {
    bytes_ -= weight_of(item);
    item.message.reset();
    ++holes_;
}

void LiveQueue::close_holes() {
    const bool is_worth_it = holes_ + first_ > holes_worth_closing && (holes_ + first_) * 2 > items_.size();
    if (!is_worth_it) return;
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
    std::erase_if(items_, is_hole);
    first_ = 0;
    holes_ = 0;
    for (std::size_t i = 0; i < items_.size(); ++i) {
        if (!items_[i].message) continue;
        const auto known = find_latest(items_[i]);
        if (known != latest_.end()) known->second = i;
    }
}

// The name of an entry stands in the very message that it is about.
LiveQueue::Latest::iterator LiveQueue::find_latest(const Item& item) noexcept {
    const auto known = latest_.find(item.message->topic());
    return known != latest_.end() && known->first.data() == item.message->topic().data() ? known
                                                                                         : latest_.end();
}

void LiveQueue::forget_latest(const Item& item) noexcept {
    if (const auto known = find_latest(item); known != latest_.end()) latest_.erase(known);
}

void LiveQueue::pop(std::size_t count) noexcept {
    for (; count > 0; --count) {
        Item& item = items_[first_];
        if (is_hole(item)) --holes_;
        if (item.message) forget_latest(item);
        bytes_ -= weight_of(item);
        item = Item{};
        ++first_;
    }
    if (empty()) clear();
}

void LiveQueue::clear() noexcept {
    if (items_.capacity() > holes_worth_closing || items_.size() <= 1) {
        items_ = std::vector<Item>();
    } else {
        items_.clear();
    }
    latest_.clear();
    first_ = 0;
    bytes_ = 0;
    holes_ = 0;
}

}  // namespace rialto::web
