#include "adapters/stomp/adapter.hpp"

#include "adapters/stomp/client/backend.hpp"
#include "adapters/stomp/listener_options.hpp"
#include "adapters/stomp/service.hpp"
#include "core/net/stream_listener.hpp"
#include "core/net/stream_listener_options.hpp"

#include <utility>

namespace rialto::stomp {
namespace {

class StompAdapter final : public Adapter {
public:
    explicit StompAdapter(Gateway& gateway) : gateway_(gateway) {}

    std::string_view name() const override { return "stomp"; }
    std::vector<Scheme> listener_schemes() const override {
        return {{"stomp", 61613}, {"stomps", 61614, true}};
    }
    const Schema& listener_options() const override { return listener_schema(); }

    Result<std::unique_ptr<Listener>> make_listener(const ListenerSettings& settings) override {
        auto stream = stream_listener_settings(*this, settings);
        if (stream.has_error()) return stream.error();
        auto service =
            std::make_shared<Service>(gateway_, settings.name, limits_from(settings.options), queues());
        return std::unique_ptr<Listener>(
            std::make_unique<StreamListener>(gateway_, std::move(*stream), std::move(service)));
    }

    /// Without a listener, queues wait on disk until there is one; durable subscriptions take what is published all the same.
    Result<void> restore() override { return queues_ ? queues_->restore() : queues()->durable().restore(); }

    std::vector<Scheme> backend_schemes() const override {
        return {{"stomp", 61613}, {"stomps", 61614, true}};
    }
    const Schema& backend_options() const override { return backend_schema(); }
    Abilities abilities(const BackendSettings& settings) const override {
        return backend_abilities(settings.options);
    }

    Result<std::unique_ptr<rialto::Backend>> make_backend(const BackendSettings& settings, Shard& shard) override {
        auto client = client_settings_from(*this, gateway_.name(), settings);
        if (client.has_error()) return client.error();
        return std::unique_ptr<rialto::Backend>(
            std::make_unique<Backend>(gateway_, shard, std::move(*client), backend_abilities(settings.options)));
    }

    const WebSocketProtocol* websocket_protocol() const override {
        static const WebSocketProtocol protocol{
            {"v12.stomp", "v11.stomp", "v10.stomp"}, "/stomp", true, true};
        return &protocol;
    }

    std::shared_ptr<StreamService> make_service(std::string_view listener) override {
        return std::make_shared<Service>(gateway_, std::string(listener), Limits{}, queues());
    }

private:
    const std::shared_ptr<Queues>& queues() {
        if (!queues_) queues_ = Queues::of(gateway_);
        return queues_;
    }

    Gateway& gateway_;
    std::shared_ptr<Queues> queues_;
};

}  // namespace

std::unique_ptr<Adapter> make_adapter(Gateway& gateway) {
    return std::make_unique<StompAdapter>(gateway);
}

}  // namespace rialto::stomp
