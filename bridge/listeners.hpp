#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bridge/config.hpp"
#include "bridge/diagnostic.hpp"

namespace rialto::bridge {

/// The ports of the gateway, which may come, change and go while it runs. @thread the main one
class Listeners {
public:
    explicit Listeners(Gateway& gateway) : gateway_(gateway) {}

    /// One for each of these; what an adapter refuses is reported. Before the gateway is started.
    void make(const std::vector<EndpointConfig>& wanted, Diagnostics& diagnostics);
    /// Opens all. @error refused  an address is in use
    Result<void> start();

    /// Listeners that are to take the places of others. Made and, where the address is another one, open.
    class Change {
    public:
        Change() = default;
        Change(Change&&) = default;
        Change& operator=(Change&&) = default;

    private:
        friend class Listeners;
        std::map<std::string, std::unique_ptr<Listener>> made_;  ///< those that are new or differ
        std::vector<EndpointConfig> wanted_;
    };
    /// Makes what is new or differs, and changes nothing yet.
    /// @error invalid, refused  what an adapter refuses, or an address that is in use
    Result<Change> prepare(const std::vector<EndpointConfig>& wanted);
    /// Goes over. Clients of a listener that differs stay as they are, and only new ones meet what is new; clients of one that is
    /// gone are told goodbye.
    void apply(Change change);

    void drain();
    bool has_clients() const;

private:
    struct Entry {
        EndpointConfig config;
        std::unique_ptr<Listener> listener;
    };

    Entry* find(const std::string& name);
    void wait_until_closed();

    Gateway& gateway_;
    std::vector<Entry> entries_;
    std::vector<std::unique_ptr<Listener>> leaving_;  ///< accept no more; their last clients may be there yet
};

}  // namespace rialto::bridge
