#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "core/calls.hpp"
#include "core/error.hpp"

namespace rialto {

/// What `tls = {…}` says. Paths of PEM files; empty where absent.
struct TlsOptions {
    std::string cert;
    std::string key;
    std::string ca;              ///< whom to trust; for a client, absent means the system's own list
    bool verify_client = false;  ///< servers: ask clients for a certificate that `ca` signed
    bool verify_server = true;   ///< clients: check the other side's certificate and name
    std::string server_name;     ///< clients: the name to expect, where it is not the host of the address
};

/// Shared, immutable settings of TLS connections. @thread any
using TlsContext = std::shared_ptr<SSL_CTX>;
using TlsConnection = std::unique_ptr<SSL, Calls<SSL_free>>;

/// @error invalid  a file is missing, is no PEM, or key and certificate do not belong together
Result<TlsContext> make_server_tls(const TlsOptions& options);
Result<TlsContext> make_client_tls(const TlsOptions& options);

/// One connection's TLS on a connected, non-blocking descriptor. TLS 1.2 and 1.3; buffers are released while idle.
TlsConnection accept_tls(const TlsContext& context, int descriptor);
TlsConnection connect_tls(const TlsContext& context, int descriptor, const std::string& host, bool verify);

/// The newest OpenSSL error of this thread, as a sentence.
std::string tls_error_text();

}  // namespace rialto
