#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>

#include "adapters/amqp/engine/engine.hpp"
#include "adapters/amqp/engine/sasl_server.hpp"
#include "adapters/amqp/listener/link.hpp"
#include "adapters/amqp/listener/service.hpp"

namespace rialto::amqp {

/// One client's connection: who it is, and its links. Lives on: the wire's shard.
class Session final : public StreamSession, private EngineUser, private SaslServer {
public:
    Session(Wire& wire, Service& service);
    ~Session() override;

    std::size_t on_bytes(ByteView bytes) override { return engine_.on_bytes(bytes); }
    void on_drained() override { engine_.on_drained(); }
    void on_drain() override { engine_.on_drain(); }
    void on_closed(const Error& reason) override { engine_.on_closed(reason); }

private:
    /// Names the connection as the origin of its messages.
    struct Identity final : Subscriber {
        void deliver(const Delivery&, const Receipt&) noexcept override {}
    };

    // SaslServer. There are no users yet: whoever comes is welcome while anonymous clients are.
    bool admits(const SaslLogin&) noexcept override { return service_.gateway().allows_anonymous(); }
    bool is_optional() const noexcept override { return service_.gateway().allows_anonymous(); }
    std::string certificate_name() const override { return wire_.verified_name(); }

    // EngineUser.
    void on_connection_opened() noexcept override;
    void on_session_opened(pn_session_t* session) noexcept override;
    void on_link_opened(pn_link_t* link) noexcept override;
    void on_link_closed(pn_link_t* link) noexcept override;
    void on_flow(pn_link_t* link) noexcept override;
    void on_delivery(pn_delivery_t* delivery) noexcept override;
    void on_writable() noexcept override;
    void on_lost(const Error& why) noexcept override;

    void introduce();
    Result<void> open_incoming(pn_link_t* link);
    Result<void> open_outgoing(pn_link_t* link);
    void refuse(pn_link_t* link, const Condition& why);
    LinkContext context() noexcept { return {engine_, service_, identity_.number()}; }
    template <typename Kind>
    void keep(pn_link_t* link, std::unique_ptr<Kind> made);

    Wire& wire_;
    Service& service_;
    Identity identity_;
    Timer connect_timer_;
    Engine engine_;
    boost::unordered_flat_map<pn_link_t*, std::unique_ptr<Link>> links_;
};

}  // namespace rialto::amqp
