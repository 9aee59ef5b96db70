#include "core/retained.hpp"

#include <mutex>

namespace rialto {

struct RetainedMessages::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> below;
    MessagePtr message;

    bool empty() const noexcept { return below.empty() && !message; }

    Node& child(std::string_view level) {
        const auto found = below.find(level);
        if (found != below.end()) return *found->second;
        return *below.emplace(level, std::make_unique<Node>()).first->second;
    }

    // @return what was there before
    MessagePtr put(Levels levels, const MessagePtr& value) {
        const auto level = levels.next();
        if (!level) return std::exchange(message, value);
        return child(*level).put(levels, value);
    }

    MessagePtr take(Levels levels) {
        const auto level = levels.next();
        if (!level) return std::exchange(message, nullptr);
        const auto found = below.find(*level);
        if (found == below.end()) return nullptr;
        auto taken = found->second->take(levels);
        if (found->second->empty()) below.erase(found);
        return taken;
    }

    struct Search {
        WallTime now;
        std::size_t limit;
        std::vector<MessagePtr> found;

        void add(const MessagePtr& message) {
            if (message && found.size() < limit && !message->is_expired(now)) found.push_back(message);
        }
        bool is_full() const noexcept { return found.size() >= limit; }
    };

    void collect_all(Search& search) const {
        search.add(message);
        for (const auto& [level, node] : below) {
            if (search.is_full()) return;
            node->collect_all(search);
        }
    }

    // `top` is true for the root only, where wildcards do not see levels that begin with '$' [MQTT-4.7.2-1].
    void collect(Levels filter, bool top, Search& search) const {
        const auto level = filter.next();
        if (!level) return search.add(message);
        if (*level != "+" && *level != "#") {
            if (const auto found = below.find(*level); found != below.end()) found->second->collect(filter, false, search);
            return;
        }
        const bool rest = *level == "#";
        if (rest) search.add(message);
        for (const auto& [name, node] : below) {
            if (search.is_full()) return;
            if (top && name.starts_with('$')) continue;
            rest ? node->collect_all(search) : node->collect(filter, false, search);
        }
    }
};

RetainedMessages::RetainedMessages() : root_(std::make_unique<Node>()) {}
RetainedMessages::~RetainedMessages() = default;

void RetainedMessages::store(const MessagePtr& message) {
    const std::unique_lock lock(mutex_);
    const Levels levels(message->topic());
    if (message->clears_retained()) {
        if (root_->take(levels)) --size_;
    } else if (!root_->put(levels, message)) {
        ++size_;
    }
}

MessagePtr RetainedMessages::find(std::string_view topic) const {
    const std::shared_lock lock(mutex_);
    const Node* node = root_.get();
    Levels levels(topic);
    while (auto level = levels.next()) {
        const auto found = node->below.find(*level);
        if (found == node->below.end()) return nullptr;
        node = found->second.get();
    }
    return node->message && !node->message->is_expired(wall_now()) ? node->message : nullptr;
}

std::vector<MessagePtr> RetainedMessages::matching(const TopicFilter& filter, std::size_t limit) const {
    const std::shared_lock lock(mutex_);
    Node::Search search{wall_now(), limit, {}};
    root_->collect(Levels(filter.text()), true, search);
    return std::move(search.found);
}

std::size_t RetainedMessages::size() const {
    const std::shared_lock lock(mutex_);
    return size_;
}

}  // namespace rialto
