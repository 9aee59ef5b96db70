#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>

#include "core/adapter.hpp"
#include "core/net/address.hpp"
#include "core/net/tls.hpp"
#include "core/options.hpp"
#include "core/shard.hpp"

namespace rialto {

/// How a backend reaches its broker.
struct Dialing {
    Address address;
    TlsContext tls;              ///< null for plain text
    std::string tls_name;        ///< the name that the broker's certificate has to bear
    bool verifies_server = true;
    std::chrono::milliseconds within{10'000};  ///< for the connection, and again for each step of the handshake after it
};

/// The options that every backend on a byte stream has: `tls` and `connect_timeout`. A protocol includes them in its own.
const Schema& dialing_schema();

/// What they and the url say. `adapter` knows the scheme's default port and whether it is TLS.
/// @error invalid  TLS files that OpenSSL does not take
Result<Dialing> dialing_from(const Adapter& adapter, const BackendSettings& settings);

/// Connects; from then on the session that `open_session` made hears what comes on the wire. With TLS its handshake goes
/// on behind: a session may write at once.
/// @error unreachable, timed_out  with the address in the message
boost::asio::awaitable<Result<void>> dial(Shard& shard, Dialing dialing,
                                          std::function<std::unique_ptr<StreamSession>(Wire&)> open_session);

}  // namespace rialto
