#include "bridge/link.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <unordered_map>

#include "bridge/spool.hpp"
#include "core/log.hpp"

namespace rialto::bridge {
namespace asio = boost::asio;

namespace {

void log_failure(const std::string& backend, const char* part, const Error& why, Backoff::Duration retry_in) {
    log::warn("backend not reached", {{"backend", backend},
                                      {"part", part},
                                      {"error", why.message},
                                      {"retry_in_ms", std::to_string(retry_in.count())}});
}

/// Raised by each that holds sources back.
Gauge& limiting_gauge(Metrics& metrics, const std::string& backend) {
    return metrics.gauge("rialto_limited_by", "Whether sources wait for the backend: it is away, its window or its spool is full",
                         {{"backend", backend}});
}

Outlet::Counters outlet_counters(Metrics& metrics, const std::string& backend, DropCounters& drops) {
    const Labels labels{{"backend", backend}};
    return {metrics.counter("rialto_backend_sent_total", "Messages that the backend confirmed", labels),
            metrics.counter("rialto_backend_repeated_total", "Messages sent again after a failure", labels),
            metrics.counter("rialto_backend_rejected_total", "Messages that the backend refused for good", labels),
            metrics.counter("rialto_backend_given_up_total", "Messages that the backend gave back too often", labels),
            drops,
            metrics.gauge("rialto_backend_queued", "Messages waiting or unconfirmed", labels), limiting_gauge(metrics, backend)};
}

Spool::Counters spool_counters(Metrics& metrics, const std::string& backend, DropCounters& drops) {
    const Labels labels{{"backend", backend}};
    return {metrics.counter("rialto_spool_written_total", "Messages that went to disk for the backend", labels),
            drops,
            metrics.gauge("rialto_spool_messages", "Messages on disk for the backend", labels),
            metrics.gauge("rialto_spool_bytes", "What they take there", labels), limiting_gauge(metrics, backend)};
}

}  // namespace

/// The reading half. Between the source and the routes it counts credit: one back for each message that is settled.
class Link::Reader final : public Inlet, public OpenWatcher {
public:
    explicit Reader(Link& link)
        : link_(link),
          source_(link.backend_->make_source(link.patterns_)),
          settler_(new Settlements(link.shard_, *this)),
          keep_open_(link.shard_, steps_to_keep(*source_, *this), *this),
          received_(link.gateway_.metrics().counter("rialto_backend_received_total", "Messages that the backend sent",
                                                    {{"backend", link.name_}})),
          echoes_(link.gateway_.metrics().counter("rialto_backend_echoes_total", "Our own messages, taken out",
                                                  {{"backend", link.name_}})),
          unsettled_(link.gateway_.metrics().gauge("rialto_backend_unsettled",
                                                   "Messages read from the backend that their targets do not have yet",
                                                   {{"backend", link.name_}})) {}
    ~Reader() { settler_->forget_reader(); }

    void start() { keep_open_.start(); }
    asio::awaitable<void> stop() { return keep_open_.stop(); }
    bool is_open() const noexcept { return keep_open_.is_open(); }

    void accept(MessagePtr message, Receipt receipt) noexcept override {
        received_.add();
        message = link_.envelope_.open(message);
        if (link_.is_echo(*message)) {
            echoes_.add();
            receipt.settle(Outcome::accepted);
            source_->grant(1);
            return;
        }
        if (receipt.empty()) {  // the other side does not wait: nothing is gained by making it
            link_.feed_(message, receipt);
            source_->grant(1);
            return;
        }
        const std::uint64_t number = settler_->expect(std::move(receipt));
        Receipt ours(Ref<Settler>(settler_.get()), number);
        link_.feed_(message, ours);
        ours.settle(Outcome::accepted);
    }

    void lost(Error reason) noexcept override { keep_open_.lost(std::move(reason)); }

    void opened() noexcept override {
        // Credit is for one connection: what was unsettled on the last one is not owed on this one.
        settler_->next_connection();
        source_->grant(source_credit);
        log::info("backend reading", {{"backend", link_.name_}});
        link_.say_state();
    }
    void failed(const Error& why, Backoff::Duration retry_in) noexcept override {
        log_failure(link_.name_, "source", why, retry_in);
        link_.say_state();
    }

private:
    /// Passes outcomes on to the source's own receipts, and gives the credit back.
    class Settlements final : public Settler {
    public:
        Settlements(Shard& home, Reader& reader) : Settler(home), reader_(&reader) {}
        void forget_reader() noexcept { reader_ = nullptr; }
        void next_connection() noexcept { ++connection_; }

