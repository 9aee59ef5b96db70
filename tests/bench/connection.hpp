#pragma once

#include "tests/bench/wire.hpp"

#include <string>
#include <utility>
#include <vector>

#include <netinet/in.h>

namespace bench {

/// Where the server listens.
struct Endpoint {
    sockaddr_in address{};
};

/// One MQTT client. Opening and subscribing wait for the answer, at most ten seconds; after
/// `stop_waiting` no call waits any more. Closes with a reset, which leaves no port in TIME_WAIT.
class Connection {
public:
    Connection(const Endpoint& endpoint, Version version, std::string_view client_id);
    Connection(Connection&& other) noexcept;
    Connection& operator=(Connection&&) = delete;
    ~Connection();

    void subscribe(std::string_view filter, int qos);
    void stop_waiting();

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] std::uint16_t receive_maximum() const { return receive_maximum_; }

    /// Writes what the socket takes and keeps the rest for `flush`.
    void send(Bytes bytes);
    void flush();
    [[nodiscard]] bool has_backlog() const { return !backlog_.empty(); }

    /// One read, then `on_packet(first_byte, body)` for each whole packet.
    template <typename OnPacket> void read_packets(OnPacket&& on_packet) {
        const Bytes bytes = read_once();
        keep_partial(bytes.subspan(for_each_packet(bytes, std::forward<OnPacket>(on_packet))));
    }

private:
    Bytes read_once();  ///< what was left of the last read and what is new; valid until the next call on any
                        ///< connection
    void keep_partial(Bytes rest);
    std::vector<std::uint8_t> wait_for(std::uint8_t first_byte);
    [[nodiscard]] std::size_t write_some(Bytes bytes);

    int fd_;
    Version version_;
    std::uint16_t receive_maximum_ = 65535;
    std::vector<std::uint8_t> partial_;  ///< the beginning of a packet
    std::vector<std::uint8_t> backlog_;  ///< what the socket did not take
};

}  // namespace bench
