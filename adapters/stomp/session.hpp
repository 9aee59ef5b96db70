#pragma once

#include "adapters/stomp/decoder.hpp"
#include "adapters/stomp/peer.hpp"
#include "core/net/wire.hpp"

namespace rialto::stomp {

class Service;

/// STOMP on one connection: octets to frames to the peer. Lives on: the wire's shard.
class Session final : public StreamSession {
public:
    Session(Wire& wire, Service& service);

    std::size_t on_bytes(ByteView bytes) override;
    void on_drained() override { peer_.on_drained(); }
    void on_drain() override;
    void on_closed(const Error& reason) override;

private:
    Decoder decoder_;
    Peer peer_;
};

}  // namespace rialto::stomp
