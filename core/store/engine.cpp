#include "core/store/engine.hpp"

#include "core/store/keys.hpp"

namespace rialto::store {

Result<void> check_format(Engine& engine) {
    const Bytes key = Key(Table::about).text("format").take();
    const auto found = engine.find(key);
    if (found.has_error()) return found.error();
    if (*found == format_version) return {};
    if (*found && *found != format_before) {
        return fail(Errc::invalid, "what is stored in '" + engine.place() + "' has format " + **found +
                                       ", of a newer version; this one knows " + std::string(format_version));
    }
    Batch batch;
    batch.put(key, format_version);
    return engine.write({&batch, 1});
}

}  // namespace rialto::store
