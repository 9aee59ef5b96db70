#include "core/net/stream_listener.hpp"

#include <unistd.h>

namespace rialto {

/// The open connections by shard, and what each new one needs. Kept by the listener and by each connection.
class StreamListener::Connections : public std::enable_shared_from_this<Connections> {
public:
    Connections(Gateway& gateway, const Settings& settings, std::shared_ptr<StreamService> service)
        : gateway_(gateway),
          settings_(settings),
          service_(std::move(service)),
          lists_(gateway.shard_count()),
          open_(gateway.metrics().gauge("rialto_connections", "Connections that are open now",
                                        {{"listener", settings.name}, {"protocol", settings.protocol}})),
          refused_(gateway.metrics().counter("rialto_connections_refused_total", "Connections refused over max_connections",
                                           {{"listener", settings.name}, {"protocol", settings.protocol}})) {}

    std::size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

    // On the acceptor's shard.
    void accept(Connected connection) {
        if (settings_.max_connections != 0 && count() >= settings_.max_connections) return refuse(connection);
        count_.fetch_add(1, std::memory_order_relaxed);
        open_.add(1);
        Shard& shard = gateway_.shard(gateway_.placement().choose());
        // The guard closes the descriptor where the gateway stops before the mail is read.
        auto descriptor = std::shared_ptr<int>(new int(connection.descriptor), [](int* owned) {
            if (*owned >= 0) ::close(*owned);
            delete owned;
        });
        shard.post([self = shared_from_this(), &shard, descriptor, family = connection.family] {
            self->open(shard, std::exchange(*descriptor, -1), family);
        });
    }

    void drain() {
        gateway_.on_every_shard([self = shared_from_this()](Shard& shard) {
            for (auto at = self->lists_[shard.index()].begin(); at != self->lists_[shard.index()].end();) {
                SocketWire& wire = *at++;
                if (wire.session()) wire.session()->on_drain();
            }
        });
    }

private:
    using List = boost::intrusive::list<
        SocketWire,
        boost::intrusive::base_hook<boost::intrusive::list_base_hook<
            boost::intrusive::link_mode<boost::intrusive::auto_unlink>, boost::intrusive::tag<SocketWire>>>,
        boost::intrusive::constant_time_size<false>>;

    // Forwards to the protocol's session and counts the connection out when it ends.
    class Counted final : public StreamSession {
    public:
        Counted(std::shared_ptr<Connections> owner, const Wire& wire, std::unique_ptr<StreamSession> inner)
            : owner_(std::move(owner)), wire_(wire), index_(wire.shard().index()), inner_(std::move(inner)) {}
        ~Counted() override {
            owner_->gateway_.placement().left(index_);
            owner_->count_.fetch_sub(1, std::memory_order_relaxed);
            owner_->open_.add(-1);
        }
        std::size_t on_bytes(ByteView bytes) override {
            has_heard_ = true;
            return inner_->on_bytes(bytes);
        }
        void on_drained() override { inner_->on_drained(); }
        void on_moved() override {
            owner_->gateway_.placement().moved(std::exchange(index_, wire_.shard().index()), wire_.shard().index());
            inner_->on_moved();
        }
        void on_drain() override { inner_->on_drain(); }
        void on_closed(const Error& reason) override {
            if (!has_heard_ && owner_->settings_.tls && reason.code != Errc::closed) owner_->log_failed_handshake(wire_, reason);
            inner_->on_closed(reason);
        }

    private:
        std::shared_ptr<Connections> owner_;
        const Wire& wire_;
        std::size_t index_;  ///< of the shard where it is counted
        bool has_heard_ = false;
        std::unique_ptr<StreamSession> inner_;
    };

    void open(Shard& shard, int descriptor, int family) {
        TlsConnection tls = settings_.tls ? accept_tls(settings_.tls, descriptor) : nullptr;
        auto wire = std::make_shared<SocketWire>(shard, descriptor, family, std::move(tls));
        lists_[shard.index()].push_back(*wire);
        wire->when_moved([this](SocketWire& moved) { lists_[moved.shard().index()].push_back(moved); });
        wire->start(std::make_unique<Counted>(shared_from_this(), *wire, service_->open_session(*wire)));
    }

    void log_failed_handshake(const Wire& wire, const Error& reason) {
        if (const auto held = failed_handshakes_.pass()) {
            log::warn("TLS handshake failed", {{"listener", settings_.name},
                                               {"peer", wire.peer()},
                                               {"error", reason.message},
                                               {"held_back", std::to_string(*held)}});
        }
    }

    void refuse(Connected connection) {
        ::close(connection.descriptor);
        refused_.add();
        if (const auto held = refusals_.pass()) {
            log::warn("connection refused", {{"listener", settings_.name},
                                             {"reason", "max_connections"},
                                             {"limit", std::to_string(settings_.max_connections)},
                                             {"held_back", std::to_string(*held)}});
        }
    }

    Gateway& gateway_;
    const Settings settings_;
    std::shared_ptr<StreamService> service_;
    std::vector<List> lists_;
    std::atomic<std::size_t> count_{0};
    Gauge& open_;
    Counter& refused_;
    log::RateLimit refusals_;
    log::RateLimit failed_handshakes_;
};

StreamListener::StreamListener(Gateway& gateway, Settings settings, std::shared_ptr<StreamService> service)
    : gateway_(gateway),
      settings_(std::move(settings)),
      connections_(std::make_shared<Connections>(gateway, settings_, std::move(service))) {}

StreamListener::~StreamListener() {
    if (acceptor_) acceptor_->close();
}

Result<void> StreamListener::start() {
    if (acceptor_) return {};
    auto acceptor = Acceptor::bind(gateway_.shard(0), settings_.address,
                                   [connections = connections_](Connected c) { connections->accept(c); });
    if (!acceptor) return acceptor.error();
    acceptor_ = *acceptor;
    acceptor_->start();
    return {};
}

std::string StreamListener::bound_address() const {
    return acceptor_ ? acceptor_->address().text() : settings_.address.text();
}

void StreamListener::stop_accepting() {
    if (acceptor_) acceptor_->close();
}

void StreamListener::drain() {
    stop_accepting();
    connections_->drain();
}

std::size_t StreamListener::connection_count() const { return connections_->count(); }

}  // namespace rialto
