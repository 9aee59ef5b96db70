#include "adapters/kafka/offset_window.hpp"

#include <algorithm>

namespace rialto::kafka {

std::deque<OffsetWindow::Entry>::iterator OffsetWindow::locate(std::int64_t offset) {
    const auto found = std::lower_bound(entries_.begin(), entries_.end(), offset,
                                        [](const Entry& entry, std::int64_t wanted) { return entry.offset < wanted; });
    return found != entries_.end() && found->offset == offset && found->message ? found : entries_.end();
}

void OffsetWindow::handed_on(std::int64_t offset, MessagePtr message) {
    entries_.push_back({offset, std::move(message)});
    ++open_;
    next_ = offset + 1;
}

void OffsetWindow::reached(std::int64_t offset) { next_ = std::max(next_.value_or(offset), offset); }

void OffsetWindow::settled(std::int64_t offset) {
    const auto entry = locate(offset);
    if (entry == entries_.end()) return;
    entry->message = nullptr;
    --open_;
    while (!entries_.empty() && !entries_.front().message) entries_.pop_front();
}

MessagePtr OffsetWindow::find(std::int64_t offset) const {
    const auto entry = const_cast<OffsetWindow*>(this)->locate(offset);
    return entry == entries_.end() ? nullptr : entry->message;
}

std::optional<std::int64_t> OffsetWindow::committable() const noexcept {
    return entries_.empty() ? next_ : entries_.front().offset;
}

}  // namespace rialto::kafka
