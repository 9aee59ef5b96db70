#include "bridge/spool.hpp"

#include <algorithm>
#include <utility>

#include "core/log.hpp"

namespace rialto::bridge {
namespace {

using namespace std::chrono_literals;

// One piece that is read: what a disk gives quickly, so that the shard is not held up.
constexpr std::size_t piece_messages = 256;
constexpr std::size_t piece_octets = 1024 * 1024;
constexpr auto pause = 1s;  // between looks for what is too old, and before what was given back goes again

// A token is the round (15 bits), one bit for the queue, and the number there (48 bits).
constexpr int number_bits = 48;
constexpr std::uint64_t number_mask = (std::uint64_t{1} << number_bits) - 1;
constexpr std::uint64_t before_bit = std::uint64_t{1} << number_bits;
constexpr int round_shift = number_bits + 1;
constexpr std::uint64_t round_mask = (std::uint64_t{1} << (64 - round_shift)) - 1;

std::string route_of(const Parcel& parcel) { return parcel.returns ? parcel.returns->route() : std::string(); }
std::uint64_t size_on_disk(const Parcel& parcel) { return SpoolQueue::size_of(*parcel.message, route_of(parcel)); }

std::string name_of_queue(const std::string& backend) { return "spool/" + backend; }
std::string name_of_older(const std::string& backend) { return "spool/" + backend + "/before"; }

}  // namespace

/// Hears what became of messages that were read from disk; the spool may be gone by then.
class Spool::Answers final : public Settler {
public:
    Answers(Shard& home, Spool& spool) : Settler(home), spool_(&spool) {}
    void forget_spool() noexcept { spool_ = nullptr; }
    void settled(std::uint64_t token, Outcome outcome) noexcept override {
        if (spool_) spool_->settled(token, outcome);
    }
    void written() noexcept {
        if (!spool_) return;
        spool_->waits_for_disk_ = false;
        spool_->read_more();
    }

private:
    Spool* spool_;
};

Spool::Spool(store::Journal& journal, std::string backend, SpoolConfig config, Counters counters, Outlet& outlet, Ways ways)
    : journal_(journal),
      backend_(std::move(backend)),
      config_(config),
      counters_(counters),
      outlet_(outlet),
      ways_(std::move(ways)),
      answers_(new Answers(journal.shard(), *this)),
      before_(journal, name_of_older(backend_)),
      queue_(journal, name_of_queue(backend_)),
      timer_([this] { on_timer(); }) {
    outlet_.on_answer([this] { read_more_at_half(); });
}

Spool::~Spool() {
    answers_->forget_spool();
    outlet_.on_answer({});
    counters_.messages.add(-said_messages_);
    counters_.bytes.add(-said_bytes_);
    if (!held_.empty()) counters_.limiting.add(-1);
}

std::uint64_t Spool::left_for(store::Journal& journal, const std::string& backend) {
    std::uint64_t count = 0;
    for (const std::string& name : {name_of_queue(backend), name_of_older(backend)}) {
        SpoolQueue queue(journal, name);
        if (queue.open()) count += queue.count();
    }
    return count;
}

Result<void> Spool::open() {
    if (const auto opened = before_.open(); !opened) return opened.error();
    if (const auto opened = queue_.open(); !opened) return opened.error();
    say_size();
    if (count() > 0) {
        log::info("spool found", {{"backend", backend_}, {"messages", std::to_string(count())}, {"bytes", std::to_string(bytes())}});
    }
    if (config_.max_age > 0ms) journal_.shard().arm(timer_, pause);
    return {};
}

bool Spool::has_room_in_memory() const noexcept {
    return outlet_.size() < most_in_memory && outlet_.bytes() < most_bytes_in_memory;
}

bool Spool::goes_through_memory() const noexcept {
    return is_open_ && is_reading_ && count() == 0 && held_.empty() && has_room_in_memory();
}

void Spool::push(Parcel parcel) {
    if (goes_through_memory()) return to_outlet(std::move(parcel));
    keep(std::move(parcel));
}

void Spool::to_outlet(Parcel parcel) {
    parcel.plain = parcel.message;
    parcel.message = ways_.seal(parcel.plain);
    outlet_.push(std::move(parcel));
}

void Spool::keep(Parcel parcel) {
    const std::uint64_t size = size_on_disk(parcel);
    const bool can_wait = !parcel.receipt.empty();
    if (!held_.empty() || (!can_wait && !disk_keeps_up()) || !make_room_for(size)) return refuse(std::move(parcel));
    append(queue_, std::move(parcel));
    say_size();
    read_when_written();
}

void Spool::append(SpoolQueue& queue, Parcel parcel) {
    counters_.spooled.add();
    const std::uint64_t before = queue.bytes();
    SpoolQueue::Note note{wall_now(), 0, parcel.order, route_of(parcel)};
    queue.append(*parcel.message, std::move(note), std::move(parcel.receipt));
    if (unwritten_.empty() || unwritten_.back().turn != journal_.turn()) unwritten_.push_back({journal_.turn(), 0});
    unwritten_.back().bytes += queue.bytes() - before;
    unwritten_bytes_ += queue.bytes() - before;
}

bool Spool::disk_keeps_up() {
    while (!unwritten_.empty() && unwritten_.front().turn <= journal_.written()) {
        unwritten_bytes_ -= unwritten_.front().bytes;
        unwritten_.pop_front();
    }
    return unwritten_bytes_ < most_bytes_unwritten;
}

/// There is no room for it.
void Spool::refuse(Parcel parcel) {
    if (config_.when_full == SpoolConfig::WhenFull::block && !parcel.receipt.empty()) return hold(std::move(parcel));
    counters_.drops.count(Drop::spool_full, parcel.route);
    parcel.receipt.settle(Outcome::accepted);  // as the file asks
}

void Spool::hold(Parcel parcel) {
    if (held_.empty()) counters_.limiting.add(1);
    held_.push_back(std::move(parcel));
}

bool Spool::make_room_for(std::uint64_t size) {
    while (bytes() + size > config_.max_bytes) {
        if (config_.when_full != SpoolConfig::WhenFull::drop_oldest || !drop_some_oldest()) return false;
    }
    return true;
}

/// A sixty-fourth at once, for each look at the disk takes its time. What is on its way stays.
bool Spool::drop_some_oldest() {
    SpoolQueue& queue = before_.has_unread() ? before_ : queue_;
    const auto some = std::clamp<std::uint64_t>(queue.count() / 64, 1, piece_messages);
    const auto oldest = queue.read(some, piece_octets);
    for (const auto& entry : oldest) {
        count_drop(Drop::spool_full, *entry.message);
        queue.erase(entry.number);
    }
    return !oldest.empty();
}

void Spool::take_held() {
    while (!held_.empty()) {
        if (bytes() + size_on_disk(held_.front()) > config_.max_bytes && count() > 0) return;
        append(queue_, std::move(held_.front()));
        held_.pop_front();
        if (held_.empty()) counters_.limiting.add(-1);
    }
}

void Spool::opened() {
    is_open_ = true;
    read_more();
}

void Spool::closed() {
    is_open_ = false;
    ++round_;
    again_.clear();
    before_.put_all_back();
    queue_.put_all_back();
    std::vector<Parcel> left = outlet_.take_all();
    // All that came through memory came before anything that is on disk now.
    SpoolQueue& queue = queue_.empty() ? queue_ : before_;
    for (Parcel& parcel : left) {
        if (parcel.is_spooled) continue;
        parcel.message = std::move(parcel.plain);
        append(queue, std::move(parcel));
    }
    say_size();
}

void Spool::read_more() {
    if (!is_open_ || !is_reading_ || std::exchange(is_in_read_, true)) return;
    while (has_room_in_memory()) {
        SpoolQueue& queue = before_.has_unread() ? before_ : queue_;
        if (!read_some(queue)) break;
    }
    is_in_read_ = false;
    say_size();
    if (before_.has_unread() || queue_.has_unread()) read_when_written();
}

/// Whether there was something.
bool Spool::read_some(SpoolQueue& queue) {
    const std::uint64_t damaged = queue.damaged();
    auto entries = queue.read(piece_messages, piece_octets);
    if (queue.damaged() != damaged) counters_.drops.count(Drop::spool_damaged, nullptr);  // it reads one at once there
    const WallTime now = wall_now();
    for (auto& entry : entries) {
        if (is_too_old(entry.note, now)) {
            count_drop(Drop::spool_too_old, *entry.message);
            queue.erase(entry.number);
        } else {
            send(queue, entry.number, entry.note, std::move(entry.message));
        }
    }
    return !entries.empty() || queue.damaged() != damaged;
}

void Spool::send(SpoolQueue& queue, std::uint64_t number, const SpoolQueue::Note& note, MessagePtr message) {
    const std::uint64_t token = (round_ & round_mask) << round_shift | (&queue == &before_ ? before_bit : 0) | (number & number_mask);
    Ref<Returns> returns = note.route.empty() ? nullptr : ways_.returns(note.route, message);
    const std::string* const route = counters_.drops.route_of(*message);
    outlet_.push({ways_.seal(message), Receipt(answers_, token), note.order, std::move(returns), nullptr, route, true});
}

SpoolQueue& Spool::queue_of(std::uint64_t token) noexcept { return token & before_bit ? before_ : queue_; }

void Spool::settled(std::uint64_t token, Outcome outcome) {
    if (token >> round_shift != (round_ & round_mask)) return;  // it is on disk, and goes again
    if (outcome == Outcome::released) {
        again_.push_back(token);
        if (!timer_.is_armed()) journal_.shard().arm(timer_, pause);
        return;
    }
    queue_of(token).erase(token & number_mask);
    take_held();
    say_size();
}

void Spool::read_more_at_half() {
    if (outlet_.size() <= most_in_memory / 2 && (before_.has_unread() || queue_.has_unread())) read_more();
}

/// Once, when all that is here now can be read.
void Spool::read_when_written() {
    if (!is_open_ || !has_room_in_memory() || std::exchange(waits_for_disk_, true)) return;
    journal_.call_when_written([answers = answers_] { answers->written(); });
}

void Spool::count_drop(Drop why, const Message& message) { counters_.drops.count(why, counters_.drops.route_of(message)); }

bool Spool::is_too_old(const SpoolQueue::Note& note, WallTime now) const noexcept {
    return config_.max_age > 0ms && note.at + config_.max_age <= now;
}

void Spool::on_timer() {
    if (is_open_ && is_reading_) {
        for (const std::uint64_t token : std::exchange(again_, {})) {
            SpoolQueue& queue = queue_of(token);
            const std::uint64_t number = token & number_mask;
            if (auto entry = queue.read_again(number)) send(queue, number, entry->note, std::move(entry->message));
        }
    } else {
        drop_too_old(before_);
        drop_too_old(queue_);
        take_held();
    }
    say_size();
    if (config_.max_age > 0ms || !again_.empty()) journal_.shard().arm(timer_, pause);
}

void Spool::drop_too_old(SpoolQueue& queue) {
    if (config_.max_age == 0ms) return;
    const WallTime now = wall_now();
    for (bool goes_on = true; goes_on;) {
        const auto oldest = queue.read(piece_messages, piece_octets);
        goes_on = !oldest.empty();
        for (const auto& entry : oldest) {
            if (!is_too_old(entry.note, now)) {
                queue.put_back(entry.number);
                goes_on = false;
                break;
            }
            count_drop(Drop::spool_too_old, *entry.message);
            queue.erase(entry.number);
        }
    }
}

void Spool::say_size() {
    const auto say = [](Gauge& gauge, std::int64_t& said, std::uint64_t now) {
        gauge.add(static_cast<std::int64_t>(now) - said);
        said = static_cast<std::int64_t>(now);
    };
    say(counters_.messages, said_messages_, count());
    say(counters_.bytes, said_bytes_, bytes());
}

}  // namespace rialto::bridge
