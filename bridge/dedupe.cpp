#include "bridge/dedupe.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "core/store/keys.hpp"
#include "core/store/record_io.hpp"
#include "core/store/store.hpp"

namespace rialto::bridge {
namespace {

constexpr std::uint64_t worth_erasing = 256;  // erasing a range costs more than erasing one key

/// Octets that say which type they are of, so that the number 1 and the text "1" are two.
struct ToOctets {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(const std::string& text) const { return "t" + text; }
    std::string operator()(std::uint64_t number) const { return "n" + std::to_string(number); }
    std::string operator()(const Uuid& uuid) const {
        return "u" + std::string(reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size());
    }
    std::string operator()(const Binary& binary) const { return "b" + std::string(as_text(as_bytes(binary.bytes))); }
};

/// A cryptographic one: whoever can make two messages collide could make one of them disappear.
std::array<std::uint64_t, 2> digest_of_octets(std::string_view first, ByteView second) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
    unsigned int size = 0;
    const auto first_size = static_cast<std::uint32_t>(first.size());
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, EVP_blake2s256(), nullptr);
    EVP_DigestUpdate(context, &first_size, sizeof first_size);
    EVP_DigestUpdate(context, first.data(), first.size());
    EVP_DigestUpdate(context, second.data(), second.size());
    EVP_DigestFinal_ex(context, octets.data(), &size);
    EVP_MD_CTX_free(context);
    std::array<std::uint64_t, 2> digest{};
    std::memcpy(digest.data(), octets.data(), sizeof digest);
    return digest;
}

}  // namespace

/// Hears on one shard what became of first ones.
class Dedupe::Desk final : public Settler {
public:
    Desk(Shard& home, Dedupe& owner) : Settler(home), owner_(owner) {}

    Receipt expect(const Digest& digest, Receipt theirs) {
        const std::uint64_t number = ++last_;
        waiting_.emplace(number, Waiting{digest, std::move(theirs)});
        return Receipt(Ref<Settler>(this), number);
    }
    void settled(std::uint64_t token, Outcome outcome) noexcept override {
        auto waiting = waiting_.extract(token);
        owner_.settled(waiting.mapped().digest, outcome, std::move(waiting.mapped().receipt));
    }

private:
    struct Waiting {
        Digest digest;
        Receipt receipt;
    };
    Dedupe& owner_;
    std::uint64_t last_ = 0;
    std::unordered_map<std::uint64_t, Waiting> waiting_;
};

Dedupe::Dedupe(Gateway& gateway, const std::string& route, DedupeConfig settings, std::size_t most)
    : gateway_(gateway), route_(route), settings_(settings), most_(most) {
    for (std::size_t i = 0; i < gateway.shard_count(); ++i) {
        desks_.emplace_back(new Desk(gateway.shard(i), *this));
        duplicates_.push_back(&gateway.metrics().counter("rialto_route_dropped_total", "Messages that a route did not pass on",
                                                         {{"route", route}, {"reason", "duplicate"}}));
    }
}

std::optional<Dedupe::Digest> Dedupe::digest_of(const Message& message, By by) {
    if (by == By::payload) return digest_of_octets(message.topic(), message.payload());
    const Id& id = message.properties().message_id;
    if (std::holds_alternative<std::monostate>(id)) return std::nullopt;
    return digest_of_octets(std::visit(ToOctets{}, id), {});
}

void Dedupe::take(Passage& passage, std::string_view place, const MessagePtr& message, const Receipt& receipt) {
    const auto digest = digest_of(*message, settings_.by);
    if (!digest) return passage.pass(place, message, receipt);
    go_on(*digest, {&passage, Shard::current(), std::string(place), message, receipt.share()});
}

void Dedupe::go_on(const Digest& digest, Repeat repeat) {
    Passage& passage = *repeat.passage;
    const std::string place = repeat.place;
    const MessagePtr message = repeat.message;
    Receipt theirs = repeat.receipt.share();
    switch (look(digest, std::move(repeat))) {
        case Verdict::waits: return theirs.settle(Outcome::accepted);  // the other share waits
        case Verdict::repeat: duplicates_[Shard::current()->index()]->add(); return theirs.settle(Outcome::accepted);
        case Verdict::pass:
            if (theirs.empty()) keep(digest, wall_now(), {});
            passage.pass(place, message, theirs);
            return theirs.settle(Outcome::accepted);
        case Verdict::first: break;
    }
    Receipt ours = desks_[Shard::current()->index()]->expect(digest, std::move(theirs));
    passage.pass(place, message, ours);
    ours.settle(Outcome::accepted);
}

/// Keeps `repeat` where it waits; else its share is settled.
Dedupe::Verdict Dedupe::look(const Digest& digest, Repeat repeat) {
    Receipt share = std::move(repeat.receipt);
    const WallTime now = wall_now();
    const std::lock_guard lock(mutex_);
    forget_old(now);
    Verdict verdict = Verdict::first;
    if (accepted_.contains(digest)) {
        verdict = Verdict::repeat;
    } else if (const auto first = on_the_way_.find(digest); first != on_the_way_.end()) {
        verdict = waiting_ < most_waiting ? Verdict::waits : Verdict::pass;
        if (verdict == Verdict::waits) {
            ++waiting_;
            repeat.receipt = std::move(share);
            first->second.push_back(std::move(repeat));
        }
    } else if (share.empty()) {  // nobody will hear what became of it: it counts as gone through
        verdict = Verdict::pass;
    } else {
        on_the_way_.emplace(digest, std::vector<Repeat>());
    }
    share.settle(Outcome::accepted);
    return verdict;
}

