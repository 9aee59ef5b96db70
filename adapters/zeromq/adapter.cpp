#include "adapters/zeromq/adapter.hpp"

#include "adapters/zeromq/backend.hpp"
#include "adapters/zeromq/settings.hpp"
#include "core/gateway.hpp"
#include "core/url.hpp"

namespace rialto::zeromq {
namespace {

class ZeromqAdapter final : public Adapter {
public:
    explicit ZeromqAdapter(Gateway& gateway) : gateway_(gateway) {}

    std::string_view name() const override { return "zeromq"; }
    std::vector<Scheme> backend_schemes() const override { return {{"zmq", 0}}; }
    const Schema& backend_options() const override { return schema(); }
    Abilities abilities(const BackendSettings& settings) const override { return abilities_from(settings.options); }

    Result<std::unique_ptr<rialto::Backend>> make_backend(const BackendSettings& settings, Shard& shard) override {
        Result<Settings> ours = settings_from(settings);
        if (ours.has_error()) return ours.error();
        return std::make_unique<Backend>(gateway_, shard, *std::move(ours), abilities_from(settings.options));
    }

private:
    Gateway& gateway_;
};

}  // namespace

std::unique_ptr<Adapter> make_adapter(Gateway& gateway) { return std::make_unique<ZeromqAdapter>(gateway); }

}  // namespace rialto::zeromq
