#include "core/queues/durable_subscriptions.hpp"

#include "core/log.hpp"
#include "core/store/keys.hpp"
#include "core/store/record_io.hpp"
#include "core/store/store.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace rialto {
namespace {

using store::Key;
using store::KeyReader;
using store::RecordReader;
using store::RecordWriter;
using store::Table;

/// What stands in the store of one, beside its messages.
struct Binding {
    std::string name;
    std::uint64_t number;
    TopicFilter filter;
};

std::string queue_name(std::uint64_t number) { return std::string(durable_names) + std::to_string(number); }

std::uint64_t number_in(std::string_view queue_name) {
    std::uint64_t number = 0;
    std::from_chars(queue_name.data() + durable_names.size(), queue_name.data() + queue_name.size(), number);
    return number;
}

Bytes key_of(std::string_view name, std::uint64_t number) { return Key(Table::queue_binding).part(name).number(number).take(); }

void write(store::Batch& batch, const DurableSubscription& one) {
    Bytes record;
    RecordWriter(record).text(one.queue->filter().full_text());
    batch.put(key_of(one.name, one.number), record);
}

Result<Binding> binding_from(std::string_view key, std::string_view value) {
    KeyReader in(key);
    const auto name = in.part();
    const auto number = in.number();
    RecordReader record(value);
    auto filter = TopicFilter::parse(record.text());
    if (!name || !number || !record.is_at_end() || filter.has_error()) {
        return fail(Errc::invalid, "a stored durable subscription is damaged");
    }
    return Binding{*name, *number, *std::move(filter)};
}

/// By name, and those of one name by number.
Result<std::vector<Binding>> find_bindings(store::Engine& engine) {
    std::vector<Binding> found;
    Result<void> damage;
    const Bytes from = Key(Table::queue_binding).take();
    const auto read = engine.read(from, store::end_of(from), [&](std::string_view key, std::string_view value) {
        auto binding = binding_from(key, value);
        if (binding.has_error()) damage = binding.error();
        else found.push_back(*std::move(binding));
        return damage.has_value();
    });
    if (!read) return read.error();
    if (!damage) return damage.error();
    return found;
}

using MessagesByName = std::map<std::string, StoredMessages, std::less<>>;

Result<MessagesByName> find_messages(store::Engine& engine) {
    auto found = find_stored_queues(engine, durable_names);
    if (found.has_error()) return found.error();
    MessagesByName by_name;
    for (StoredMessages& one : *found) by_name.emplace(one.name, std::move(one));
    return by_name;
}

/// Runs `act` on the queue's home shard, at once where that is here.
template <typename Act> void at_home(const std::shared_ptr<Queue>& queue, Act act) {
    if (queue->home().is_current()) return act();
    queue->home().post(std::move(act));
}

}  // namespace

void DurableHold::release() noexcept {
    const auto held = std::exchange(held_, nullptr);
    if (!held) return;
    const std::lock_guard lock(all_->mutex_);
    --held->users;
}

Result<void> DurableSubscriptions::restore() {
    const std::lock_guard lock(mutex_);
    return restore_at(nullptr);
}

/// Where nobody has called restore() they come back with the first that is used, to the shard `here` that runs this.
Result<void> DurableSubscriptions::restore_at(Shard* here) {
    store::Journal* const journal = gateway_.journal_of(here ? *here : gateway_.shard(0));
    if (journal == nullptr || is_restored_) return {};
    const auto bindings = find_bindings(journal->store().engine());
    if (bindings.has_error()) return bindings.error();
    auto messages = find_messages(journal->store().engine());
    if (messages.has_error()) return messages.error();
    std::size_t count = 0;
    for (auto one = bindings->begin(); one != bindings->end(); ++one) {
        last_number_ = std::max(last_number_, one->number);
        const auto next = std::next(one);
        if (next != bindings->end() && next->name == one->name) {  // replaced; the gateway ended before it was erased
            journal->batch().erase(key_of(one->name, one->number));
            continue;
        }
        const auto found = messages->extract(queue_name(one->number));
        if (all_.contains(one->name)) continue;  // what came behind it was damaged, the last time
        const auto made = make(one->name, one->filter, here ? *here : gateway_.home_of(one->name), one->number,
                               found ? &found.mapped() : nullptr);
        if (made.has_error()) return in_context("the durable subscription '" + one->name + "'", made.error());
        if (found) count += found.mapped().count;
    }
    for (const auto& [name, left] : *messages) {
        erase_stored_queue(journal->batch(), name);
        last_number_ = std::max(last_number_, number_in(name));
    }
    is_restored_ = true;
    if (!all_.empty()) {
        log::info("durable subscriptions restored", {{"subscriptions", std::to_string(all_.size())}, {"messages", std::to_string(count)}});
    }
    return {};
}