        std::uint64_t expect(Receipt receipt) {
            const std::uint64_t number = next_++;
            waiting_.emplace(number, Waiting{std::move(receipt), connection_});
            if (reader_) reader_->unsettled_.set(static_cast<std::int64_t>(waiting_.size()));
            return number;
        }
        void settled(std::uint64_t number, Outcome outcome) noexcept override {
            auto waiting = waiting_.extract(number);
            waiting.mapped().receipt.settle(outcome);
            if (reader_) reader_->unsettled_.set(static_cast<std::int64_t>(waiting_.size()));
            if (reader_ && waiting.mapped().connection == connection_) reader_->source_->grant(1);
        }

    private:
        struct Waiting {
            Receipt receipt;
            std::uint64_t connection;
        };
        Reader* reader_;
        std::uint64_t next_ = 0;
        std::uint64_t connection_ = 0;
        std::unordered_map<std::uint64_t, Waiting> waiting_;
    };

    Link& link_;
    std::unique_ptr<Source> source_;
    Ref<Settlements> settler_;
    KeepOpen keep_open_;
    Counter& received_;
    Counter& echoes_;
    Gauge& unsettled_;
};

/// The writing half: the outlet and the sink behind it.
class Link::Writer final : public SinkWatcher, public OpenWatcher {
public:
    explicit Writer(Link& link)
        : link_(link),
          sink_(link.backend_->make_sink()),
          drops_(link.gateway_.metrics(), link.name_, link.gateway_.name()),
          outlet_(link.shard_, link.limits_, outlet_counters(link.gateway_.metrics(), link.name_, drops_),
                  [&link](const Message& message) { link.remember(message); }),
          keep_open_(make_keep_open()) {}

    void start() {
        open_spool();
        keep_open_->start();
    }
    bool is_open() const noexcept { return keep_open_ && keep_open_->is_open(); }
    /// Closes the sink and forgets it; what comes waits.
    asio::awaitable<void> leave_sink() {
        closed();
        co_await keep_open_->stop();
        keep_open_.reset();
        sink_.reset();
    }
    /// Goes on with a sink of the link's new backend.
    void take_sink() {
        sink_ = link_.backend_->make_sink();
        keep_open_ = make_keep_open();
        keep_open_->start();
    }
    Outlet& outlet() noexcept { return outlet_; }

    void push(Parcel parcel) {
        parcel.route = drops_.route_of(*parcel.message);
        if (spool_) return spool_->push(std::move(parcel));
        parcel.message = link_.envelope_.seal(parcel.message);
        outlet_.push(std::move(parcel));
    }

