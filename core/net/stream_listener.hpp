#pragma once

#include <atomic>
#include <boost/intrusive/list.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/adapter.hpp"
#include "core/gateway.hpp"
#include "core/net/acceptor.hpp"
#include "core/net/socket_wire.hpp"

namespace rialto {

/// A listener for any protocol that is a stream of bytes: accepts on TCP, TLS or a unix socket, spreads connections over
/// the shards, and counts them. @thread the main one, but for what says otherwise
class StreamListener final : public Listener {
public:
    struct Settings {
        std::string name;
        std::string protocol;  ///< for logs and metrics: "mqtt"
        Address address;
        TlsContext tls;                  ///< null for plain text
        std::size_t max_connections = 0;  ///< 0 is no limit
    };

    StreamListener(Gateway& gateway, Settings settings, std::shared_ptr<StreamService> service);
    ~StreamListener() override;

    Result<void> start() override;
    std::string bound_address() const override;
    void stop_accepting() override;
    void drain() override;
    std::size_t connection_count() const override;

private:
    class Connections;

    Gateway& gateway_;
    Settings settings_;
    std::shared_ptr<Connections> connections_;
    std::shared_ptr<Acceptor> acceptor_;
};

}  // namespace rialto
