#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/subscriber.hpp"
#include "core/topic.hpp"
#include "core/topic_tree.hpp"

namespace rialto {

class Interest;

/// Subscribers of which each message goes to one. @thread any. @source MQTT 5.0 section 4.8.2
class SharedGroup {
public:
    struct Member {
        std::size_t shard;
        ClientNumber number;
        SubscriptionOptions options;
        bool is_ready = true;  ///< takes messages now; the others are asked only where nobody is ready
    };

    explicit SharedGroup(TopicFilter filter) : filter_(std::move(filter)), name_(filter_.full_text()) {}

    const TopicFilter& filter() const noexcept { return filter_; }
    /// "$share/group/filter"
    const std::string& name() const noexcept { return name_; }

    /// @return true where the subscriber was not a member before
    bool join(const Member& member);
    /// @return true where nobody is left
    bool leave(ClientNumber number);
    void set_ready(ClientNumber number, bool ready);
    /// The member whose turn it is, not `except`; ready ones first. Nothing where there is no other.
    std::optional<Member> pick(ClientNumber except = 0);

private:
    const TopicFilter filter_;
    const std::string name_;
    std::mutex mutex_;
    std::vector<Member> members_;
    std::size_t turn_ = 0;
};

using SharedGroupPtr = std::shared_ptr<SharedGroup>;

/// All shared groups of the gateway. @thread any
class SharedGroups {
public:
    explicit SharedGroups(Interest& interest) : interest_(interest) {}

    /// Precondition: filter.is_shared(). @return true where the subscriber was not a member before
    bool join(const TopicFilter& filter, const SharedGroup::Member& member);
    /// @return false where it was no member
    bool leave(const TopicFilter& filter, ClientNumber number);
    SharedGroupPtr find(const TopicFilter& filter) const;
    std::vector<SharedGroupPtr> matching(std::string_view topic) const;

private:
    Interest& interest_;
    mutable std::mutex mutex_;
    std::vector<SharedGroupPtr> groups_;
    TopicTree<SharedGroupPtr> tree_;
};

}  // namespace rialto