    asio::awaitable<void> stop(std::chrono::milliseconds within) {
        asio::steady_timer pause(link_.shard_.io());
        const Instant deadline = Clock::now() + within;
        if (spool_) spool_->stop_reading();
        while (!outlet_.is_idle() && is_open() && Clock::now() < deadline) {
            pause.expires_after(std::chrono::milliseconds(5));
            co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        closed();
        co_await keep_open_->stop();
    }

    void lost(Error reason) noexcept override {
        closed();
        keep_open_->lost(std::move(reason));
    }
    void opened() noexcept override {
        log::info("backend writing", {{"backend", link_.name_}});
        link_.say_state();
        outlet_.opened(*sink_);
        if (spool_) spool_->opened();
    }
    void failed(const Error& why, Backoff::Duration retry_in) noexcept override {
        log_failure(link_.name_, "sink", why, retry_in);
        link_.say_state();
    }

private:
    std::unique_ptr<KeepOpen> make_keep_open() {
        return std::make_unique<KeepOpen>(link_.shard_, steps_to_keep(*sink_, *this), *this);
    }
    void open_spool() {
        store::Journal* const journal = link_.gateway_.journal_of(link_.shard_);
        if (!journal) return;
        if (!link_.spool_config_) return say_what_is_left(*journal);
        Spool::Ways ways{[this](const MessagePtr& message) { return link_.envelope_.seal(message); },
                         [this](const std::string& route, const MessagePtr& message) {
                             return link_.returns_ ? link_.returns_(route, message) : nullptr;
                         }};
        spool_ = std::make_unique<Spool>(*journal, link_.name_, *link_.spool_config_,
                                         spool_counters(link_.gateway_.metrics(), link_.name_, drops_), outlet_, std::move(ways));
        if (const auto opened = spool_->open(); !opened) {
            log::error("spool not opened: messages wait in memory", {{"backend", link_.name_}, {"error", opened.error().message}});
            spool_.reset();
        }
    }
    /// A spool that was taken out of the file keeps what it has, until it is there again.
    void say_what_is_left(store::Journal& journal) const {
        if (const std::uint64_t count = Spool::left_for(journal, link_.name_)) {
            log::warn("messages on disk are not sent: the backend has no spool any more",
                      {{"backend", link_.name_}, {"messages", std::to_string(count)}});
        }
    }
    void closed() {
        outlet_.closed();
        if (spool_) spool_->closed();
    }

    Link& link_;
    std::unique_ptr<Sink> sink_;
    DropCounters drops_;
    Outlet outlet_;
    std::unique_ptr<Spool> spool_;  ///< null: what waits does so in memory
    std::unique_ptr<KeepOpen> keep_open_;
};

Link::Link(Gateway& gateway, Shard& shard, std::string name, std::unique_ptr<Backend> backend,
           Outlet::Limits limits, Envelope envelope, std::optional<SpoolConfig> spool)
    : gateway_(gateway),
      shard_(shard),
      name_(std::move(name)),
      backend_(std::move(backend)),
      limits_(limits),
      envelope_(std::move(envelope)),
      spool_config_(spool),
      up_(gateway.metrics().gauge("rialto_backend_up", "Whether the backend is connected", {{"backend", name_}})),
      readiness_(gateway.readiness(), name_),
      carries_(envelope_.carries(backend_->abilities().carries)) {}

Link::~Link() = default;

// A writer that has left stays known: what it wrote may still come back.
void Link::wire(Wiring wiring) {
    patterns_ = std::move(wiring.patterns);
    feed_ = std::move(wiring.feed);
    returns_ = std::move(wiring.returns);
    for (std::string& writer : wiring.writers) {
        if (std::find(writers_.begin(), writers_.end(), writer) == writers_.end()) writers_.push_back(std::move(writer));
    }
}

void Link::start() {
    is_started_ = true;
    if (!writers_.empty()) writer_ = std::make_unique<Writer>(*this);
    if (!patterns_.empty()) reader_ = std::make_unique<Reader>(*this);
    if (writer_) writer_->start();
    if (reader_) reader_->start();
    say_state();
}

void Link::start_writer() {
    writer_ = std::make_unique<Writer>(*this);
    writer_->start();
}

void Link::change(Wiring wiring) {
    const bool has_other_patterns = wiring.patterns != patterns_;
    wire(std::move(wiring));
    if (!is_started_) return;
    if (!writers_.empty() && !writer_) start_writer();
    if (has_other_patterns) renew_soon();
}

void Link::exchange(std::unique_ptr<Backend> backend) {
    next_backend_ = std::move(backend);
    renew_soon();
}

void Link::renew_soon() {
    if (!is_renewing_) asio::co_spawn(shard_.io(), renew(), asio::detached);
    is_renewing_ = true;
}

asio::awaitable<void> Link::renew() {
    std::vector<TopicFilter> wanted;
    do {  // they may change again while the old reader closes
        wanted = patterns_;
        if (reader_) co_await reader_->stop();
        reader_.reset();
        if (next_backend_) co_await take_next_backend();
    } while (wanted != patterns_ || next_backend_);
    is_renewing_ = false;
    if (!is_stopping_) {  // where no pattern is left, it takes back what the broker still knows of the old ones
        reader_ = std::make_unique<Reader>(*this);
        reader_->start();
    }
    say_state();
}

// The old connection ends first: both may have one name at the broker.
asio::awaitable<void> Link::take_next_backend() {
    if (writer_) co_await writer_->leave_sink();
    backend_ = std::move(next_backend_);
    carries_.store(envelope_.carries(backend_->abilities().carries), std::memory_order_relaxed);
    if (writer_) writer_->take_sink();
}

asio::awaitable<void> Link::stop(std::chrono::milliseconds within) {
    is_stopping_ = true;
    asio::steady_timer pause(shard_.io());
    while (is_renewing_) {
        pause.expires_after(std::chrono::milliseconds(5));
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (reader_) co_await reader_->stop();
    if (writer_) co_await writer_->stop(within);
    up_.set(0);
    if (const std::size_t left = writer_ ? writer_->outlet().size() : 0) {
        log::warn("backend left before it took everything", {{"backend", name_}, {"messages", std::to_string(left)}});
    }
}

void Link::send(Parcel parcel) {
    if (!shard_.is_current()) {
        shard_.post([this, parcel = std::move(parcel)]() mutable { send(std::move(parcel)); });
        return;
    }
    if (!writer_) return;  // before start(): the share counts as released
    writer_->push(std::move(parcel));
}

/// A broker that sends us what we wrote ourselves is about to.
void Link::remember(const Message& message) {
    if (patterns_.empty() || backend_->abilities().suppresses_echo || tells_echoes_by_via()) return;
    echoes_.sent(message, shard_.now());
}

// Whoever took the message further since would have put a stamp behind ours.
bool Link::is_echo(const Message& message) {
    if (writers_.empty() || backend_->abilities().suppresses_echo) return false;
    if (!tells_echoes_by_via()) return echoes_.is_echo(message, shard_.now());
    const auto& via = message.properties().via;
    return !via.empty() && std::find(writers_.begin(), writers_.end(), via.back()) != writers_.end();
}

void Link::say_state() {
    carries_.store(envelope_.carries(backend_->abilities().carries), std::memory_order_relaxed);
    const bool up = (!reader_ || reader_->is_open()) && (!writer_ || writer_->is_open());
    up_.set(up ? 1 : 0);
    readiness_.set(up);
}

}  // namespace rialto::bridge
