#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bridge/cli/client.hpp"
#include "bridge/cli/exit_code.hpp"
#include "bridge/cli/read_or_report.hpp"

namespace rialto::bridge {

/// The broker that `pub` or `sub` is pointed at: its url and options, read and checked as a `[backends]` table.
class Target {
public:
    /// @param settings  KEY=VALUE, as the table has them: "tls.ca=ca.crt"
    /// @error invalid   the url or a setting
    static Result<std::unique_ptr<Target>> make(const std::string& url, const std::vector<std::string>& settings);

    Client& client() noexcept { return *client_; }

private:
    Target() = default;

    Catalog catalog_;
    Config config_;
    std::unique_ptr<Client> client_;
};

/// Whether SIGINT or SIGTERM came since this was first called.
bool was_interrupted();

/// `rialto: MESSAGE` on standard error. @return the exit code for it
ExitCode report(const Error& error);

}  // namespace rialto::bridge
