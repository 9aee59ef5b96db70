#include "core/adapter.hpp"

#include "core/options.hpp"

namespace rialto {
namespace {

const Schema& no_options() {
    static const Schema none;
    return none;
}

Error cannot(std::string_view adapter, const char* what) {
    return fail(Errc::invalid, "the adapter '" + std::string(adapter) + "' has no " + what);
}

}  // namespace

const Schema& Adapter::listener_options() const { return no_options(); }
const Schema& Adapter::backend_options() const { return no_options(); }

Result<std::unique_ptr<Listener>> Adapter::make_listener(const ListenerSettings&) { return cannot(name(), "listener"); }

Result<std::unique_ptr<Backend>> Adapter::make_backend(const BackendSettings&, Shard&) {
    return cannot(name(), "backend");
}

Abilities Adapter::abilities(const BackendSettings&) const { return {}; }

std::shared_ptr<StreamService> Adapter::make_service(std::string_view) { return nullptr; }

}  // namespace rialto
