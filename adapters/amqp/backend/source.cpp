#include "adapters/amqp/backend/source.hpp"

#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/disposition.h>
#include <proton/link.h>
#include <proton/session.h>

#include <algorithm>
#include <utility>

#include "adapters/amqp/backend/message_form.hpp"

namespace rialto::amqp {

/// Hears of receipts as long as the source is there.
class Source::Receipts final : public Settler {
public:
    Receipts(Shard& home, Source& to) : Settler(home), source(&to) {}
    void settled(std::uint64_t token, Outcome outcome) noexcept override {
        if (source) source->settled(token, outcome);
    }
    Source* source;
};

Source::Source(Shard& shard, std::shared_ptr<const ClientSettings> settings, std::vector<TopicFilter> filters, Surroundings around)
    : Connection(shard, settings, settings->container),
      filters_(std::move(filters)),
      around_(std::move(around)),
      receipts_(new Receipts(shard, *this)) {}

Source::~Source() { receipts_->source = nullptr; }

boost::asio::awaitable<Result<void>> Source::open(Inlet& inlet) {
    inlet_ = &inlet;
    credit_ = 0;
    on_links_gone();
    if (const Result<void> sound = check_filters(); !sound) co_return sound;
    if (const Result<void> connected = co_await connect(); !connected) co_return connected;
    around_.on_dialect(dialect());
    addressing_.emplace(settings_->addressing(dialect()));
    if (const Result<void> prepared = co_await prepare(); !prepared) {
        disconnect();
        co_return prepared;
    }
    if (!session_) co_return fail(Errc::unreachable, "the connection to the broker is gone");
    attach_all();
    if (links_.empty()) co_return Result<void>();
    const Result<void> attached = co_await wait_until_open("the broker did not attach a link in time");
    if (attached) around_.subscriptions->lost_reader.reading_beside(other_readers_);
    if (!attached) note_silence(attached.error());
    co_return attached;
}

Result<void> Source::check_filters() const {
    for (const TopicFilter& filter : filters_) {
        if (filter.is_shared()) {
            return fail(Errc::invalid, "'" + filter.full_text() + "' can't be read from AMQP as a shared group; read a queue (node = \"queue\")");
        }
        if (settings_->node == Node::queue && filter.has_wildcard()) {
            return fail(Errc::invalid, "'" + filter.text() + "' has wildcards, and a queue is read by its name");
        }
    }
    return {};
}

bool Source::has_durable_links() const noexcept {
    const bool keeps_by_link = dialect() != Dialect::rabbitmq;
    return settings_->is_durable && settings_->node == Node::topic && keeps_by_link;
}

boost::asio::awaitable<Result<void>> Source::prepare() {
    const bool reads_own_queue = dialect() == Dialect::rabbitmq && settings_->node == Node::topic && settings_->is_durable;
    if (reads_own_queue) {
        plan_ = ReadingPlan::of_queue(filters_, rabbitmq_queue_address(settings_->container));
        co_return co_await make_rabbitmq_queue(*addressing_);
    }
    plan_ = ReadingPlan::of_patterns(filters_, *addressing_);
    co_return Result<void>();
}

boost::asio::awaitable<Result<void>> Source::make_rabbitmq_queue(const Addressing& addressing) {
    const Result<std::string> exchange = addressing.exchange();
    if (exchange.has_error()) co_return exchange.error();
    QueueWish wish{settings_->container, *exchange, {}, {}};
    std::set<std::string> keys;
    for (const TopicFilter& filter : filters_) keys.insert(addressing.binding_of(filter));
    wish.bind.assign(keys.begin(), keys.end());
    std::set_difference(around_.subscriptions->keys.begin(), around_.subscriptions->keys.end(), keys.begin(), keys.end(),
                        std::back_inserter(wish.unbind));
    const Result<std::uint32_t> readers = co_await make_queue(shard_, settings_->dialing, queue_login_of(*settings_), std::move(wish));
    if (readers.has_error()) co_return readers.error();
    around_.subscriptions->keys = std::move(keys);
    if (around_.subscriptions->lost_reader.is_there(*readers, shard_.now())) {
        co_return fail(Errc::unreachable, "the broker has not noticed yet that the last connection is gone, and keeps what it gave to that");
    }
    other_readers_ = *readers;
    co_return Result<void>();
}

void Source::attach_all() {
    links_.clear();
    for (const ReadingPlan::Link& planned : plan_.links()) {
        Link link;
        link.link = attach(planned.name, planned.address, has_durable_links());
        links_.push_back(link);
    }
    if (has_durable_links()) take_back_unwanted();
    engine_->wake();
}

pn_link_t* Source::attach(const std::string& name, const std::string& address, bool is_durable) {
    pn_link_t* const link = pn_receiver(session_, name.c_str());
    pn_terminus_t* const source = pn_link_source(link);
    pn_terminus_set_address(source, address.c_str());
    if (is_durable) {
        pn_terminus_set_durability(source, PN_DELIVERIES);
        pn_terminus_set_expiry_policy(source, PN_EXPIRE_NEVER);
    }
    set_node_capability(source, dialect(), settings_->node);
    pn_terminus_set_address(pn_link_target(link), name.c_str());
    pn_link_set_snd_settle_mode(link, PN_SND_UNSETTLED);
    pn_link_set_rcv_settle_mode(link, PN_RCV_FIRST);
    pn_link_set_max_message_size(link, settings_->max_message_size);
    pn_link_open(link);
    return link;
}

// A durable subscription ends when its link is closed; so one that is not wanted any more is attached once again for that.
void Source::take_back_unwanted() {
    auto& known = around_.subscriptions->links;
    std::set<std::pair<std::string, std::string>> wanted;
    for (const ReadingPlan::Link& planned : plan_.links()) wanted.emplace(planned.name, planned.address);
    for (const auto& [name, address] : known) {
        if (!wanted.contains({name, address})) attach(name, address, true);
    }
    known = std::move(wanted);
}

std::size_t Source::index_of(pn_link_t* link) const noexcept {
    const auto found = std::find_if(links_.begin(), links_.end(), [link](const Link& known) { return known.link == link; });
    return static_cast<std::size_t>(found - links_.begin());
}

void Source::on_link_opened(pn_link_t* link) noexcept {
    const std::size_t index = index_of(link);
    if (index == links_.size()) return pn_link_close(link);
    if (pn_terminus_get_type(pn_link_remote_source(link)) == PN_UNSPECIFIED) return;  // refused: its detach says why
    links_[index].is_open = true;
    const bool are_all = std::all_of(links_.begin(), links_.end(), [](const Link& known) { return known.is_open; });
    if (are_all) opened({});
}

void Source::on_link_closed(pn_link_t* link) noexcept {
    const std::size_t index = index_of(link);
    if (index == links_.size()) return;
    links_[index].link = nullptr;
    std::erase_if(unsettled_, [index](const auto& entry) { return entry.second.link == index; });
    if ((pn_session_state(pn_link_session(link)) & PN_REMOTE_CLOSED) != 0) return;  // that is told too
    const std::string what = "the broker closed the link to '" + plan_.links()[index].address + "'";
    abort(in_context(what, error_of(pn_link_remote_condition(link))));
}

void Source::on_delivery(pn_delivery_t* delivery) noexcept {
    pn_link_t* const link = pn_delivery_link(delivery);
    const std::size_t index = index_of(link);
    if (index == links_.size() || !pn_delivery_readable(delivery)) {
        return;
    }
    switch (engine_->receive(delivery, octets_, settings_->max_message_size)) {
        case Engine::Received::whole:
            take(delivery, index, octets_);
            return top_up(index);
        case Engine::Received::too_large:
            return abort(fail(Errc::over_limit, "the broker sent a message of more than max_message_size"));
        case Engine::Received::part:
            return;
        case Engine::Received::aborted:
            return top_up(index);
    }
}

void Source::take(pn_delivery_t* delivery, std::size_t index, const Bytes& octets) {
    Result<Decoded> decoded = decode(octets, wall_now(), settings_->decoding);
    if (decoded.has_error()) return drop_unmappable(delivery, decoded.error());
    const Result<std::string> topic = topic_of(*decoded, index);
    if (topic.has_error()) return drop_unmappable(delivery, topic.error());
    if (!plan_.takes(index, *topic)) return settle(delivery, Outcome::accepted);  // more than was asked for, or one more copy
    if (decoded->properties || !decoded->reply_to.empty()) adapt_properties(*decoded, *topic, *addressing_);
    const bool is_settled = pn_delivery_settled(delivery);
    Waiting waiting{decoded->to_message(*topic, is_settled), 0, index};
    if (is_settled) {
        pn_delivery_settle(delivery);
    } else {
        waiting.token = ++last_token_;
        unsettled_.emplace(waiting.token, Unsettled{delivery, index});
    }
    ++links_[index].waiting;
    waiting_.push_back(std::move(waiting));
    hand_on();
}

Result<std::string> Source::topic_of(const Decoded& decoded, std::size_t index) const {
    const auto& only = plan_.links()[index].only_topic;
    if (only) return *only;
    return rialto::amqp::topic_of(decoded, *addressing_);
}

void Source::drop_unmappable(pn_delivery_t* delivery, const Error& why) {
    around_.unmappable.add();
    if (const auto held = unmappable_log_.pass()) {
        log::warn("message refused", {{"backend", settings_->backend}, {"reason", why.message}, {"more", std::to_string(*held)}});
    }
    settle(delivery, Outcome::rejected);
}

void Source::hand_on() {
    if (is_handing_on_ || is_opening()) return;
    is_handing_on_ = true;
    while (credit_ != 0 && !waiting_.empty()) {
        --credit_;
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        --links_[next.link].waiting;
        inlet_->accept(std::move(next.message), next.token == 0 ? Receipt() : Receipt(receipts_, next.token));
    }
    is_handing_on_ = false;
}

// Each link may bring all that there is credit for, as nobody knows which one will. What comes beyond it waits here.
void Source::top_up(std::size_t index) {
    Link& link = links_[index];
    if (!link.link || !engine_) return;
    const auto has = static_cast<std::uint64_t>(std::max(pn_link_credit(link.link), 0)) + link.waiting;
    if (credit_ <= has) return;
    pn_link_flow(link.link, static_cast<int>(std::min<std::uint64_t>(credit_ - has, INT32_MAX / 2)));
    engine_->wake();
}

void Source::grant(std::uint32_t more) {
    credit_ += more;
    hand_on();
    for (std::size_t i = 0; i < links_.size(); ++i) top_up(i);
}

void Source::settled(std::uint64_t token, Outcome outcome) noexcept {
    const auto found = unsettled_.find(token);
    if (found == unsettled_.end()) return;
    if (outcome == Outcome::released) return release_later(token);
    settle(found->second.delivery, outcome);
    unsettled_.erase(found);
}

void Source::settle(pn_delivery_t* delivery, Outcome outcome) {
    // Broker-J brings a rejected message again at once, as if nobody had said anything; what nobody will ever take is done.
    const bool can_reject = dialect() != Dialect::qpid;
    const std::uint64_t state = outcome == Outcome::released               ? PN_RELEASED
                                : outcome == Outcome::rejected && can_reject ? PN_REJECTED
                                                                             : PN_ACCEPTED;
    pn_delivery_update(delivery, state);
    pn_delivery_settle(delivery);
    if (engine_) engine_->wake();
}

// Brokers put each released message before all others, so the last one goes first.
void Source::release_later(std::uint64_t token) {
    if (released_.empty()) {
        shard_.post([receipts = receipts_] {
            if (receipts->source) receipts->source->release_gathered();
        });
    }
    released_.push_back(token);
}

void Source::release_gathered() {
    std::sort(released_.begin(), released_.end(), std::greater<>());
    for (const std::uint64_t token : std::exchange(released_, {})) {
        const auto found = unsettled_.find(token);
        if (found == unsettled_.end()) continue;
        settle(found->second.delivery, Outcome::released);
        unsettled_.erase(found);
    }
}

void Source::on_links_gone() noexcept {
    links_.clear();
    unsettled_.clear();
    released_.clear();
    waiting_.clear();
}

void Source::on_connection_lost(const Error& why) noexcept {
    note_silence(why);
    inlet_->lost(why);
}

void Source::note_silence(const Error& why) noexcept {
    if (why.code == Errc::timed_out) around_.subscriptions->lost_reader.silent(shard_.now(), brokers_idle_timeout());
}

boost::asio::awaitable<void> Source::close() {
    release_gathered();
    disconnect();
    on_links_gone();
    co_return;
}

}  // namespace rialto::amqp
