#include <iostream>
#include <iterator>

#include "bridge/cli/commands.hpp"
#include "bridge/cli/target.hpp"

namespace rialto::bridge {
namespace {

Result<std::unique_ptr<Properties>> properties_from(const PubArguments& arguments) {
    if (arguments.headers.empty() && arguments.content_type.empty()) return std::unique_ptr<Properties>();
    auto properties = std::make_unique<Properties>();
    properties->content_type = arguments.content_type;
    for (const std::string& header : arguments.headers) {
        const auto equals = header.find('=');
        if (equals == std::string::npos || equals == 0) return fail(Errc::invalid, "the header '" + header + "' is not NAME=VALUE");
        properties->headers.push_back({header.substr(0, equals), Value(header.substr(equals + 1))});
    }
    return properties;
}

/// Makes messages of the command's topic and sends them.
class Publisher {
public:
    Publisher(Client& client, const PubArguments& arguments) : client_(client), arguments_(arguments) {}

    Result<void> publish(std::string_view payload) {
        auto properties = properties_from(arguments_);
        if (properties.has_error()) return properties.error();
        Message::Traits traits;
        traits.qos = static_cast<Qos>(arguments_.qos);
        traits.retain = arguments_.retain;
        return client_.publish(Message::create(arguments_.topic, as_bytes(payload), traits, std::move(*properties)));
    }

    Result<void> publish_lines(std::istream& input) {
        for (std::string line; !was_interrupted() && std::getline(input, line);) {
            if (auto published = publish(line); published.has_error()) return published;
        }
        return {};
    }

    Result<void> publish_input() {
        if (arguments_.payload && *arguments_.payload != "-") return publish(*arguments_.payload);
        if (arguments_.lines) return publish_lines(std::cin);
        return publish(std::string(std::istreambuf_iterator<char>(std::cin), {}));
    }

private:
    Client& client_;
    const PubArguments& arguments_;
};

Result<void> check_arguments(const PubArguments& arguments) {
    if (auto valid = check_topic(arguments.topic); valid.has_error()) return valid;
    const auto properties = properties_from(arguments);
    if (properties.has_error()) return properties.error();
    return {};
}

}  // namespace

ExitCode publish(const PubArguments& arguments) {
    std::ios::sync_with_stdio(false);
    (void)was_interrupted();
    if (auto valid = check_arguments(arguments); valid.has_error()) return report(valid.error());
    auto target = Target::make(arguments.url, arguments.settings);
    if (target.has_error()) return report(target.error());
    Client& client = (*target)->client();
    if (auto opened = client.open_for_publishing(); opened.has_error()) return report(opened.error());
    if (auto done = Publisher(client, arguments).publish_input(); done.has_error()) return report(done.error());
    if (auto done = client.finish_publishing(); done.has_error()) return report(done.error());
    return was_interrupted() ? ExitCode::interrupted : ExitCode::done;
}

}  // namespace rialto::bridge
