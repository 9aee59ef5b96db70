#include "core/queues/queues.hpp"

#include <utility>

namespace rialto {

Queues::Queues(Gateway& gateway, const QueueLimits& limits) : gateway_(gateway), limits_(limits) {
    for (std::size_t i = 0; i < gateway_.shard_count(); ++i) {
        dropped_.push_back(&gateway_.metrics().counter("rialto_messages_dropped_total",
                                                       "Messages dropped, by reason",
                                                       {{"protocol", "queue"}, {"reason", "queue_full"}}));
    }
}

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
    if (queues_.size() >= limits_.queues) {
        return fail(Errc::over_limit, "there are " + std::to_string(limits_.queues) + " queues already");
    }
    auto filter = TopicFilter::parse("$share/" + std::string(queue_group) + "/" + std::string(topic));
    if (filter.has_error()) return filter.error();
    auto queue = std::make_shared<Queue>(here, std::move(*filter), limits_, held_, *dropped_[here.index()],
                                         [weak = weak_from_this()](Queue& idle) {
                                             if (const auto self = weak.lock()) self->forget(idle);
                                         });
    queue->open();
    queues_.emplace(topic, queue);
    return queue;
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
