#include "adapters/amqp/engine/sasl_server.hpp"

#include <proton/sasl.h>
#include <proton/sasl_plugin.h>
#include <proton/transport.h>

#include "core/topic.hpp"

namespace rialto::amqp {

/// What Proton calls. Each finds its server by the transport's SASL context.
struct SaslCalls {
    static SaslServer& server(pn_transport_t* transport) {
        return *static_cast<SaslServer*>(pnx_sasl_get_context(transport));
    }

    static void free(pn_transport_t*) {}
    /// Asked when the client has begun to speak, so that its certificate is known.
    static const char* list_mechanisms(pn_transport_t* transport) {
        return server(transport).certificate_name().empty() ? "ANONYMOUS PLAIN" : "EXTERNAL ANONYMOUS PLAIN";
    }
    static bool init_server(pn_transport_t* transport) {
        pnx_sasl_set_desired_state(transport, SASL_POSTED_MECHANISMS);
        return true;
    }
    static bool init_client(pn_transport_t*) { return false; }
    static void prepare_write(pn_transport_t*) {}

    static void process_init(pn_transport_t* transport, const char* mechanism, const pn_bytes_t* response) {
        const std::string_view octets =
            response && response->start ? std::string_view(response->start, response->size) : std::string_view();
        SaslServer& sasl = server(transport);
        if (sasl.try_login(mechanism ? mechanism : "", octets)) {
            pnx_sasl_set_succeeded(transport, sasl.user_.c_str(), sasl.user_.c_str());
        } else {
            pnx_sasl_set_failed(transport);
        }
        pnx_sasl_set_desired_state(transport, SASL_POSTED_OUTCOME);
    }
    /// No mechanism here asks anything, so an answer is none of the protocol's.
    static void process_response(pn_transport_t* transport, const pn_bytes_t*) {
        pnx_sasl_set_failed(transport);
        pnx_sasl_set_desired_state(transport, SASL_POSTED_OUTCOME);
    }

    static bool process_mechanisms(pn_transport_t*, const char*) { return false; }
    static void process_challenge(pn_transport_t*, const pn_bytes_t*) {}
    static void process_outcome(pn_transport_t*, const pn_bytes_t*) {}
    static bool can_encrypt(pn_transport_t*) { return false; }
    static ssize_t max_encrypt_size(pn_transport_t*) { return 0; }
    static ssize_t code(pn_transport_t*, pn_bytes_t, pn_bytes_t*) { return 0; }
};

void SaslServer::attach(pn_transport_t* transport) {
    static constexpr pnx_sasl_implementation calls{
        SaslCalls::free,          SaslCalls::list_mechanisms,    SaslCalls::init_server,       SaslCalls::init_client,
        SaslCalls::prepare_write, SaslCalls::process_init,       SaslCalls::process_response,  SaslCalls::process_mechanisms,
        SaslCalls::process_challenge, SaslCalls::process_outcome, SaslCalls::can_encrypt,      SaslCalls::max_encrypt_size,
        SaslCalls::code,          SaslCalls::code};
    pn_sasl(transport);
    pn_transport_require_auth(transport, !is_optional());
    pnx_sasl_set_implementation(transport, &calls, this);
}

bool SaslServer::try_login(std::string_view mechanism, std::string_view response) {
    if (mechanism == "PLAIN") return try_plain(response);
    if (mechanism == "EXTERNAL") {
        const std::string name = certificate_name();
        if (name.empty() || !admits({mechanism, name, {}})) return false;
        user_ = name;
        return true;
    }
    return mechanism == "ANONYMOUS" && admits({mechanism, {}, {}});
}

/// [authzid] NUL authcid NUL password, all UTF-8 [RFC 4616, section 2].
bool SaslServer::try_plain(std::string_view response) {
    const std::size_t first = response.find('\0');
    if (first == std::string_view::npos) return false;
    const std::size_t second = response.find('\0', first + 1);
    if (second == std::string_view::npos) return false;
    const std::string_view user = response.substr(first + 1, second - first - 1);
    const std::string_view password = response.substr(second + 1);
    if (user.empty() || !is_utf8_text(user) || !admits({"PLAIN", user, password})) return false;
    user_ = user;
    return true;
}

}  // namespace rialto::amqp
