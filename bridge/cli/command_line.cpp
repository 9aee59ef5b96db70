#include "bridge/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iostream>

#include "bridge/cli/commands.hpp"
#include "bridge/suggestion.hpp"

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
        add_explain();
        add_pub();
        add_sub();
        add_version();
    }

    ExitCode parse_and_run(int count, const char* const* arguments) {
        if (count > 1 && !knows_command(arguments[1])) return ExitCode::wrong_input;
        try {
            app_.parse(count, arguments);
        } catch (const CLI::ParseError& error) {
            return app_.exit(error) == 0 ? ExitCode::done : ExitCode::wrong_input;
        }
        return chosen_();
    }

private:
    /// Says which command it may have been otherwise.
    bool knows_command(const std::string& word) const {
        std::vector<std::string> known;
        for (const CLI::App* const command : app_.get_subcommands({})) known.push_back(command->get_name());
        if (word.starts_with('-') || std::find(known.begin(), known.end(), word) != known.end()) return true;
        const std::string hint = did_you_mean(word, known);
        std::cerr << "rialto: there is no command '" << word << "'; " << (hint.empty() ? "see rialto --help" : hint) << "\n";
        return false;
    }

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
        command.add_flag("--test-spread", run_.test_spread, "spread connections over the event loops from the first on");
        command.callback([this] { chosen_ = [this] { return run(run_); }; });
    }

    void add_check() {
        CLI::App& command = add("check", "Read FILE as `run` would, report every mistake, and print what it describes.",
                                "rialto check configs/redis-bridge.toml");
        command.add_option("FILE", check_.file, "configuration")->required();
        add_overrides(command, check_.overrides);
        command.callback([this] { chosen_ = [this] { return check(check_); }; });
    }

    void add_explain() {
        CLI::App& command = add("explain", "Say which routes a message at ADDRESS takes, and what they promise.",
                                "rialto explain configs/redis-bridge.toml bus:room/kitchen");
        command.add_option("FILE", explain_.file, "configuration")->required();
        command.add_option("ADDRESS", explain_.address, "PLACE:TOPIC, PLACE being 'bus' or a backend's name")->required();
        add_overrides(command, explain_.overrides);
        command.callback([this] { chosen_ = [this] { return explain(explain_); }; });
    }

    void add_settings(CLI::App& command, std::vector<std::string>& settings) {
        command.add_option("--set", settings, "an option of the backend's table, such as tls.ca=ca.crt; may be repeated")
            ->type_name("KEY=VALUE")
            ->allow_extra_args(false);
    }

    void add_pub() {
        CLI::App& command = add("pub", "Publish to any supported broker. Ends when the broker has confirmed everything.",
                                "echo 21.5 | rialto pub mqtt://localhost room/hall --lines");
        command.add_option("URL", pub_.url, "the broker")->required();
        command.add_option("TOPIC", pub_.topic, "where")->required();
        command.add_option("PAYLOAD", pub_.payload, "what; '-' or nothing reads standard input");
        command.add_flag("--lines", pub_.lines, "each line of standard input is a message");
        command.add_option("-q,--qos", pub_.qos, "quality of service, where the protocol has it")
            ->check(CLI::Range(0, 2))
            ->capture_default_str();
        command.add_flag("-r,--retain", pub_.retain, "keep it as the topic's last value");
        command.add_option("--content-type", pub_.content_type, "what the payload is");
        command.add_option("--header", pub_.headers, "a header of the message; may be repeated")
            ->type_name("NAME=VALUE")
            ->allow_extra_args(false);
        add_settings(command, pub_.settings);
        command.callback([this] { chosen_ = [this] { return publish(pub_); }; });
    }

    void add_sub() {
        CLI::App& command = add("sub", "Print what arrives at any supported broker.", "rialto sub mqtt://localhost 'room/#' -v -n 3");
        command.add_option("URL", sub_.url, "the broker")->required();
        command.add_option("TOPIC", sub_.topics, "topics, with + and # as wildcards")->required();
        command.add_flag("-v,--verbose", sub_.with_topics, "the topic before each payload");
        command.add_flag("--json", sub_.json, "one JSON object a line");
        command.add_option("-n,--count", sub_.count, "end after so many messages; 0 is never");
        add_settings(command, sub_.settings);
        command.callback([this] { chosen_ = [this] { return subscribe(sub_); }; });
    }

    void add_version() {
        CLI::App& command = add("version", "Print the version of the program and of its libraries.", "rialto version");
        command.callback([this] { chosen_ = print_version; });
    }

    CLI::App app_;
    std::function<ExitCode()> chosen_;
    RunArguments run_;
    CheckArguments check_;
    ExplainArguments explain_;
    PubArguments pub_;
    SubArguments sub_;
};

}  // namespace

ExitCode run_command_line(int count, const char* const* arguments) {
    return CommandLine().parse_and_run(count, arguments);
}

}  // namespace rialto::bridge
