#include "core/queues/queues.hpp"

#include "core/log.hpp"
#include "core/store/store.hpp"

#include <utility>

namespace rialto {
namespace {

QueueCommons commons_of(Gateway& gateway, const QueueLimits& limits) {
    QueueCommons commons{limits};
    for (std::size_t i = 0; i < gateway.shard_count(); ++i) {
        commons.dropped.push_back(&gateway.metrics().counter("rialto_messages_dropped_total", "Messages dropped, by reason",
                                                             {{"protocol", "queue"}, {"reason", "queue_full"}}));
    }
    return commons;
}

std::string name_of(std::string_view topic) { return std::string(queue_names) + std::string(topic); }

}  // namespace

Queues::Queues(Gateway& gateway, const QueueLimits& limits) : gateway_(gateway), commons_(commons_of(gateway, limits)) {}

std::shared_ptr<Queues> Queues::of(Gateway& gateway) {
    // Beside the gateway and not in it, for most gateways have no queues.
    static std::map<Gateway*, std::weak_ptr<Queues>> known;
    std::erase_if(known, [](const auto& entry) { return entry.second.expired(); });
    std::weak_ptr<Queues>& place = known[&gateway];
    if (auto queues = place.lock()) return queues;
    auto queues = std::make_shared<Queues>(gateway, QueueLimits{});
    place = queues;
    return queues;
}

Result<std::shared_ptr<Queue>> Queues::open(std::string_view topic, Shard& here) {
    const std::lock_guard lock(mutex_);
    if (const auto known = queues_.find(topic); known != queues_.end()) {
        known->second->touch();
        return known->second;
    }
    if (queues_.size() >= commons_.limits.queues) {
        return fail(Errc::over_limit, "there are " + std::to_string(commons_.limits.queues) + " queues already");
    }
    return make(topic, here, nullptr);
}

Result<void> Queues::restore() {
    const std::lock_guard lock(mutex_);
    store::Journal* const journal = gateway_.journal_of(gateway_.shard(0));
    if (journal == nullptr || std::exchange(is_restored_, true)) return {};
    const auto found = find_stored_queues(journal->store().engine(), queue_names);
    if (found.has_error()) return found.error();
    std::size_t messages = 0;
    for (const StoredMessages& one : *found) {
        const auto topic = std::string_view(one.name).substr(queue_names.size());
        const auto made = make(topic, gateway_.home_of(topic), &one);
        if (made.has_error()) return in_context("the stored queue '" + std::string(topic) + "'", made.error());
        messages += one.count;
    }
    if (messages != 0) log::info("queues restored", {{"queues", std::to_string(found->size())}, {"messages", std::to_string(messages)}});
    return durable_.restore();
}

Result<std::shared_ptr<Queue>> Queues::make(std::string_view topic, Shard& home, const StoredMessages* found) {
    auto filter = TopicFilter::parse("$share/" + std::string(queue_group) + "/" + std::string(topic));
    if (filter.has_error()) return filter.error();
    auto kept = kept_of(topic, home, found);
    if (kept.has_error()) return kept.error();
    auto queue = std::make_shared<Queue>(
        home, std::string(topic), std::move(*filter), commons_,
        [weak = weak_from_this()](Queue& idle) {
            if (const auto self = weak.lock()) self->forget(idle);
        },
        std::move(*kept));
    queue->open();
    queues_.emplace(topic, queue);
    return queue;
}

/// A queue that was forgotten here has left nothing in the store; but what restore() did not look for may be there.
Result<std::unique_ptr<KeptQueue>> Queues::kept_of(std::string_view topic, Shard& home, const StoredMessages* found) {
    store::Journal* const journal = gateway_.journal_of(home);
    if (journal == nullptr) return std::unique_ptr<KeptQueue>();
    StoredMessages late;
    if (!is_restored_) {
        auto looked = find_stored_queue(journal->store().engine(), name_of(topic));
        if (looked.has_error()) return looked.error();
        late = std::move(*looked);
        found = late.count != 0 ? &late : nullptr;
    }
    auto kept = std::make_unique<KeptQueue>(*journal, name_of(topic));
    if (found == nullptr) return kept;
    if (const auto opened = kept->open(*found); !opened) return opened.error();
    return kept;
}

std::size_t Queues::count() const {
    const std::lock_guard lock(mutex_);
    return queues_.size();
}

/// Called from the queue's own timer, so the queue itself goes a little later.
void Queues::forget(Queue& queue) {
    const std::lock_guard lock(mutex_);
    const auto found = queues_.find(queue.filter().text());
    if (found == queues_.end() || !queue.is_idle()) return;
    queue.close();
    queue.home().post([last = std::move(found->second)] {});
    queues_.erase(found);
}

}  // namespace rialto
