#include "adapters/kafka/adapter.hpp"

#include "adapters/kafka/backend.hpp"

namespace rialto::kafka {
namespace {

class KafkaAdapter final : public Adapter {
public:
    explicit KafkaAdapter(Gateway& gateway) : gateway_(gateway) {}

    std::string_view name() const override { return "kafka"; }
    std::vector<Scheme> backend_schemes() const override { return {{"kafka", 9092}, {"kafkas", 9092, true}}; }
    const Schema& backend_options() const override { return options_schema(); }
    Abilities abilities(const BackendSettings&) const override { return Backend::all_abilities(); }

    Result<std::unique_ptr<rialto::Backend>> make_backend(const BackendSettings& settings, Shard& shard) override {
        Result<Settings> ours = settings_from(settings, gateway_.name());
        if (ours.has_error()) return ours.error();
        return std::make_unique<Backend>(gateway_, shard, settings.name, *std::move(ours));
    }

private:
    Gateway& gateway_;
};

}  // namespace

std::unique_ptr<Adapter> make_adapter(Gateway& gateway) { return std::make_unique<KafkaAdapter>(gateway); }

}  // namespace rialto::kafka
