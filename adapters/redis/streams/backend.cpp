#include "adapters/redis/streams/backend.hpp"

#include "adapters/redis/sink.hpp"
#include "adapters/redis/streams/entry.hpp"
#include "adapters/redis/streams/source.hpp"

namespace rialto::redis::streams {
namespace {

/// The last retained payload of a topic, for who does not read streams: an empty one takes it away.
void send_last_value(Connection& connection, const Message& message, const std::string& prefix) {
    const std::string key = prefix + std::string(message.topic());
    message.clears_retained() ? connection.send({"DEL", key}) : connection.send({"SET", key, as_text(message.payload())});
}

}  // namespace

Backend::Backend(Gateway& gateway, Shard& shard, std::string name, Login login, Settings settings)
    : gateway_(gateway), shard_(shard), name_(std::move(name)), login_(std::move(login)), settings_(std::move(settings)) {}

Abilities Backend::all_abilities() {
    return {.reads = true,
            .writes = true,
            .holds_unsettled = true,
            .confirms = true,
            .carries = FieldSet::all(),
            .suppresses_echo = true};
}

std::unique_ptr<rialto::Source> Backend::make_source(std::vector<TopicFilter> patterns) {
    is_read_ = true;
    const auto counter = [this](std::string_view name, std::string_view help) -> Counter& {
        return gateway_.metrics().counter(name, help, {{"backend", name_}});
    };
    return std::make_unique<Source>(
        shard_, login_, settings_, std::move(patterns),
        Arrivals::Counters{
            counter("rialto_backend_unmappable_total", "Messages dropped because their address is no topic"),
            counter("rialto_backend_trimmed_total", "Messages that were deleted at the backend before they were acknowledged"),
            counter("rialto_backend_echoes_total", "Our own messages, taken out"),
            counter("rialto_backend_claimed_total", "Messages taken over from another consumer that left them")});
}

std::unique_ptr<rialto::Sink> Backend::make_sink() {
    return std::make_unique<Sink>(shard_, name_, login_, [this](Connection& connection, const Message& message) {
        const bool has_last_value = message.is_retained() && !settings_.last_values.empty();
        if (has_last_value) send_last_value(connection, message, settings_.last_values);
        connection.send(AddCommand(message, settings_, is_read_).words());
        return has_last_value ? std::size_t{2} : std::size_t{1};
    });
}

std::string Backend::native_address(std::string_view topic) const {
    return settings_.is_one_stream() ? settings_.stream + "' with topic '" + std::string(topic) : std::string(topic);
}

}  // namespace rialto::redis::streams
