#include "adapters/amqp/adapter.hpp"

#include <utility>

#include "adapters/amqp/backend/backend.hpp"
#include "adapters/amqp/listener/service.hpp"
#include "core/net/stream_listener.hpp"
#include "core/net/stream_listener_options.hpp"

namespace rialto::amqp {
namespace {

class AmqpAdapter final : public Adapter {
public:
    explicit AmqpAdapter(Gateway& gateway) : gateway_(gateway) {}

    std::string_view name() const override { return "amqp"; }

    std::vector<Scheme> listener_schemes() const override { return {{"amqp", 5672}, {"amqps", 5671, true}}; }
    const Schema& listener_options() const override { return listener_schema(); }

    Result<std::unique_ptr<Listener>> make_listener(const ListenerSettings& settings) override {
        auto stream = stream_listener_settings(*this, settings);
        if (stream.has_error()) return stream.error();
        auto service = std::make_shared<Service>(gateway_, settings.name, limits_from(settings.options), queues());
        return std::unique_ptr<Listener>(std::make_unique<StreamListener>(gateway_, std::move(*stream), std::move(service)));
    }

    /// @source AMQP WebSocket Binding 1.0, section 2.1
    const WebSocketProtocol* websocket_protocol() const override {
        static const WebSocketProtocol protocol{{"amqp"}, "/amqp"};
        return &protocol;
    }

    std::shared_ptr<StreamService> make_service(std::string_view listener) override {
        return std::make_shared<Service>(gateway_, std::string(listener), ListenerLimits{}, queues());
    }

    Result<void> restore() override { return queues_ ? queues_->restore() : Result<void>(); }

    std::vector<Scheme> backend_schemes() const override { return {{"amqp", 5672}, {"amqps", 5671, true}}; }
    const Schema& backend_options() const override { return backend_schema(); }
    Abilities abilities(const BackendSettings& settings) const override { return backend_abilities(settings.options); }

    Result<std::unique_ptr<rialto::Backend>> make_backend(const BackendSettings& settings, Shard& shard) override {
        auto client = client_settings_from(*this, gateway_.name(), settings);
        if (!client) return client.error();
        return std::make_unique<Backend>(gateway_, shard, *std::move(client));
    }

private:
    const std::shared_ptr<Queues>& queues() {
        if (!queues_) queues_ = Queues::of(gateway_);
        return queues_;
    }

    Gateway& gateway_;
    std::shared_ptr<Queues> queues_;  ///< null without listeners: what is stored waits until there is one
};

}  // namespace

std::unique_ptr<Adapter> make_adapter(Gateway& gateway) { return std::make_unique<AmqpAdapter>(gateway); }

}  // namespace rialto::amqp
