#include <iostream>

#include "bridge/cli/commands.hpp"
#include "bridge/cli/message_text.hpp"
#include "bridge/cli/target.hpp"

namespace rialto::bridge {
namespace {

using namespace std::chrono_literals;

Result<std::vector<TopicFilter>> filters_from(const std::vector<std::string>& texts) {
    std::vector<TopicFilter> filters;
    for (const std::string& text : texts) {
        auto filter = TopicFilter::parse(text);
        if (filter.has_error()) return in_context("the topic '" + text + "'", filter.error());
        filters.push_back(std::move(*filter));
    }
    return filters;
}

MessageStyle style_of(const SubArguments& arguments) {
    if (arguments.json) return MessageStyle::json;
    return arguments.with_topics ? MessageStyle::topic_and_payload : MessageStyle::payload;
}

/// Prints until enough came, the user has enough, or nobody reads our output any more.
ExitCode print_messages(Client& client, const SubArguments& arguments) {
    for (std::uint64_t count = 0; arguments.count == 0 || count < arguments.count;) {
        if (was_interrupted()) return ExitCode::interrupted;
        const auto message = client.next(100ms);
        if (message.has_error()) return report(message.error());
        if (!*message) continue;
        std::cout << message_text(**message, style_of(arguments)) << "\n" << std::flush;
        if (!std::cout) return ExitCode::done;
        ++count;
    }
    return ExitCode::done;
}

}  // namespace

ExitCode subscribe(const SubArguments& arguments) {
    std::ios::sync_with_stdio(false);
    (void)was_interrupted();
    const auto filters = filters_from(arguments.topics);
    if (filters.has_error()) return report(filters.error());
    auto target = Target::make(arguments.url, arguments.settings);
    if (target.has_error()) return report(target.error());
    Client& client = (*target)->client();
    if (auto subscribed = client.subscribe(*filters); subscribed.has_error()) return report(subscribed.error());
    const ExitCode code = print_messages(client, arguments);
    client.finish_subscribing();
    return code;
}

}  // namespace rialto::bridge
