#include "core/net/stream_listener_options.hpp"

#include "core/net/tls_options.hpp"
#include "core/url.hpp"

namespace rialto {

const Schema& stream_listener_schema() {
    static const Schema schema =
        Schema()
            .add(option::integer("max_connections", 0, "so many clients at once; 0 is no limit").between(0, 10'000'000))
            .add(option::table("tls", server_tls_schema(), "certificate and key, for the schemes with TLS"));
    return schema;
}

Result<StreamListener::Settings> stream_listener_settings(const Adapter& adapter, const ListenerSettings& settings) {
    Adapter::Scheme scheme{settings.url.scheme, 0};
    for (const Adapter::Scheme& known : adapter.listener_schemes()) {
        if (known.name == settings.url.scheme) scheme = known;
    }
    StreamListener::Settings out;
    out.name = settings.name;
    out.protocol = std::string(adapter.name());
    out.address = settings.url.address(scheme.default_port);
    out.max_connections = static_cast<std::size_t>(settings.options.integer("max_connections"));
    const OptionValues* const tls = settings.options.table("tls");
    if (scheme.is_tls || (out.address.is_unix() && tls)) {
        Result<TlsContext> context = make_server_tls(tls_options_from(tls));
        if (context.has_error()) return context.error();
        out.tls = std::move(*context);
    }
    return out;
}

}  // namespace rialto
