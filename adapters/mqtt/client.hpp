#pragma once

#include "adapters/mqtt/client_peer.hpp"
#include "adapters/mqtt/client_settings.hpp"
#include "adapters/mqtt/intake.hpp"
#include "adapters/mqtt/outflow.hpp"
#include "core/adapter.hpp"

#include <set>
#include <string>
#include <vector>

namespace rialto::mqtt {

/// One backend's place at its broker: the one connection that its source and its sink share, so that the broker can keep
/// from us what we wrote (No Local). It is there as long as one of the two is open; whichever opens first connects.
/// Session state outlives connections. Lives on: one shard; kept by backend, source and sink.
class Client {
public:
    Client(Gateway& gateway, Shard& shard, ClientSettings settings);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // The source's and the sink's side.
    boost::asio::awaitable<Result<void>> open_source(Inlet& inlet);
    void close_source();
    boost::asio::awaitable<Result<void>> open_sink(SinkWatcher& watcher);
    void close_sink();

    // The connection's side.
    void connected(const ServerLimits& limits);
    /// The broker does not speak the version that it was asked in.
    void refuse_version() noexcept { is_version_refused_ = true; }
    void lost(const Error& why);
    /// The gateway has stopped, and the connection with it: nobody needs to be told.
    void stopped() noexcept;

    const ClientSettings& settings() const noexcept { return settings_; }
    const ServerLimits& limits() const noexcept { return limits_; }
    /// What it can do: less where the broker did not take version 5.0.
    const Abilities& abilities() const noexcept { return abilities_; }
    Intake& intake() noexcept { return intake_; }
    Outflow& outflow() noexcept { return outflow_; }

private:
    boost::asio::awaitable<Result<void>> ensure_connected();
    boost::asio::awaitable<Result<void>> connect();
    boost::asio::awaitable<Result<void>> connect_as(Version version);
    boost::asio::awaitable<Result<void>> subscribe();
    SubscriptionChange needed_change() const;
    void leave_if_unused();
    void detach() noexcept;

    Shard& shard_;
    const ClientSettings settings_;
    Intake intake_;
    Outflow outflow_;
    Abilities abilities_;
    ServerLimits limits_;
    ClientPeer* peer_ = nullptr;          ///< set from dialling on
    Inlet* inlet_ = nullptr;              ///< of the source that is open
    SinkWatcher* watcher_ = nullptr;      ///< of the sink that is open
    int openings_ = 0;                    ///< source and sink that are being opened
    std::vector<Answer<void>*> joining_;  ///< who waits for a connection that somebody else makes
    bool is_connecting_ = false;
    bool is_connected_ = false;
    bool is_version_refused_ = false;
    std::set<std::string, std::less<>> subscribed_;  ///< filters in the session that the broker keeps
};

/// What a client with these settings can do when it speaks `version`.
Abilities abilities_of(const ClientSettings& settings, Version version);

}  // namespace rialto::mqtt
