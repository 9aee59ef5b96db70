#include "adapters/web/adapter.hpp"

#include "adapters/web/listener.hpp"
#include "core/net/stream_listener_options.hpp"
#include "core/options.hpp"

#include <utility>

namespace rialto::web {
namespace {

using namespace std::chrono_literals;

const Schema& schema() {
    static const Settings standard;
    static const LiveLimits live;
    static const Schema options =
        Schema()
            .include(stream_listener_schema())
            .add(option::directory("static_dir", "folder that is served at /, instead of the demo page"))
            .add(option::text_list("allowed_origins", {}, "whose pages may connect, beside our own")
                     .like(R"(["https://app.example", "https://*.example"])"))
            .add(option::text_list("allowed_hosts", {},
                                   "names that a loopback listener answers to, beside localhost"))
            .add(option::boolean("test_echo", false, "offer the WebSocket subprotocol rialto.echo at /echo")
                     .internal())
            .add(option::size("header_limit", standard.header_limit, "largest header of a request"))
            .add(option::size("body_limit", standard.body_limit, "largest body of a request"))
            .add(
                option::duration("request_timeout", standard.request_timeout, "for a request to be complete"))
            .add(option::duration("idle_timeout", standard.idle_timeout,
                                  "between two requests of a connection"))
            .add(option::size("live_message_limit", live.message_size, "largest message from a live socket"))
            .add(option::integer("live_subscriptions", 256, "subscriptions of one live socket")
                     .between(1, 100'000))
            .add(option::integer("live_rate", 1000, "requests a second of one live socket; 0 is no limit")
                     .between(0, 10'000'000))
            .add(option::size("live_backlog", live.backlog,
                              "bytes that wait for a slow live socket before its policy acts"))
            .add(option::duration("live_connect_timeout", live.connect_timeout,
                                  "for a live socket to say connect"))
            .add(option::duration("live_ping", live.ping_interval, "between pings on a live socket"));
    return options;
}

LiveLimits live_limits_from(const OptionValues& options) {
    LiveLimits limits;
    limits.message_size = static_cast<std::size_t>(options.size("live_message_limit"));
    limits.subscriptions = static_cast<std::size_t>(options.integer("live_subscriptions"));
    limits.rate = static_cast<std::size_t>(options.integer("live_rate"));
    limits.backlog = static_cast<std::size_t>(options.size("live_backlog"));
    limits.connect_timeout = options.duration("live_connect_timeout");
    limits.ping_interval = options.duration("live_ping");
    return limits;
}

class WebAdapter final : public Adapter {
public:
    explicit WebAdapter(Gateway& gateway) : gateway_(gateway) {}

    std::string_view name() const override { return "web"; }
    std::vector<Scheme> listener_schemes() const override { return {{"http", 8080}, {"https", 8443, true}}; }
    const Schema& listener_options() const override { return schema(); }

    Result<std::unique_ptr<Listener>> make_listener(const ListenerSettings& given) override {
        auto stream = stream_listener_settings(*this, given);
        if (stream.has_error()) return stream.error();
        const OptionValues& options = given.options;
        Settings settings;
        settings.name = stream->name;
        settings.address = stream->address;
        settings.tls = stream->tls;
        settings.max_connections = stream->max_connections;
        settings.static_dir = options.text("static_dir");
        settings.allowed_origins = options.texts("allowed_origins");
        settings.allowed_hosts = options.texts("allowed_hosts");
        settings.test_echo = options.boolean("test_echo");
        settings.header_limit = static_cast<std::size_t>(options.size("header_limit"));
        settings.body_limit = static_cast<std::size_t>(options.size("body_limit"));
        settings.request_timeout = options.duration("request_timeout");
        settings.idle_timeout = options.duration("idle_timeout");
        settings.live = live_limits_from(options);
        return make_web_listener(gateway_, std::move(settings));
    }

private:
    Gateway& gateway_;
};

}  // namespace

std::unique_ptr<Adapter> make_adapter(Gateway& gateway) {
    return std::make_unique<WebAdapter>(gateway);
}

}  // namespace rialto::web
