#include "core/net/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace rialto {
namespace {

Error tls_failure(const std::string& what) { return fail(Errc::invalid, what + ": " + tls_error_text()); }

TlsContext new_context(const SSL_METHOD* method) {
    TlsContext context(SSL_CTX_new(method), SSL_CTX_free);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    return context;
}

Result<void> load_identity(SSL_CTX* context, const TlsOptions& options) {
    if (options.cert.empty()) return {};
    if (SSL_CTX_use_certificate_chain_file(context, options.cert.c_str()) != 1) {
        return tls_failure("the certificate '" + options.cert + "' can't be used");
    }
    const std::string& key = options.key.empty() ? options.cert : options.key;
    if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        return tls_failure("the key '" + key + "' can't be used with the certificate '" + options.cert + "'");
    }
    return {};
}

Result<void> load_trust(SSL_CTX* context, const TlsOptions& options) {
    if (options.ca.empty()) return {};
    if (SSL_CTX_load_verify_locations(context, options.ca.c_str(), nullptr) != 1) {
        return tls_failure("the certificates in '" + options.ca + "' can't be used");
    }
    return {};
}

}  // namespace

std::string tls_error_text() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "unknown TLS error";
    const char* reason = ERR_reason_error_string(code);
    return reason ? reason : "TLS error " + std::to_string(code);
}

Result<TlsContext> make_server_tls(const TlsOptions& options) {
    if (options.cert.empty()) return fail(Errc::invalid, "a TLS listener needs tls = { cert = …, key = … }");
    auto context = new_context(TLS_server_method());
    if (auto ok = load_identity(context.get(), options); !ok) return ok.error();
    if (auto ok = load_trust(context.get(), options); !ok) return ok.error();
    if (options.verify_client) {
        if (options.ca.empty()) return fail(Errc::invalid, "tls.verify_client needs tls.ca, the signer of the clients");
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
        SSL_CTX_set_client_CA_list(context.get(), SSL_load_client_CA_file(options.ca.c_str()));
    }
    // A session id context is required once client certificates are asked for.
    static constexpr unsigned char name[] = "rialto";
    SSL_CTX_set_session_id_context(context.get(), name, sizeof(name) - 1);
    return context;
}

Result<TlsContext> make_client_tls(const TlsOptions& options) {
    auto context = new_context(TLS_client_method());
    if (auto ok = load_identity(context.get(), options); !ok) return ok.error();
    if (auto ok = load_trust(context.get(), options); !ok) return ok.error();
    if (options.ca.empty()) SSL_CTX_set_default_verify_paths(context.get());
    SSL_CTX_set_verify(context.get(), options.verify_server ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    return context;
}

TlsConnection accept_tls(const TlsContext& context, int descriptor) {
    TlsConnection tls(SSL_new(context.get()));
    SSL_set_fd(tls.get(), descriptor);
    SSL_set_accept_state(tls.get());
    return tls;
}

TlsConnection connect_tls(const TlsContext& context, int descriptor, const std::string& host, bool verify) {
    TlsConnection tls(SSL_new(context.get()));
    SSL_set_fd(tls.get(), descriptor);
    in6_addr address{};
    const bool is_address =
        inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
    if (!is_address) {  // SSL_set_tlsext_host_name, without its C cast
        SSL_ctrl(tls.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
    }
    if (verify) {
        if (is_address) {
            X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls.get()), host.c_str());
        } else {
            SSL_set1_host(tls.get(), host.c_str());
        }
    }
    SSL_set_connect_state(tls.get());
    return tls;
}

}  // namespace rialto
