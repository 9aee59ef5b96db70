#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/topic.hpp"

namespace rialto {

/// Values by topic filter. A lookup costs a step for each level of the topic and for each match, whatever the number
/// of filters. Lives on: one shard. T is compared by ==; a filter holds each value once.
template <typename T>
class TopicTree {
public:
    /// Adds `value`, or replaces the one equal to it. @return true where it is new
    bool put(const TopicFilter& filter, T value) {
        Node& node = node_at(filter.text());
        for (auto& entry : node.values) {
            if (entry == value) {
                entry = std::move(value);
                return false;
            }
        }
        node.values.push_back(std::move(value));
        ++size_;
        return true;
    }

    /// Removes the entry equal to `value`. @return false where there was none
    bool remove(const TopicFilter& filter, const T& value) {
        Levels levels(filter.text());
        if (!remove_below(root_, levels, value)) return false;
        --size_;
        return true;
    }

    /// Calls `found(const T&)` for every value whose filter matches `topic`, in no stated order.
    /// @source MQTT 5.0 section 4.7, [MQTT-4.7.2-1]
    template <typename Found>
    void match(std::string_view topic, Found&& found) const {
        match_below(root_, Levels(topic), topic.starts_with('$'), found);
    }

    std::size_t size() const noexcept { return size_; }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    struct Node;
    using Children = boost::unordered_flat_map<std::string, std::unique_ptr<Node>, Hash, std::equal_to<>>;
    struct Node {
        std::vector<T> values;            ///< filters that end here
        std::unique_ptr<Node> any;        ///< below '+'
        std::unique_ptr<Node> rest;       ///< '#': a leaf
        std::unique_ptr<Children> named;  ///< below a level's own text; absent until needed, leaves are many

        bool empty() const noexcept { return values.empty() && !any && !rest && (!named || named->empty()); }
    };

    Node& node_at(std::string_view filter) {
        Node* node = &root_;
        Levels levels(filter);
        while (auto level = levels.next()) {
            auto& child = slot(*node, *level);
            if (!child) child = std::make_unique<Node>();
            node = child.get();
        }
        return *node;
    }

    static std::unique_ptr<Node>& slot(Node& node, std::string_view level) {
        if (level == "+") return node.any;
        if (level == "#") return node.rest;
        if (!node.named) node.named = std::make_unique<Children>();
        if (auto found = node.named->find(level); found != node.named->end()) return found->second;
        return (*node.named)[std::string(level)];
    }

    static std::unique_ptr<Node>* find_slot(Node& node, std::string_view level) {
        if (level == "+") return &node.any;
        if (level == "#") return &node.rest;
        if (!node.named) return nullptr;
        const auto found = node.named->find(level);
        return found == node.named->end() ? nullptr : &found->second;
    }

    bool remove_below(Node& node, Levels levels, const T& value) {
        const auto level = levels.next();
        if (!level) {
            for (auto entry = node.values.begin(); entry != node.values.end(); ++entry) {
                if (!(*entry == value)) continue;
                node.values.erase(entry);
                return true;
            }
            return false;
        }
        auto* child = find_slot(node, *level);
        if (!child || !*child || !remove_below(**child, levels, value)) return false;
        if ((*child)->empty()) {
            child->reset();
            if (*level != "+" && *level != "#") node.named->erase(node.named->find(*level));
        }
        return true;
    }

    template <typename Found>
    static void match_below(const Node& node, Levels levels, bool dollar, Found& found) {
        // A leading wildcard does not see topics that begin with '$'.
        if (node.rest && !dollar) each(*node.rest, found);
        const auto level = levels.next();
        if (!level) {
            each(node, found);
            return;
        }
        if (node.any && !dollar) match_below(*node.any, levels, false, found);
        if (!node.named) return;
        if (const auto child = node.named->find(*level); child != node.named->end()) {
            match_below(*child->second, levels, false, found);
        }
    }

    template <typename Found>
    static void each(const Node& node, Found& found) {
        for (const auto& value : node.values) found(value);
    }

    Node root_;
    std::size_t size_ = 0;
};

}  // namespace rialto
