#include "adapters/kafka/membership.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace rialto::kafka {
namespace {

using namespace std::chrono_literals;

constexpr auto between_commits = 50ms;
constexpr auto commit_again_after = 500ms;
constexpr auto longest_wait_for_receipts = 2s;  // the group waits for us
constexpr auto longest_lookup = 15s;

using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, Calls<rd_kafka_AdminOptions_destroy>>;
using Lookup = std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t, Calls<rd_kafka_ListConsumerGroupOffsets_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Calls<rd_kafka_queue_destroy>>;

std::span<rd_kafka_topic_partition_t> elements_of(const rd_kafka_topic_partition_list_t& list) {
    return {list.elems, static_cast<std::size_t>(list.cnt)};
}

/// Adds those that are not in it yet.
void add_all(PartitionList& to, const rd_kafka_topic_partition_list_t& more) {
    if (!to) to = make_partition_list(static_cast<std::size_t>(more.cnt));
    for (const rd_kafka_topic_partition_t& one : elements_of(more)) {
        if (rd_kafka_topic_partition_list_find(to.get(), one.topic, one.partition)) continue;
        rd_kafka_topic_partition_list_add(to.get(), one.topic, one.partition);
    }
}

}  // namespace

Membership::Membership(Shard& shard, Client& client, const Settings& settings, MembershipUser& user, bool knows_group)
    : shard_(shard),
      client_(client),
      settings_(settings),
      user_(user),
      knows_group_(knows_group || settings.reads_from_beginning),
      revoke_timer_([this] { on_overdue(); }),
      commit_timer_([this] { commit(); }) {}

Result<void> Membership::join(const std::vector<std::string>& subscriptions) {
    const PartitionList list = make_partition_list(subscriptions.size());
    for (const std::string& name : subscriptions) {
        rd_kafka_topic_partition_list_add(list.get(), name.c_str(), RD_KAFKA_PARTITION_UA);
    }
    if (subscriptions.empty()) {  // nothing that the patterns ask for has a name in Kafka
        is_joined_ = true;
        user_.on_joined();
        return {};
    }
    const auto code = rd_kafka_subscribe(client_.handle(), list.get());
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return fail(Errc::invalid, "Kafka takes no such subscription: " + std::string(rd_kafka_err2str(code)));
}

void Membership::leave() {
    is_leaving_ = true;
    commit();
    rd_kafka_error_destroy(rd_kafka_consumer_close_queue(client_.handle(), client_.queue()));
}

void Membership::fence() noexcept {
    for (auto& [key, partition] : partitions_) partition->fence();
    partitions_.clear();
    revoke_timer_.cancel();
    commit_timer_.cancel();
}

bool Membership::handle(rd_kafka_event_t& event) {
    switch (rd_kafka_event_type(&event)) {
        case RD_KAFKA_EVENT_REBALANCE: on_rebalance(event); return true;
        case RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT: on_looked_up(event); return true;
        case RD_KAFKA_EVENT_OFFSET_COMMIT: on_committed(event); return true;
        default: return false;
    }
}

Partition* Membership::find(std::string_view topic, std::int32_t number) {
    const auto found = partitions_.find(Key(topic, number));
    return found == partitions_.end() || found->second->is_leaving() ? nullptr : found->second.get();
}

bool Membership::is_cooperative() const {
    return std::string_view(rd_kafka_rebalance_protocol(client_.handle())) == "COOPERATIVE";
}

void Membership::fail_if(rd_kafka_error_t* error, std::string_view doing) {
    if (!error) return;
    const std::string why = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
    user_.on_membership_lost({Errc::unreachable, "Kafka, " + std::string(doing) + ": " + why});
}

// --- partitions that come -------------------------------------------------------------------------------------------

void Membership::on_rebalance(rd_kafka_event_t& event) {
    const auto& list = *rd_kafka_event_topic_partition_list(&event);
    if (!is_cooperative()) assigning_.reset();  // what comes is all that we have then
    if (rd_kafka_event_error(&event) != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) return revoke(list);
    if (list.cnt == 0 && !assigning_) return assign(list);
    add_all(assigning_, list);
    look_up();
}

PartitionList Membership::without_assigning(const rd_kafka_topic_partition_list_t& revoked) {
    PartitionList ours = make_partition_list(static_cast<std::size_t>(revoked.cnt));
    for (const rd_kafka_topic_partition_t& gone : elements_of(revoked)) {
        const bool never_was_ours = assigning_ && rd_kafka_topic_partition_list_del(assigning_.get(), gone.topic, gone.partition);
        if (!never_was_ours) rd_kafka_topic_partition_list_add(ours.get(), gone.topic, gone.partition);
    }
    if (assigning_ && assigning_->cnt == 0) assigning_.reset();
    return ours;
}

