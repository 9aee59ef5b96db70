#include "bridge/config_schema.hpp"

#include "core/interest.hpp"

namespace rialto::bridge {
namespace {

using namespace std::chrono_literals;

const Schema& nothing() {
    static const Schema schema;
    return schema;
}

OptionSpec promised_table(std::string name, std::string help) {
    return option::table(std::move(name), nothing(), std::move(help)).promised();
}

OptionSpec promised_text(std::string name, std::string help) {
    return option::text(std::move(name), std::move(help)).promised();
}

}  // namespace

const Schema& file_schema() {
    static const Schema schema = Schema()
                                     .add(option::table("gateway", gateway_schema(), "the gateway itself"))
                                     .add(option::table("log", log_schema(), "what is logged, and how"))
                                     .add(option::table("listeners", nothing(), "ports that clients connect to"))
                                     .add(option::table("backends", nothing(), "brokers that the gateway connects to"))
                                     .add(option::table("routes", nothing(), "what is copied from where to where"))
                                     .add(option::table("auth", auth_schema(), "who may do what"))
                                     .add(option::table("history", history_schema(), "what late subscribers can ask for"))
                                     .add(promised_table("cluster", "several gateways, one bus"));
    return schema;
}

const Schema& gateway_schema() {
    static const Schema schema =
        Schema()
            .add(option::text("name", "in client ids, metrics and loop protection; default: the host's name").like("\"plant-7\""))
            .add(option::integer("workers", 0, "event loops; 0 is one for each core").between(0, max_shards))
            .add(option::duration("drain", 5s, "how long stopping may take to settle what is in flight"))
            .add(option::text("data_dir", "sessions, queues, retained messages and spools are kept here; without it in memory only").like("\"/var/lib/rialto\""))
            .add(option::text("store", "the same in a Redis server, so that it survives the machine").like("\"redis://localhost:6379/0\""));
    return schema;
}

const Schema& log_schema() {
    static const Schema schema =
        Schema()
            .add(option::text("level", "info", "how much").one_of({"error", "warn", "info", "debug", "trace"}))
            .add(option::text("format", "text", "one event a line, as key=value or as JSON").one_of({"text", "json"}));
    return schema;
}

const Schema& auth_schema() {
    static const Schema schema =
        Schema()
            .add(option::boolean("allow_anonymous", true,
                                 "clients without credentials are welcome; has to be written down for listeners beyond loopback"))
            .add(promised_text("users_file", "users, made by `rialto user add`"))
            .add(promised_text("password_file", "users, made by mosquitto_passwd"))
            .add(promised_table("jwt", "whose tokens are good"))
            .add(promised_table("acl", "who may publish and subscribe where"));
    return schema;
}

namespace {

const Schema& dedupe_schema() {
    static const Schema schema =
        Schema()
            .add(option::text("by", "message-id", "what tells them: their identifier, or topic and payload").one_of({"message-id", "payload"}))
            .add(option::duration("window", 10min, "so long each is remembered, and a million of them at most"));
    return schema;
}

}  // namespace

const Schema& route_schema() {
    static const Schema schema =
        Schema()
            .add(option::text("name", "in logs, metrics and loop protection; default: route-1, route-2 …").like("\"temperatures\""))
            .add(option::text_list("from", {}, "what is read: PLACE:PATTERN, one or a list").required().like("\"bus:a/{x}/#\""))
            .add(option::text_list("to", {}, "where it goes: PLACE:TOPIC, one or a list").required().like("\"bus:b/{x}/{1}\""))
            .add(option::text("delivery", "asked for, so an error where it can't be had; default: the best that the pair can do")
                     .one_of({"at-least-once", "at-most-once"})
                     .like("\"at-least-once\""))
            .add(option::text_list("required", {}, "places that have to confirm before the source is acknowledged; default: all")
                     .like("[\"cache\"]"))
            .add(option::text("order", "topic", "what stays in order among itself where something has to be sent again").one_of({"topic", "key", "none"}))
            .add(option::text("retain", "keep", "the retain flag on the way").one_of({"keep", "set", "clear"}))
            .add(option::boolean("replies", false,
                                 "answers come back: requests get a reply address of the gateway's own at the target, for a minute"))
            .add(option::text("dead_letter", "where messages go that a target refuses for good: PLACE:TOPIC")
                     .like("\"bus:dead/{route}\""))
            .add(option::integer("max_attempts", 0,
                                 "so often a message is tried that a target gives back while its connection holds; 0 is for ever")
                     .between(0, 1'000'000))
            .add(option::table("dedupe", dedupe_schema(), "messages that were there already are left out"))
            .add(promised_text("where", "a jq filter on a JSON payload"))
            .add(promised_text("map", "a jq program that makes the new payload"))
            .add(promised_text("rate", "at most so many messages"));
    return schema;
}

const Schema& history_schema() {
    static const Schema schema =
        Schema()
            .add(option::text("topic", "what is kept: a pattern as clients subscribe to").required().like("\"live/#\""))
            .add(option::integer("messages", 1000, "so many, the newest").between(1, 10'000'000))
            .add(option::duration("age", 0s, "not longer than this; 0s: however old"))
            .add(option::size("max_bytes", 64ULL << 20U, "so much memory at most, and as much of the disk"));
    return schema;
}

const Schema& common_listener_schema() {
    static const Schema schema =
        Schema()
            .add(option::text("url", "what it speaks and where it listens").required().like("\"mqtt://127.0.0.1:1883\""))
            .add(option::text("protocol", "mqtt", "what is spoken on a unix:///path socket"));
    return schema;
}

namespace {

const Schema& spool_schema() {
    static const Schema schema =
        Schema()
            .add(option::size("max_bytes", 1ULL << 30U, "so much of the disk at most"))
            .add(option::duration("max_age", 0s, "what waited longer is dropped; 0s: nothing is"))
            .add(option::text("when_full", "block", "what gives way: the sources, which wait, the oldest, or the newest")
                     .one_of({"block", "drop-oldest", "drop-newest"}));
    return schema;
}

}  // namespace

const Schema& common_backend_schema() {
    static const Schema schema =
        Schema()
            .add(option::text("url", "what it speaks and where it is").required().like("\"mqtt://broker.example:1883\""))
            .add(option::integer("queue_messages", 10'000,
                                 "so many messages that nobody waits for are queued; newer ones are dropped then")
                     .between(1, 100'000'000))
            .add(option::size("queue_bytes", 64ULL << 20U, "the same in bytes"))
            .add(option::table("spool", spool_schema(), "what it can't take now waits on disk, in gateway.data_dir"))
            .add(option::text("envelope", "none", "how properties travel where the protocol has no headers: inside the payload")
                     .one_of({"none", "json", "cloudevents", "frame"}));
    return schema;
}

namespace {

Schema with(const Schema& common, const Schema& own) {
    Schema schema;
    for (const OptionSpec& spec : common.specs()) {
        if (!own.find(spec.name)) schema.add(spec);
    }
    for (const OptionSpec& spec : own.specs()) schema.add(spec);
    return schema;
}

}  // namespace

Schema listener_schema(const Adapter& adapter) { return with(common_listener_schema(), adapter.listener_options()); }
Schema backend_schema(const Adapter& adapter) { return with(common_backend_schema(), adapter.backend_options()); }

}  // namespace rialto::bridge
