#include "core/net/dial.hpp"

#include "core/net/socket_wire.hpp"
#include "core/net/tls_options.hpp"
#include "core/url.hpp"

namespace rialto {

using namespace std::chrono_literals;

const Schema& dialing_schema() {
    static const Schema schema =
        Schema()
            .add(option::duration("connect_timeout", 10s, "how long connecting, and each step of the handshake, may take"))
            .add(option::table("tls", client_tls_schema(), "whom to trust and who we are, for the schemes with TLS"));
    return schema;
}

Result<Dialing> dialing_from(const Adapter& adapter, const BackendSettings& settings) {
    Adapter::Scheme scheme{settings.url.scheme, 0};
    for (const Adapter::Scheme& known : adapter.backend_schemes()) {
        if (known.name == settings.url.scheme) scheme = known;
    }
    Dialing dialing;
    dialing.address = settings.url.address(scheme.default_port);
    dialing.within = settings.options.duration("connect_timeout");
    if (!scheme.is_tls) return dialing;
    const TlsOptions options = tls_options_from(settings.options.table("tls"));
    Result<TlsContext> context = make_client_tls(options);
    if (context.has_error()) return context.error();
    dialing.tls = std::move(*context);
    dialing.tls_name = options.server_name.empty() ? dialing.address.host : options.server_name;
    dialing.verifies_server = options.verify_server;
    return dialing;
}

boost::asio::awaitable<Result<void>> dial(Shard& shard, Dialing dialing,
                                          std::function<std::unique_ptr<StreamSession>(Wire&)> open_session) {
    const Result<Connected> connected = co_await connect_to(shard.io(), dialing.address, dialing.within);
    if (connected.has_error()) co_return connected.error();
    TlsConnection tls;
    if (dialing.tls) tls = connect_tls(dialing.tls, connected->descriptor, dialing.tls_name, dialing.verifies_server);
    const auto wire = std::make_shared<SocketWire>(shard, connected->descriptor, connected->family, std::move(tls));
    wire->start(open_session(*wire));
    co_return Result<void>();
}

}  // namespace rialto
