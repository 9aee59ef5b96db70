#pragma once

#include <atomic>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <functional>
#include <memory>

#include "core/log.hpp"
#include "core/net/address.hpp"
#include "core/shard.hpp"

namespace rialto {

/// Accepts connections on one address and hands out their descriptors. Lives on: one shard.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
public:
    using Accepted = std::function<void(Connected connection)>;

    /// Binds and listens. A unix socket that a dead process left behind is replaced.
    /// @error refused  the address is in use or not ours to take, with what to do
    static Result<std::shared_ptr<Acceptor>> bind(Shard& shard, const Address& address, Accepted accepted);
    ~Acceptor();

    /// Accepts until close(). @thread any
    void start();
    void close();

    /// The address with the real port where 0 was asked for.
    const Address& address() const noexcept { return address_; }

private:
    Acceptor(Shard& shard, Address address, Accepted accepted);
    using Readiness = boost::asio::posix::basic_stream_descriptor<>;

    void forget_path() noexcept;
    void wait(std::shared_ptr<Readiness> readiness);
    void accept_all(const std::shared_ptr<Readiness>& readiness);
    void wait_for_descriptors(std::shared_ptr<Readiness> readiness);

    Shard& shard_;
    Address address_;
    Accepted accepted_;
    int descriptor_ = -1;  ///< until start(); then it is the Readiness's
    int family_ = 0;
    /// Owned by the handler that waits on the loop, so that it goes with the loop: an Acceptor may stay longer.
    std::weak_ptr<Readiness> readiness_;
    std::atomic<bool> has_path_;  ///< of a unix socket, which is removed once: another one may have it then
    log::RateLimit trouble_;
};

}  // namespace rialto