void Dedupe::settled(const Digest& digest, Outcome outcome, Receipt theirs) {
    std::vector<Repeat> repeats;
    {
        const std::lock_guard lock(mutex_);
        const auto first = on_the_way_.find(digest);
        if (first == on_the_way_.end()) return;
        repeats = std::move(first->second);
        on_the_way_.erase(first);
        waiting_ -= repeats.size();
    }
    if (outcome == Outcome::accepted) keep(digest, wall_now(), std::move(theirs));
    theirs.settle(outcome);
    // Each where it was read. Where the first did not get through, the next is the first, and the others wait for it.
    for (Repeat& repeat : repeats) {
        Shard& shard = *repeat.shard;
        shard.post([self = Ref<Dedupe>(this), digest, repeat = std::move(repeat)]() mutable {
            if (self->is_admitted(repeat.passage)) self->go_on(digest, std::move(repeat));
        });
    }
}

void Dedupe::admit(Passage& passage) {
    const std::lock_guard lock(mutex_);
    passages_.push_back(&passage);
}

bool Dedupe::is_admitted(const Passage* passage) {
    const std::lock_guard lock(mutex_);
    return std::find(passages_.begin(), passages_.end(), passage) != passages_.end();
}

void Dedupe::forget(const Passage& passage) {
    std::vector<Repeat> theirs;  // released behind the lock
    const std::lock_guard lock(mutex_);
    std::erase(passages_, &passage);
    for (auto& [digest, repeats] : on_the_way_) {
        const auto others = std::stable_partition(repeats.begin(), repeats.end(), [&](const Repeat& r) { return r.passage != &passage; });
        waiting_ -= static_cast<std::size_t>(repeats.end() - others);
        std::move(others, repeats.end(), std::back_inserter(theirs));
        repeats.erase(others, repeats.end());
    }
    if (!passages_.empty()) return;
    accepted_ = {};
    oldest_.clear();
}

/// @return its number; 0 where it was known
std::uint64_t Dedupe::remember(const Digest& digest, WallTime now) {
    if (!accepted_.emplace(digest, now).second) return 0;
    oldest_.push_back({digest, now, ++last_number_});
    if (oldest_.size() > most_) forget_oldest();
    return last_number_;
}

void Dedupe::forget_oldest() {
    accepted_.erase(oldest_.front().digest);
    oldest_.pop_front();
}

/// Whose message it was hears when it would be known again after a crash.
void Dedupe::keep(const Digest& digest, WallTime now, Receipt theirs) {
    std::uint64_t number = 0;
    std::uint64_t erase_from = 0;
    std::uint64_t erase_to = 0;
    {
        const std::lock_guard lock(mutex_);
        number = remember(digest, now);
        const std::uint64_t first = oldest_.empty() ? last_number_ + 1 : oldest_.front().number;
        if (number != 0 && first - erased_to_ >= worth_erasing) {
            erase_from = erased_to_;
            erase_to = erased_to_ = first;
        }
    }
    store::Journal* const journal = gateway_.journal_of(*Shard::current());
    if (!journal || number == 0) return theirs.settle(Outcome::accepted);
    Bytes value;
    store::RecordWriter writer(value);
    for (const std::uint64_t half : digest) writer.number(half);
    writer.signed_number(now.time_since_epoch().count());
    journal->batch().put(key_of(number), value);
    if (erase_to > 0) journal->batch().erase_range(key_of(erase_from), key_of(erase_to));
    journal->settle_when_written(std::move(theirs));
}

Bytes Dedupe::key_of(std::uint64_t number) const {
    return store::Key(store::Table::dedupe).part(route_).number(number).take();
}

Result<void> Dedupe::restore() {
    store::Journal* const journal = gateway_.journal_of(gateway_.shard(0));
    if (!journal) return {};
    const std::lock_guard lock(mutex_);
    const WallTime now = wall_now();
    bool is_first = true;
    return journal->store().engine().read(key_of(0), key_of(~std::uint64_t{0}), [&](std::string_view key, std::string_view value) {
        store::KeyReader parts(key);
        const bool has_route = parts.part().has_value();
        const auto number = parts.number();
        store::RecordReader reader(value);
        const Digest digest{reader.number(), reader.number()};
        const WallTime at(std::chrono::milliseconds(reader.signed_number()));
        if (!has_route || !number || !reader.ok()) return true;  // a repeat may pass then; nothing is lost
        if (std::exchange(is_first, false)) erased_to_ = *number;
        last_number_ = *number - 1;
        if (at + settings_.window > now) remember(digest, at);
        last_number_ = *number;
        return true;
    });
}

void Dedupe::forget_old(WallTime now) {
    while (!oldest_.empty() && oldest_.front().at + settings_.window <= now) forget_oldest();
}

}  // namespace rialto::bridge