void Membership::found_topics(std::set<std::string> all, bool any_is_wanted) {
    old_topics_ = std::move(all);
    has_nothing_yet_ = !any_is_wanted;
    if (assigning_) return look_up();
    say_if_joined();
}

void Membership::look_up() {
    if (!old_topics_) return;  // the assignment was quicker
    const AdminOptions options(
        rd_kafka_AdminOptions_new(client_.handle(), RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS));
    std::array<char, 256> why{};
    const int within = std::chrono::milliseconds(longest_lookup).count();
    rd_kafka_AdminOptions_set_request_timeout(options.get(), within, why.data(), why.size());
    rd_kafka_error_destroy(rd_kafka_AdminOptions_set_require_stable_offsets(options.get(), 1));
    rd_kafka_AdminOptions_set_opaque(options.get(), reinterpret_cast<void*>(++lookup_));
    const Lookup lookup(rd_kafka_ListConsumerGroupOffsets_new(settings_.group.c_str(), assigning_.get()));
    rd_kafka_ListConsumerGroupOffsets_t* wanted = lookup.get();
    rd_kafka_ListConsumerGroupOffsets(client_.handle(), &wanted, 1, options.get(), client_.queue());
}

void Membership::on_looked_up(rd_kafka_event_t& event) {
    if (!assigning_ || rd_kafka_event_opaque(&event) != reinterpret_cast<void*>(lookup_)) return;  // overtaken
    std::string why = rd_kafka_event_error(&event) == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : rd_kafka_event_error_string(&event);
    std::size_t count = 0;
    const auto* const result = rd_kafka_event_ListConsumerGroupOffsets_result(&event);
    const auto* const* const groups =
        why.empty() ? rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count) : nullptr;
    if (why.empty() && count != 1) why = "no answer for the group";
    if (why.empty() && rd_kafka_group_result_error(groups[0])) {
        why = rd_kafka_error_string(rd_kafka_group_result_error(groups[0]));
    }
    if (!why.empty()) {
        return user_.on_membership_lost(
            {Errc::unreachable, "Kafka does not say what group '" + settings_.group + "' has committed: " + why});
    }
    const PartitionList list = std::move(assigning_);
    const auto* const committed = rd_kafka_group_result_partitions(groups[0]);
    for (rd_kafka_topic_partition_t& wanted : elements_of(*list)) {
        const auto* const known = rd_kafka_topic_partition_list_find(
            const_cast<rd_kafka_topic_partition_list_t*>(committed), wanted.topic, wanted.partition);
        wanted.offset = known ? known->offset : RD_KAFKA_OFFSET_INVALID;
    }
    assign(*list);
}

void Membership::assign(const rd_kafka_topic_partition_list_t& committed) {
    const auto elements = elements_of(committed);
    const bool has_committed = std::any_of(elements.begin(), elements.end(), [](auto& one) { return one.offset >= 0; });
    knows_group_ = knows_group_ || has_committed;
    for (rd_kafka_topic_partition_t& assigned : elements) take(assigned);
    was_assigned_ = true;
    if (is_cooperative()) {
        fail_if(rd_kafka_incremental_assign(client_.handle(), &committed), "taking partitions");
    } else if (const auto code = rd_kafka_assign(client_.handle(), &committed)) {
        fail_if(rd_kafka_error_new(code, "%s", rd_kafka_err2str(code)), "taking partitions");
    }
    say_if_joined();
}

void Membership::take(rd_kafka_topic_partition_t& assigned) {
    const bool from_end = !knows_group_ && old_topics_ && old_topics_->contains(assigned.topic);
    const Ref<Partition> partition(new Partition(shard_, user_, assigned.topic, assigned.partition));
    if (assigned.offset >= 0) {
        partition->committed = assigned.offset;
        partition->window().reached(assigned.offset);
    } else {
        partition->is_looking_for_end = from_end;
        assigned.offset = from_end ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING;
    }
    const Queue queue(rd_kafka_queue_get_partition(client_.handle(), assigned.topic, assigned.partition));
    if (queue) rd_kafka_queue_forward(queue.get(), client_.messages());
    partitions_[Key(assigned.topic, assigned.partition)] = partition;
}

void Membership::say_if_joined() {
    if (is_joined_ || (!was_assigned_ && !has_nothing_yet_)) return;
    for (const auto& [key, partition] : partitions_) {
        if (partition->is_looking_for_end) return;
    }
    is_joined_ = true;
    user_.on_joined();
}

