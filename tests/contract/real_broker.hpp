#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/contract/credentials.hpp"
#include "tests/contract/process.hpp"

namespace rialto::contract {

/// One of the larger brokers as a process of its own on loopback; tests/support/run_broker says which there are, and what
/// their ports are called. The user is rialto with the password bridge. Ends with the object.
class RealBroker {
public:
    /// Starts it and waits until it is ready, a minute at most; throws where it does not become that.
    /// @param with_tls it gets certificate(); ports for TLS need that
    /// @param settings more words for run_broker, such as "partitions=3"
    RealBroker(std::string kind, const std::vector<std::string>& port_names, bool with_tls = false,
               std::vector<std::string> settings = {});

    std::uint16_t port(const std::string& name) const { return ports_.at(name); }
    const Certificate& certificate() const { return *certificate_; }
    const std::filesystem::path& folder() const { return folder_.path(); }

    /// It stops answering, with connections open; resume() undoes that.
    void pause();
    void resume();
    /// As a crash would: what it has only in memory is lost. restart() takes the same ports and the same folder.
    void kill();
    /// As its administrator would: it puts everything on disk first.
    void end();
    void restart();

private:
    void wait_until_ready();

    TempFolder folder_;
    std::string kind_;
    std::map<std::string, std::uint16_t> ports_;
    std::unique_ptr<Certificate> certificate_;
    std::vector<std::string> settings_;
    std::unique_ptr<Process> process_;
};

}  // namespace rialto::contract
