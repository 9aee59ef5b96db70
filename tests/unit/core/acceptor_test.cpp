#include "core/net/acceptor.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>

#include "core/gateway.hpp"

using namespace rialto;
using boost::asio::ip::tcp;

namespace {

struct Port {
    Port() {
        acceptor->start();
        run();
    }

    void run() { gateway.shard(0).run_ready(); }

    bool can_be_connected_to() const {
        boost::asio::io_context io;
        tcp::socket socket(io);
        boost::system::error_code error;
        socket.connect({boost::asio::ip::address_v4::loopback(), acceptor->address().port}, error);
        return !error;
    }

    Gateway gateway{Gateway::Settings{.name = "test"}};
    int accepted = 0;
    std::shared_ptr<Acceptor> acceptor = Acceptor::bind(gateway.shard(0), {"127.0.0.1", 0}, [this](Connected connection) {
                                             ++accepted;
                                             ::close(connection.descriptor);
                                         }).value();
};

}  // namespace

TEST_CASE("connections are accepted until the acceptor is closed") {
    Port port;
    CHECK(port.can_be_connected_to());
    CHECK(port.can_be_connected_to());
    port.run();
    CHECK(port.accepted == 2);
    port.acceptor->close();
    port.run();
    CHECK_FALSE(port.can_be_connected_to());
}

TEST_CASE("an acceptor that is still open may be destroyed after its loop, and its port is free") {
    Port port;
    port.gateway.stop();
    CHECK_FALSE(port.can_be_connected_to());
    port.acceptor->close();
    port.acceptor.reset();
}

TEST_CASE("an acceptor that was never started gives its port back") {
    Gateway gateway{Gateway::Settings{.name = "test"}};
    auto first = Acceptor::bind(gateway.shard(0), {"127.0.0.1", 0}, [](Connected) {}).value();
    const Address address = first->address();
    first.reset();
    CHECK(Acceptor::bind(gateway.shard(0), address, [](Connected) {}).has_value());
}
