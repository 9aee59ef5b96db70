#include "core/net/tls_options.hpp"

namespace rialto {

const Schema& server_tls_schema() {
    static const Schema schema =
        Schema()
            .add(option::file("cert", "certificate chain, PEM").required().like("\"server.crt\""))
            .add(option::file("key", "its private key, PEM").required().like("\"server.key\""))
            .add(option::file("ca", "whose client certificates are trusted, PEM").like("\"clients.crt\""))
            .add(option::boolean("verify_client", false, "refuse clients without a certificate that `ca` signed"));
    return schema;
}

const Schema& client_tls_schema() {
    static const Schema schema =
        Schema()
            .add(option::file("ca", "whom to trust, PEM; default: the system's list").like("\"ca.crt\""))
            .add(option::file("cert", "our own certificate, PEM").like("\"client.crt\""))
            .add(option::file("key", "its private key, PEM").like("\"client.key\""))
            .add(option::boolean("verify_server", true, "check the other side's certificate and name"))
            .add(option::text("server_name", "the name to expect; default: the host of the url").like("\"broker.example\""));
    return schema;
}

TlsOptions tls_options_from(const OptionValues* table) {
    TlsOptions options;
    if (!table) return options;
    options.cert = table->text("cert");
    options.key = table->text("key");
    options.ca = table->text("ca");
    if (table->schema().find("verify_client")) options.verify_client = table->boolean("verify_client");
    if (table->schema().find("verify_server")) {
        options.verify_server = table->boolean("verify_server");
        options.server_name = table->text("server_name");
    }
    return options;
}

}  // namespace rialto
