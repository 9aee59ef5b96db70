#include "bridge/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <functional>

#include "bridge/cli/commands.hpp"

namespace rialto::bridge {
namespace {

/// All commands with their arguments; `chosen` does what was asked for.
class CommandLine {
public:
    CommandLine() : app_("A gateway between message brokers: MQTT, STOMP, WebSocket and Redis clients on one bus.", "rialto") {
        app_.require_subcommand(1);
        app_.footer("Example:\n  rialto run\n\n`rialto COMMAND --help` says more.");
        add_run();
        add_check();
        add_version();
    }

    ExitCode parse_and_run(int count, const char* const* arguments) {
        try {
            app_.parse(count, arguments);
        } catch (const CLI::ParseError& error) {
            return app_.exit(error) == 0 ? ExitCode::done : ExitCode::wrong_input;
        }
        return chosen_();
    }

private:
    CLI::App& add(const std::string& name, const std::string& help, const std::string& example) {
        CLI::App& command = *app_.add_subcommand(name, help);
        command.footer("Example:\n  " + example);
        return command;
    }

    void add_overrides(CLI::App& command, std::vector<std::string>& overrides) {
        command.add_option("--set", overrides, "override one key of the file; may be repeated")
            ->type_name("KEY=VALUE")
            ->allow_extra_args(false);
    }

    void add_run() {
        CLI::App& command = add("run", "Run the gateway until SIGTERM or Ctrl-C. Without FILE: listeners mqtt (127.0.0.1:1883), "
                                       "stomp (127.0.0.1:61613) and web (127.0.0.1:8080), in memory.",
                                "rialto run configs/redis-bridge.toml --set listeners.web.url=http://127.0.0.1:9000");
        command.add_option("FILE", run_.file, "configuration");
        add_overrides(command, run_.overrides);
        command.add_flag("--test-echo", run_.test_echo, "offer the WebSocket subprotocol rialto.echo at /echo");
        command.callback([this] { chosen_ = [this] { return run(run_); }; });
    }

    void add_check() {
        CLI::App& command = add("check", "Read FILE as `run` would, report every mistake, and print what it describes.",
                                "rialto check configs/redis-bridge.toml");
        command.add_option("FILE", check_.file, "configuration")->required();
        add_overrides(command, check_.overrides);
        command.callback([this] { chosen_ = [this] { return check(check_); }; });
    }

    void add_version() {
        CLI::App& command = add("version", "Print the version of the program and of its libraries.", "rialto version");
        command.callback([this] { chosen_ = print_version; });
    }

    CLI::App app_;
    std::function<ExitCode()> chosen_;
    RunArguments run_;
    CheckArguments check_;
};

}  // namespace

ExitCode run_command_line(int count, const char* const* arguments) {
    return CommandLine().parse_and_run(count, arguments);
}

}  // namespace rialto::bridge
