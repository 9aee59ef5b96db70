#include "adapters/memory/adapter.hpp"

#include "adapters/memory/backend.hpp"
#include "core/gateway.hpp"
#include "core/url.hpp"

namespace rialto::memory {
namespace {

class MemoryAdapter final : public Adapter {
public:
    explicit MemoryAdapter(Gateway& gateway) : gateway_(gateway) {}

    std::string_view name() const override { return "memory"; }
    std::vector<Scheme> backend_schemes() const override { return {{"memory", 0}}; }
    Abilities abilities(const BackendSettings&) const override { return Backend::all_abilities(); }

    Result<std::unique_ptr<rialto::Backend>> make_backend(const BackendSettings& settings, Shard& shard) override {
        if (!settings.url.host.empty()) {
            return fail(Errc::invalid, "'" + settings.url.text() + "' names a host; it is memory:NAME");
        }
        return std::make_unique<Backend>(shard, settings.url.path, gateway_.name() + "/" + settings.name);
    }

private:
    Gateway& gateway_;
};

}  // namespace

std::unique_ptr<Adapter> make_adapter(Gateway& gateway) { return std::make_unique<MemoryAdapter>(gateway); }

}  // namespace rialto::memory