void Membership::reached_end(std::string_view topic, std::int32_t number, std::int64_t offset) {
    Partition* const partition = find(topic, number);
    if (!partition) return;
    partition->window().reached(offset);
    partition->is_looking_for_end = false;
    progressed();
    say_if_joined();
}

// --- partitions that go ---------------------------------------------------------------------------------------------

void Membership::revoke(const rd_kafka_topic_partition_list_t& revoked) {
    add_all(revoking_, *without_assigning(revoked));
    for (const rd_kafka_topic_partition_t& gone : elements_of(*revoking_)) {
        if (Partition* const partition = find(gone.topic, gone.partition)) partition->leave();
    }
    user_.on_leaving();
    is_overdue_ = false;
    if (rd_kafka_assignment_lost(client_.handle())) return give_back();
    shard_.arm(revoke_timer_, longest_wait_for_receipts);
    continue_revoking();
}

void Membership::on_overdue() {
    if (std::exchange(is_overdue_, true)) return give_back();  // not even the commit was answered
    shard_.arm(revoke_timer_, longest_wait_for_receipts);
    continue_revoking();
}

std::size_t Membership::open_of_leaving() const {
    std::size_t open = 0;
    for (const auto& [key, partition] : partitions_) {
        if (partition->is_leaving()) open += partition->window().open_count();
    }
    return open;
}

void Membership::continue_revoking() {
    if (!revoking_ || is_committing_) return;
    if (!is_overdue_ && !is_leaving_ && open_of_leaving() != 0) return;
    if (!is_dirty(Which::leaving) || !commit()) give_back();
}

void Membership::give_back() {
    const PartitionList list = std::move(revoking_);
    revoke_timer_.cancel();
    for (const rd_kafka_topic_partition_t& gone : elements_of(*list)) {
        const auto found = partitions_.find(Key(gone.topic, gone.partition));
        if (found == partitions_.end()) continue;
        found->second->fence();
        partitions_.erase(found);
    }
    if (is_cooperative()) {
        fail_if(rd_kafka_incremental_unassign(client_.handle(), list.get()), "giving partitions back");
    } else {
        rd_kafka_assign(client_.handle(), nullptr);
    }
    say_if_joined();
}

// --- offsets --------------------------------------------------------------------------------------------------------

void Membership::progressed() {
    if (revoking_) return continue_revoking();
    if (is_committing_ || commit_timer_.is_armed()) return;
    if (shard_.now() - last_commit_ >= between_commits) {
        commit();
    } else {
        shard_.arm(commit_timer_, between_commits);
    }
}

bool Membership::is_dirty(Which which) const {
    return std::any_of(partitions_.begin(), partitions_.end(), [which](const auto& entry) {
        return (which == Which::all || entry.second->is_leaving()) && entry.second->is_dirty();
    });
}

bool Membership::commit() {
    if (is_committing_) return true;
    const PartitionList list = make_partition_list(partitions_.size());
    for (const auto& [key, partition] : partitions_) {
        if (!partition->is_dirty()) continue;
        rd_kafka_topic_partition_list_add(list.get(), key.first.c_str(), key.second)->offset =
            *partition->window().committable();
    }
    if (list->cnt == 0) return false;
    last_commit_ = shard_.now();
    is_committing_ =
        rd_kafka_commit_queue(client_.handle(), list.get(), client_.queue(), nullptr, nullptr) == RD_KAFKA_RESP_ERR_NO_ERROR;
    return is_committing_;
}

void Membership::on_committed(rd_kafka_event_t& event) {
    is_committing_ = false;
    const auto code = rd_kafka_event_error(&event);
    if (const auto* const list = rd_kafka_event_topic_partition_list(&event)) {
        for (const rd_kafka_topic_partition_t& done : elements_of(*list)) {
            const auto found = partitions_.find(Key(done.topic, done.partition));
            if (found == partitions_.end() || code != RD_KAFKA_RESP_ERR_NO_ERROR || done.err) continue;
            found->second->committed = done.offset;
        }
    }
    if (revoking_) {
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return give_back();  // whoever gets them reads some of it again
        return continue_revoking();
    }
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return progressed();
    if (const auto held = commit_log_.pass()) {
        log::debug("offsets not committed yet", {{"group", settings_.group}, {"reason", rd_kafka_err2str(code)}});
    }
    shard_.arm(commit_timer_, commit_again_after);
}

}  // namespace rialto::kafka
