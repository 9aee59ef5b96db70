#include "adapters/zeromq/settings.hpp"

#include <algorithm>

#include "core/topic.hpp"
#include "core/url.hpp"

namespace rialto::zeromq {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t most_bytes = 1024UL * 1024 * 1024;  // a message counts its bytes in 32 bits

const Schema& curve_schema() {
    static const Schema options =
        Schema()
            .add(option::text("secret_key", "our own, as 40 characters of Z85; default: one made up, for who connects"))
            .add(option::text("public_key", "the public key that belongs to it, for a look at whether it does"))
            .add(option::text("server_key", "the public key of whom we connect to"));
    return options;
}

void add_endpoints(Schema& options) {
    options.add(option::text_list("publish", {}, "endpoints of PUB: bound; with > in front, connected")
                    .like("[\"tcp://*:6543\", \">tcp://host:6544\"]"));
    options.add(option::text_list("subscribe", {}, "endpoints of SUB: connected; with @ in front, bound")
                    .like("[\"tcp://host:6543\", \"@tcp://*:6544\"]"));
    options.add(option::text_list("push", {}, "endpoints of PUSH: bound; with > in front, connected")
                    .like("[\">tcp://host:6545\"]"));
    options.add(option::text_list("pull", {}, "endpoints of PULL: connected; with @ in front, bound")
                    .like("[\"@tcp://*:6545\"]"));
}

void add_limits(Schema& options) {
    options.add(option::duration("connect_timeout", 10s, "how long the first of the peers that we connect to may take"));
    options.add(option::duration("join_time", 100ms, "how long subscriptions are given to reach the other side"));
    options.add(option::integer("send_hwm", 1000, "messages that may wait for one peer").between(1, 10'000'000));
    options.add(option::integer("receive_hwm", 10000, "messages of one peer that may wait for us").between(1, 10'000'000));
    options.add(option::text("when_full", "wait", "where a subscriber has send_hwm messages waiting").one_of({"wait", "drop"}));
    options.add(option::duration("stall_limit", 30s, "a peer that takes nothing for so long is sent away; 0s: never"));
    options.add(option::duration("keep_alive", 60s, "after so much silence TCP asks whether the peer is there; 0s: never"));
    options.add(option::size("max_message_size", 64UL * 1024 * 1024, "bytes of one part; a peer that sends more is sent away"));
    options.add(option::duration("linger", 1s, "how long what is unsent is kept for, at the end"));
}

Format format_of(const OptionValues& options) { return *format_from(options.text("format")); }

/// Where `topic` is not said, messages without one are of the backend that is made for them.
std::string topic_of(const BackendSettings& settings) {
    const std::string& topic = settings.options.text("topic");
    return topic.empty() && format_of(settings.options) == Format::one_part ? settings.name : topic;
}

SocketSettings socket_settings_from(const BackendSettings& settings) {
    const OptionValues& options = settings.options;
    SocketSettings ours;
    ours.backend = settings.name;
    ours.send_hwm = static_cast<int>(options.integer("send_hwm"));
    ours.receive_hwm = static_cast<int>(options.integer("receive_hwm"));
    ours.max_message_size = options.size("max_message_size");
    ours.keep_alive = options.duration("keep_alive");
    ours.stall_limit = options.duration("stall_limit");
    ours.linger = options.duration("linger");
    ours.drops_when_full = options.text("when_full") == "drop";
    return ours;
}

/// A socket is either the server of CURVE or its client.
Result<void> check_roles(std::string_view option, const std::vector<Endpoint>& endpoints, const Curve& curve) {
    const auto binds = [](const Endpoint& endpoint) { return endpoint.binds; };
    const bool any_bound = std::any_of(endpoints.begin(), endpoints.end(), binds);
    const bool any_connected = !std::all_of(endpoints.begin(), endpoints.end(), binds);
    const std::string name(option);
    if (any_bound && any_connected) {
        return fail(Errc::invalid, "with 'curve' the endpoints of '" + name + "' are either all bound or all connected");
    }
    if (any_bound && !curve.has_own_keys) {
        return fail(Errc::invalid, "'curve' needs 'secret_key', because '" + name + "' binds");
    }
    if (any_connected && curve.server_key.empty()) {
        return fail(Errc::invalid, "'curve' needs 'server_key', because '" + name + "' connects");
    }
    return {};
}

Result<void> add_curve(const OptionValues& keys, Settings& settings) {
    Result<Curve> curve = curve_from({keys.text("public_key"), keys.text("secret_key"), keys.text("server_key")});
    if (curve.has_error()) return curve.error();
    for (const auto& [option, endpoints] : {std::pair{"publish", &settings.publish}, std::pair{"subscribe", &settings.subscribe},
                                            std::pair{"push", &settings.push}, std::pair{"pull", &settings.pull}}) {
        if (const auto sound = check_roles(option, *endpoints, *curve); !sound) return sound.error();
    }
    settings.socket.curve = *std::move(curve);
    return {};
}

}  // namespace

