#include "adapters/mqtt/backend.hpp"

#include "adapters/mqtt/sink.hpp"
#include "adapters/mqtt/source.hpp"
#include "core/url.hpp"

namespace rialto::mqtt {
namespace {

using namespace std::chrono_literals;

Schema make_schema() {
    const ClientSettings usual;
    return Schema()
        .include(dialing_schema())
        .add(option::text("client_id", "names our session at the broker; default: rialto-GATEWAY-BACKEND")
                 .like("\"plant-7\""))
        .add(option::text("version", "auto", "of MQTT; auto: 5, and 3.1.1 where the broker refuses that")
                 .one_of({"auto", "5", "3.1.1"}))
        .add(option::integer("qos", 1, "asked for when subscribing, and the most when publishing").between(0, 2))
        .add(option::integer("window", usual.window, "unacknowledged messages, each way").between(1, 65'535))
        .add(option::duration("session_expiry", std::chrono::seconds(usual.session_expiry),
                              "how long the broker keeps messages for us while we are away"))
        .add(option::duration("keep_alive", std::chrono::seconds(usual.keep_alive),
                              "how long either side may be silent; 0s: for ever"))
        .add(option::size("max_packet_size", usual.max_packet_size, "a larger packet from the broker ends the connection"))
        .add(option::integer("topic_alias_maximum", usual.topic_alias_maximum,
                             "topics that broker and gateway may abbreviate to each other")
                 .between(0, 65'535))
        .add(option::duration("redeliver_after", usual.redeliver_after,
                              "when nobody could take a message: how long until we reconnect to get it again"));
}

std::optional<Version> version_of(const std::string& text) {
    if (text == "5") return Version::v5;
    if (text == "3.1.1") return Version::v311;
    return std::nullopt;
}

/// A duration as seconds that fit into what the protocol has for them.
std::uint32_t seconds_of(std::chrono::milliseconds duration, std::int64_t most) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(duration).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, most));
}

}  // namespace

const Schema& backend_schema() {
    static const Schema schema = make_schema();
    return schema;
}

Result<ClientSettings> client_settings_from(const Adapter& adapter, std::string_view gateway,
                                            const BackendSettings& from) {
    const bool has_path = from.url.scheme != "unix" && !from.url.path.empty() && from.url.path != "/";
    if (has_path || !from.url.query.empty()) return fail(Errc::invalid, "the address of an MQTT broker has no path and no query");
    Result<Dialing> dialing = dialing_from(adapter, from);
    if (dialing.has_error()) return dialing.error();
    const OptionValues& options = from.options;
    ClientSettings out;
    out.backend = from.name;
    out.dialing = std::move(*dialing);
    out.client_id = options.text("client_id");
    if (out.client_id.empty()) out.client_id = "rialto-" + std::string(gateway) + "-" + from.name;
    if (out.client_id.size() > max_text || !is_utf8_text(out.client_id)) {
        return fail(Errc::invalid, "the client_id is no text of at most 65535 bytes");
    }
    out.user_name = from.url.user;
    out.password = from.url.password;
    out.version = version_of(options.text("version"));
    out.qos = static_cast<Qos>(options.integer("qos"));
    out.window = static_cast<std::uint16_t>(options.integer("window"));
    out.session_expiry = seconds_of(options.duration("session_expiry"), 0xFFFF'FFFF);
    out.keep_alive = static_cast<std::uint16_t>(seconds_of(options.duration("keep_alive"), 65'535));
    out.max_packet_size =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(options.size("max_packet_size"), max_varint + 5));
    out.topic_alias_maximum = static_cast<std::uint16_t>(options.integer("topic_alias_maximum"));
    out.redeliver_after = options.duration("redeliver_after");
    return out;
}

Abilities backend_abilities(const OptionValues& options) {
    ClientSettings settings;
    settings.qos = static_cast<Qos>(options.integer("qos"));
    return abilities_of(settings, version_of(options.text("version")).value_or(Version::v5));
}

std::unique_ptr<rialto::Source> Backend::make_source(std::vector<TopicFilter> patterns) {
    return std::make_unique<Source>(client_, std::move(patterns));
}

std::unique_ptr<rialto::Sink> Backend::make_sink() { return std::make_unique<Sink>(client_); }

}  // namespace rialto::mqtt