Result<DurableSubscriptions::SubscriptionPtr> DurableSubscriptions::make(std::string_view name, TopicFilter filter, Shard& home,
                                                                         std::uint64_t number, const StoredMessages* found) {
    std::unique_ptr<KeptQueue> kept;
    if (store::Journal* const journal = gateway_.journal_of(home)) {
        kept = std::make_unique<KeptQueue>(*journal, queue_name(number));
        if (found) {
            if (const auto opened = kept->open(*found); !opened) return opened.error();
        }
    }
    auto queue = std::make_shared<Queue>(home, std::string(name), std::move(filter), commons_, [](Queue&) {}, std::move(kept));
    queue->open();
    auto made = std::make_shared<DurableSubscription>(DurableSubscription{std::string(name), number, std::move(queue)});
    all_.emplace(made->name, made);
    return made;
}

Result<DurableHold> DurableSubscriptions::use(std::string_view name, const TopicFilter& filter, Sharing sharing, Shard& here) {
    SubscriptionPtr replaced;
    auto taken = take(name, filter, sharing, here, replaced);
    if (replaced) {
        log::info("durable subscription replaced: it has another topic now", {{"name", replaced->name},
                                                                              {"was", replaced->queue->filter().full_text()},
                                                                              {"is", filter.full_text()}});
        drop(std::move(replaced));
    }
    if (taken.has_error()) return taken.error();
    return DurableHold(*this, *std::move(taken));
}

Result<DurableSubscriptions::SubscriptionPtr> DurableSubscriptions::take(std::string_view name, const TopicFilter& filter,
                                                                         Sharing sharing, Shard& here, SubscriptionPtr& replaced) {
    const std::lock_guard lock(mutex_);
    if (const auto restored = restore_at(&here); !restored) return restored.error();
    const auto known = all_.find(name);
    if (known != all_.end()) {
        DurableSubscription& one = *known->second;
        const bool is_same = one.queue->filter() == filter;
        if (one.users != 0 && (sharing == Sharing::one_at_a_time || !is_same)) {
            return fail(Errc::refused, "another subscriber is using the durable subscription '" + one.name + "'");
        }
        if (is_same) {
            ++one.users;
            return known->second;
        }
        replaced = std::move(known->second);
        all_.erase(known);
    }
    auto added = add(name, filter, here);
    if (!added.has_error()) ++(*added)->users;
    return added;
}

Result<DurableSubscriptions::SubscriptionPtr> DurableSubscriptions::add(std::string_view name, const TopicFilter& filter, Shard& here) {
    if (all_.size() >= commons_.limits.queues) {
        return fail(Errc::over_limit, "there are " + std::to_string(commons_.limits.queues) + " durable subscriptions already");
    }
    auto made = make(name, filter, here, ++last_number_, nullptr);
    if (made.has_error()) return made;
    if (store::Journal* const journal = gateway_.journal_of(here)) write(journal->batch(), **made);
    here.bus().replay_retained(*(*made)->queue, filter, {});
    return made;
}

/// Not while mutex_ is locked: sources that go on may do anything.
void DurableSubscriptions::drop(SubscriptionPtr subscription) {
    const auto queue = subscription->queue;
    at_home(queue, [journal = gateway_.journal_of(queue->home()), subscription = std::move(subscription)] {
        const auto& ended = subscription->queue;
        ended->end();
        if (journal) journal->batch().erase(key_of(subscription->name, subscription->number));
        ended->home().post([last = ended] {});  // the bus may be handing it a message
    });
}

Result<std::shared_ptr<Queue>> DurableSubscriptions::end(std::string_view name, Shard& here) {
    SubscriptionPtr ended;
    {
        const std::lock_guard lock(mutex_);
        if (const auto restored = restore_at(&here); !restored) return restored.error();
        const auto known = all_.find(name);
        if (known == all_.end()) return fail(Errc::invalid, "there is no durable subscription '" + std::string(name) + "'");
        if (known->second->users != 0) {
            return fail(Errc::refused, "another subscriber is using the durable subscription '" + std::string(name) + "'");
        }
        ended = std::move(known->second);
        all_.erase(known);
    }
    auto queue = ended->queue;
    drop(std::move(ended));
    return queue;
}

void DurableSubscriptions::confirm(const std::shared_ptr<Queue>& queue, Receipt receipt) {
    store::Journal* const journal = gateway_.journal_of(queue->home());
    if (journal == nullptr) return at_home(queue, [receipt = std::move(receipt)]() mutable { receipt.settle(Outcome::accepted); });
    at_home(queue, [journal, receipt = std::move(receipt)]() mutable { journal->settle_when_written(std::move(receipt)); });
}

std::size_t DurableSubscriptions::count() const {
    const std::lock_guard lock(mutex_);
    return all_.size();
}

}  // namespace rialto
