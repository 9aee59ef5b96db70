#include "adapters/web/listener.hpp"

#include "adapters/web/byte_stream.hpp"
#include "adapters/web/echo_session.hpp"
#include "adapters/web/history_page.hpp"
#include "adapters/web/http_session.hpp"
#include "adapters/web/live_socket.hpp"
#include "adapters/web/site.hpp"
#include "core/net/stream_listener.hpp"

#include <utility>

namespace rialto::web {
namespace {

/// Opens a session for each connection; keeps what they share.
class WebService final : public StreamService {
public:
    WebService(Gateway& gateway, Settings settings, OriginRules origins, HttpResources resources)
        : settings_(std::move(settings)),
          live_(gateway, settings_.live),
          site_{settings_, std::move(origins), std::move(resources), {}, counts_of(gateway, settings_.name)} {
        offer_live_socket();
        offer_protocols_of(gateway);
        if (settings_.test_echo) offer_echo();
    }

    std::unique_ptr<StreamSession> open_session(Wire& wire) override {
        return std::make_unique<HttpSession>(site_, wire);
    }

private:
    void offer_live_socket() {
        site_.protocols.push_back({{{"rialto.v1.json"}, "/ws", true, true}, [this](WebSocketLink& link) {
                                       return std::make_unique<LiveSocket>(live_, link);
                                   }});
    }

    void offer_protocols_of(Gateway& gateway) {
        for (const auto& adapter : gateway.adapters()) {
            const WebSocketProtocol* const protocol = adapter->websocket_protocol();
            auto service = protocol ? adapter->make_service(settings_.name) : nullptr;
            if (!service) continue;
            site_.protocols.push_back({*protocol, [protocol, service](WebSocketLink& link) {
                                           return std::make_unique<ByteStream>(link, *protocol, *service);
                                       }});
        }
    }

    void offer_echo() {
        site_.protocols.push_back({{{"rialto.echo"}, "/echo", true, true},
                                   [](WebSocketLink& link) { return std::make_unique<EchoSession>(link); }});
    }

    static std::vector<Site::Counts> counts_of(Gateway& gateway, const std::string& listener) {
        std::vector<Site::Counts> counts;
        auto& metrics = gateway.metrics();
        const Labels labels{{"listener", listener}};
        for (std::size_t i = 0; i < gateway.shard_count(); ++i) {
            counts.push_back({metrics.counter("rialto_http_requests_total", "HTTP requests answered", labels),
                              metrics.counter("rialto_http_refusals_total",
                                              "HTTP requests answered with 400 and above", labels),
                              metrics.counter("rialto_websocket_upgrades_total",
                                              "Connections that became WebSockets", labels)});
        }
        return counts;
    }

    const Settings settings_;
    LiveService live_;
    Site site_;
};

/// Makes its service when it starts, because only then all adapters are there to be asked.
class WebListener final : public Listener {
public:
    WebListener(Gateway& gateway, Settings settings, OriginRules origins, HttpResources resources)
        : gateway_(gateway),
          settings_(std::move(settings)),
          origins_(std::move(origins)),
          resources_(std::move(resources)) {}

    Result<void> start() override {
        if (listener_) return listener_->start();
        auto service = std::make_shared<WebService>(gateway_, settings_, origins_, resources_);
        listener_.emplace(gateway_,
                          StreamListener::Settings{settings_.name, "web", settings_.address, settings_.tls,
                                                   settings_.max_connections},
                          std::move(service));
        return listener_->start();
    }
    std::string bound_address() const override {
        return listener_ ? listener_->bound_address() : settings_.address.text();
    }
    void stop_accepting() override {
        if (listener_) listener_->stop_accepting();
    }
    void drain() override {
        if (listener_) listener_->drain();
    }
    std::size_t connection_count() const override { return listener_ ? listener_->connection_count() : 0; }

private:
    Gateway& gateway_;
    const Settings settings_;
    const OriginRules origins_;
    const HttpResources resources_;
    std::optional<StreamListener> listener_;
};

}  // namespace

Result<std::unique_ptr<Listener>> make_web_listener(Gateway& gateway, Settings settings) {
    // Pages of any site may send requests to loopback under a name of their own (DNS rebinding). No browser
    // reaches a unix socket.
    const bool checks_host = is_loopback(settings.address) && !settings.address.is_unix();
    auto origins = OriginRules::make(
        {settings.allowed_origins, settings.allowed_hosts, settings.tls != nullptr, checks_host});
    if (!origins) return origins.error();
    HttpResources::Sources sources;
    sources.metrics = [&gateway] { return gateway.metrics().text(); };
    sources.history = [&gateway](std::string_view query) { return history_page(gateway, query); };
    sources.readiness = [&gateway] { return gateway.readiness().states(); };
    if (!settings.static_dir.empty()) {
        auto files = StaticFiles::open(settings.static_dir);
        if (!files) return files.error();
        sources.files = std::move(*files);
    }
    return std::unique_ptr<Listener>(std::make_unique<WebListener>(
        gateway, std::move(settings), std::move(*origins), HttpResources(std::move(sources))));
}

}  // namespace rialto::web
