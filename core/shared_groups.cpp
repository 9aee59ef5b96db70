#include "core/shared_groups.hpp"

#include <algorithm>

#include "core/interest.hpp"

namespace rialto {
namespace {

auto by_number(std::vector<SharedGroup::Member>& members, ClientNumber number) {
    return std::find_if(members.begin(), members.end(), [&](const auto& member) { return member.number == number; });
}

}  // namespace

bool SharedGroup::join(const Member& member) {
    const std::lock_guard lock(mutex_);
    const auto known = by_number(members_, member.number);
    if (known == members_.end()) {
        members_.push_back(member);
        return true;
    }
    *known = member;
    return false;
}

bool SharedGroup::leave(ClientNumber number) {
    const std::lock_guard lock(mutex_);
    std::erase_if(members_, [&](const Member& member) { return member.number == number; });
    return members_.empty();
}

void SharedGroup::set_ready(ClientNumber number, bool ready) {
    const std::lock_guard lock(mutex_);
    if (const auto known = by_number(members_, number); known != members_.end()) known->is_ready = ready;
}

std::optional<SharedGroup::Member> SharedGroup::pick(ClientNumber except) {
    const std::lock_guard lock(mutex_);
    std::optional<std::size_t> second_best;
    for (std::size_t step = 0; step < members_.size(); ++step) {
        const std::size_t at = (turn_ + step) % members_.size();
        if (members_[at].number == except) continue;
        if (members_[at].is_ready) {
            turn_ = at + 1;
            return members_[at];
        }
        if (!second_best) second_best = at;
    }
    if (!second_best) return std::nullopt;
    turn_ = *second_best + 1;
    return members_[*second_best];
}

bool SharedGroups::join(const TopicFilter& filter, const SharedGroup::Member& member) {
    const std::lock_guard lock(mutex_);
    for (const auto& group : groups_) {
        if (group->filter() == filter) return group->join(member);
    }
    auto group = std::make_shared<SharedGroup>(filter);
    group->join(member);
    groups_.push_back(group);
    tree_.put(filter, std::move(group));
    interest_.touch();
    return true;
}

bool SharedGroups::leave(const TopicFilter& filter, ClientNumber number) {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(groups_.begin(), groups_.end(), [&](const auto& group) { return group->filter() == filter; });
    if (found == groups_.end()) return false;
    if ((*found)->leave(number)) {
        tree_.remove(filter, *found);
        groups_.erase(found);
        interest_.touch();
    }
    return true;
}

SharedGroupPtr SharedGroups::find(const TopicFilter& filter) const {
    const std::lock_guard lock(mutex_);
    for (const auto& group : groups_) {
        if (group->filter() == filter) return group;
    }
    return nullptr;
}

std::vector<SharedGroupPtr> SharedGroups::matching(std::string_view topic) const {
    const std::lock_guard lock(mutex_);
    std::vector<SharedGroupPtr> found;
    tree_.match(topic, [&](const SharedGroupPtr& group) { found.push_back(group); });
    return found;
}

}  // namespace rialto
