#include "adapters/mqtt/adapter.hpp"

#include "adapters/mqtt/backend.hpp"
#include "adapters/mqtt/listener.hpp"
#include "adapters/mqtt/system_topics.hpp"
#include "core/net/stream_listener_options.hpp"

namespace rialto::mqtt {
namespace {

class MqttAdapter final : public Adapter {
public:
    explicit MqttAdapter(Gateway& gateway) : gateway_(gateway), server_(gateway), system_topics_(server_) {}

    std::string_view name() const override { return "mqtt"; }

    std::vector<Scheme> listener_schemes() const override {
        return {{"mqtt", 1883}, {"mqtts", 8883, true}, {"unix", 0}};
    }
    const Schema& listener_options() const override { return listener_schema(); }

    Result<std::unique_ptr<Listener>> make_listener(const ListenerSettings& settings) override {
        auto limits = limits_from(settings.name, settings.options);
        if (!limits) return limits.error();
        auto stream = stream_listener_settings(*this, settings);
        if (!stream) return stream.error();
        system_topics_.start();
        return std::make_unique<StreamListener>(gateway_, *std::move(stream),
                                                make_stream_service(server_, *limits));
    }

    Result<void> restore() override { return server_.restore(); }

    std::vector<Scheme> backend_schemes() const override { return listener_schemes(); }
    const Schema& backend_options() const override { return backend_schema(); }

    Result<std::unique_ptr<rialto::Backend>> make_backend(const BackendSettings& settings,
                                                          Shard& shard) override {
        auto client = client_settings_from(*this, gateway_.name(), settings);
        if (!client) return client.error();
        return std::make_unique<Backend>(gateway_, shard, *std::move(client));
    }
    Abilities abilities(const BackendSettings& settings) const override {
        return backend_abilities(settings.options);
    }

    const WebSocketProtocol* websocket_protocol() const override { return &websocket_; }

    std::shared_ptr<StreamService> make_service(std::string_view listener) override {
        Limits limits;
        limits.listener = listener;
        system_topics_.start();
        return make_stream_service(server_, std::make_shared<const Limits>(std::move(limits)));
    }

private:
    Gateway& gateway_;
    Server server_;
    SystemTopics system_topics_;
    // Binary messages alone [MQTT-6.0.0-1].
    const WebSocketProtocol websocket_{{"mqtt", "mqttv3.1"}, "/mqtt", false, false};
};

}  // namespace

std::unique_ptr<Adapter> make_adapter(Gateway& gateway) {
    return std::make_unique<MqttAdapter>(gateway);
}

}  // namespace rialto::mqtt