const Schema& schema() {
    static const Schema options = [] {
        Schema all;
        add_endpoints(all);
        all.add(option::text("format", "multipart", "parts of what is sent; multipart is topic, headers where there are any, body")
                    .one_of({"multipart", "three-part", "two-part", "one-part"}));
        all.add(option::text("topic", "the topic of messages that come in one part, as body alone; without it they are dropped, "
                                      "or with format one-part the backend's name")
                    .like("\"plant/raw\""));
        all.add(option::table("curve", curve_schema(), "encryption; whoever binds is the server"));
        add_limits(all);
        return all;
    }();
    return options;
}

Result<Settings> settings_from(const BackendSettings& settings) {
    const Url& url = settings.url;
    if (!url.host.empty() || url.path.find_first_of("/:") != std::string::npos) {
        return fail(Errc::invalid, "the url is 'zmq:' alone; addresses stand in 'publish', 'subscribe', 'push' and 'pull'");
    }
    Settings ours;
    ours.name = settings.name;
    for (const auto& [option, list, mark] :
         {std::tuple{"publish", &ours.publish, Unmarked::binds}, std::tuple{"push", &ours.push, Unmarked::binds},
          std::tuple{"subscribe", &ours.subscribe, Unmarked::connects}, std::tuple{"pull", &ours.pull, Unmarked::connects}}) {
        for (const std::string& text : settings.options.texts(option)) {
            Result<Endpoint> endpoint = parse_endpoint(text, mark);
            if (endpoint.has_error()) return in_context(option, endpoint.error());
            list->push_back(*std::move(endpoint));
        }
    }
    ours.format = format_of(settings.options);
    ours.topic = topic_of(settings);
    if (const auto is_topic = check_topic(ours.topic); !ours.topic.empty() && !is_topic) {
        return in_context("topic", is_topic.error());
    }
    if (settings.options.size("max_message_size") > most_bytes) {
        return fail(Errc::invalid, "'max_message_size' is at most 1GiB");
    }
    ours.connect_timeout = settings.options.duration("connect_timeout");
    ours.join_time = settings.options.duration("join_time");
    ours.socket = socket_settings_from(settings);
    if (const OptionValues* const keys = settings.options.table("curve")) {
        if (const auto sound = add_curve(*keys, ours); !sound) return in_context("curve", sound.error());
    }
    return ours;
}

Abilities abilities_from(const OptionValues& options) {
    const auto has_any = [&](std::string_view name) { return !options.texts(name).empty(); };
    const Format format = format_of(options);
    Abilities abilities;
    abilities.reads = has_any("subscribe") || has_any("pull");
    abilities.writes = has_any("publish") || has_any("push");
    if (format == Format::multipart || format == Format::three_part) abilities.carries = FieldSet::all();
    abilities.weakest_reading = "ZeroMQ waits for no acknowledgement: what has arrived and is not passed on is lost with the process";
    abilities.weakest_writing = "ZeroMQ confirms nothing: what is queued for a peer is lost with the connection";
    if (has_any("publish")) abilities.weakest_writing += ", and what no peer has subscribed to is not sent";
    return abilities;
}

}  // namespace rialto::zeromq
