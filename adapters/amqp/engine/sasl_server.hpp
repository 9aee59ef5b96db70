#pragma once

#include <proton/types.h>

#include <string>
#include <string_view>

namespace rialto::amqp {

/// Whom a client says it is, while it logs in.
struct SaslLogin {
    std::string_view mechanism;
    std::string_view user;      ///< of PLAIN; of EXTERNAL the name in its certificate
    std::string_view password;
};

/// The server's side of SASL for one connection: Proton as Debian builds it has no PLAIN there. Offers ANONYMOUS and PLAIN, and
/// EXTERNAL where the client showed a certificate. Lives on: one shard. @source AMQP 1.0 part 5, section 5.3; RFC 4616
class SaslServer {
public:
    virtual ~SaslServer() = default;

    /// Whether somebody with these credentials is welcome.
    virtual bool admits(const SaslLogin& login) noexcept = 0;
    /// Whether a client may do without SASL.
    virtual bool is_optional() const noexcept = 0;
    /// The name in the client's certificate; empty without one.
    virtual std::string certificate_name() const { return {}; }

    /// Who logged in; empty for nobody in particular.
    const std::string& user() const noexcept { return user_; }

    /// Takes over the SASL layer of a transport, before it has read anything.
    void attach(pn_transport_t* transport);

private:
    friend struct SaslCalls;

    /// @return whether the client is let in
    bool try_login(std::string_view mechanism, std::string_view response);
    bool try_plain(std::string_view response);

    std::string user_;
};

}  // namespace rialto::amqp
