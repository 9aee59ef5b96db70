#include "core/bus.hpp"

#include <algorithm>
#include <utility>

#include "core/shard.hpp"
#include "core/store/history_keeper.hpp"
#include "core/store/retained_keeper.hpp"

namespace rialto {

Bus::Bus(Shard& shard, BusCommons& commons) : shard_(shard), commons_(commons) {
    if (commons_.buses.size() <= shard.index()) commons_.buses.resize(shard.index() + 1);
    commons_.buses[shard.index()] = this;
    shard_.attach(*this);
    shard_.at_turn_end([this] { send_letters(); });
}

Bus::~Bus() = default;

bool Bus::publish(const MessagePtr& message, Receipt receipt) {
    if (message->is_retained()) {
        commons_.retained.store(message);
        if (keeper_) keeper_->keep(message->topic(), receipt.share());
    }
    ++dispatching_;
    const Matches& matches = matches_of(message->topic());
    const bool anybody = matches.has_any();
    if (!matches.has_history) {
        deliver(message, matches, receipt);
    } else if (shard_.index() == commons_.numbering_shard) {
        deliver(number(message, receipt), matches, receipt);
    } else {
        unnumbered_.push_back({message, receipt.share()});
    }
    if (--dispatching_ == 0 && cache_is_stale_) forget_matches();
    receipt.settle(Outcome::accepted);
    return anybody;
}

void Bus::deliver(const MessagePtr& message, const Matches& matches, const Receipt& receipt) {
    deliver_here(message, matches.takers, receipt);
    for (const auto& group : matches.groups) deliver_to_group(group, message, receipt.share(), 0);
    if (matches.others != 0) send_to_others(message, matches.others, receipt);
}

MessagePtr Bus::number(const MessagePtr& message, const Receipt& receipt) {
    dropped_.clear();
    MessagePtr kept = commons_.history.append(message, dropped_);
    if (history_keeper_) history_keeper_->keep(*kept, dropped_, receipt.share());
    return kept;
}

void Bus::number_letters(std::vector<Letter> letters) {
    read(letters, [this](Letter& letter) {
        const Matches& matches = matches_of(letter.message->topic());
        deliver(number(letter.message, letter.receipt), matches, letter.receipt);
    });
}

void Bus::deliver_here(const MessagePtr& message, const std::vector<Taker>& takers, const Receipt& receipt) {
    for (const Taker& taker : takers) {
        if (taker.no_local && message->origin() == taker.subscriber->number()) continue;
        const Delivery delivery{message,
                                std::min(message->qos(), taker.max_qos),
                                taker.retain_as_published && message->is_retained(),
                                false,
                                taker.identifiers,
                                {}};
        taker.subscriber->deliver(delivery, receipt);
    }
}

bool Bus::subscribe(Subscriber& subscriber, const TopicFilter& filter, const SubscriptionOptions& options) {
    if (filter.is_shared()) {
        const bool is_new = commons_.groups.join(filter, {shard_.index(), subscriber.number(), options});
        if (is_new) {
            group_members_[subscriber.number()] = &subscriber;
            ++group_counts_[subscriber.number()];
        }
        return is_new;
    }
    const bool is_new = tree_.put(filter, Entry{&subscriber, options});
    if (is_new) commons_.interest.add(shard_.index(), filter);
    forget_matches();
    return is_new;
}

bool Bus::unsubscribe(Subscriber& subscriber, const TopicFilter& filter) {
    if (filter.is_shared()) {
        const auto count = group_counts_.find(subscriber.number());
        if (count == group_counts_.end() || !commons_.groups.leave(filter, subscriber.number())) return false;
        if (--count->second == 0) {
            group_counts_.erase(count);
            group_members_.erase(subscriber.number());
        }
        return true;
    }
    if (!tree_.remove(filter, Entry{&subscriber, {}})) return false;
    commons_.interest.remove(shard_.index(), filter);
    forget_matches();
    return true;
}

std::size_t Bus::replay_retained(Subscriber& subscriber, const TopicFilter& filter, const SubscriptionOptions& options,
                                 std::size_t limit) {
    if (filter.is_shared()) return 0;
    const auto messages = commons_.retained.matching(filter, limit);
    const std::span<const std::uint32_t> identifiers(&options.identifier, options.identifier == 0 ? 0 : 1);
    for (const auto& message : messages) {
        subscriber.deliver({message, std::min(message->qos(), options.max_qos), true, true, identifiers, {}}, Receipt{});
    }
    return messages.size();
}

void Bus::set_ready(Subscriber& subscriber, const TopicFilter& filter, bool ready) {
    if (const auto group = commons_.groups.find(filter)) group->set_ready(subscriber.number(), ready);
}

void Bus::hand_back(const TopicFilter& filter, const MessagePtr& message, Receipt receipt, ClientNumber except) {
    if (const auto group = commons_.groups.find(filter)) {
        deliver_to_group(group, message, std::move(receipt), except);
    } else {
        receipt.settle(Outcome::accepted);
    }
}

void Bus::deliver_to_group(const SharedGroupPtr& group, const MessagePtr& message, Receipt receipt,
                           ClientNumber except) {
    const auto member = group->pick(except);
    if (!member) {
        receipt.settle(Outcome::accepted);  // everybody left meanwhile: as if nobody had subscribed
        return;
    }
    if (member->shard == shard_.index()) {
        deliver_to_member(group, *member, message, std::move(receipt));
        return;
    }
    Bus& other = *commons_.buses[member->shard];
    other.shard_.post([&other, group, member = *member, message, receipt = std::move(receipt)]() mutable {
        other.deliver_to_member(group, member, message, std::move(receipt));
    });
}

void Bus::deliver_to_member(const SharedGroupPtr& group, const SharedGroup::Member& member, const MessagePtr& message,
                            Receipt receipt) {
    const auto found = group_members_.find(member.number);
    if (found == group_members_.end()) {  // it left while the message was on its way
        deliver_to_group(group, message, std::move(receipt), member.number);
        return;
    }
    const auto& options = member.options;
    const std::span<const std::uint32_t> identifiers(&options.identifier, options.identifier == 0 ? 0 : 1);
    found->second->deliver({message, std::min(message->qos(), options.max_qos),
                            options.retain_as_published && message->is_retained(), false, identifiers, group->name()},
                           receipt);
    receipt.settle(Outcome::accepted);
}

const Bus::Matches& Bus::matches_of(std::string_view topic) {
    const auto version = commons_.interest.version();
    const auto known = cache_.find(topic);
    if (known != cache_.end() && known->second->version == version) return *known->second;
    auto found = find_matches(topic);
    found->version = version;
    if (known != cache_.end() && dispatching_ == 1) {
        *known->second = std::move(*found);
        return *known->second;
    }
    if (known == cache_.end() && cache_.size() >= cached_topics && dispatching_ == 1) cache_.clear();
    if (known != cache_.end()) {
        // An outer publish is using the old answer: keep that until it is done.
        retired_.push_back(std::exchange(known->second, std::move(found)));
        cache_is_stale_ = true;
        return *known->second;
    }
    return *cache_.emplace(std::string(topic), std::move(found)).first->second;
}

std::unique_ptr<Bus::Matches> Bus::find_matches(std::string_view topic) const {
    auto matches = std::make_unique<Matches>();
    auto& takers = matches->takers;
    boost::unordered_flat_map<Subscriber*, std::size_t> places;
    tree_.match(topic, [&](const Entry& entry) {
        const auto& options = entry.options;
        const auto [place, is_new] = places.emplace(entry.subscriber, takers.size());
        if (is_new) takers.push_back({entry.subscriber, options.max_qos, true, false, {}});
        Taker& taker = takers[place->second];
        taker.max_qos = std::max(taker.max_qos, options.max_qos);
        taker.no_local = taker.no_local && options.no_local;
        taker.retain_as_published = taker.retain_as_published || options.retain_as_published;
        if (options.identifier != 0) taker.identifiers.push_back(options.identifier);
    });
    matches->groups = commons_.groups.matching(topic);
    matches->has_history = commons_.history.covers(topic);
    matches->others = commons_.interest.shards_for(topic) & ~(ShardSet{1} << shard_.index());
    return matches;
}

void Bus::forget_matches() {
    if (dispatching_ != 0) {
        cache_is_stale_ = true;
        return;
    }
    cache_is_stale_ = false;
    cache_.clear();
    retired_.clear();
}

void Bus::send_to_others(const MessagePtr& message, ShardSet others, const Receipt& receipt) {
    outgoing_.resize(commons_.buses.size());
    for (std::size_t shard = 0; shard < outgoing_.size(); ++shard) {
        if (others & (ShardSet{1} << shard)) outgoing_[shard].push_back({message, receipt.share()});
    }
}

void Bus::send_letters() {
    send(unnumbered_, commons_.numbering_shard, &Bus::number_letters);
    for (std::size_t shard = 0; shard < outgoing_.size(); ++shard) send(outgoing_[shard], shard, &Bus::receive);
}

void Bus::send(std::vector<Letter>& letters, std::size_t shard, void (Bus::*take)(std::vector<Letter>)) {
    if (letters.empty()) return;
    Bus& other = *commons_.buses[shard];
    other.unread_.fetch_add(letters.size(), std::memory_order_relaxed);
    other.shard_.post([&other, take, letters = std::exchange(letters, {})]() mutable { (other.*take)(std::move(letters)); });
}

void Bus::receive(std::vector<Letter> letters) {
    read(letters, [this](Letter& letter) {
        deliver_here(letter.message, matches_of(letter.message->topic()).takers, letter.receipt);
    });
}

template <typename Handle>
void Bus::read(std::vector<Letter>& letters, Handle&& handle) {
    unread_.fetch_sub(letters.size(), std::memory_order_relaxed);
    for (Letter& letter : letters) {
        ++dispatching_;
        handle(letter);
        if (--dispatching_ == 0 && cache_is_stale_) forget_matches();
        letter.receipt.settle(Outcome::accepted);
        if (shard_.has_gathered_much()) shard_.flush_now();
    }
}

bool Bus::is_congested() const noexcept {
    return std::any_of(commons_.buses.begin(), commons_.buses.end(), [this](const Bus* bus) {
        return bus != this && bus->unread_.load(std::memory_order_relaxed) > congestion_limit;
    });
}

}  // namespace rialto
