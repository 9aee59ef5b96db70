#include "adapters/amqp/backend/client_settings.hpp"

#include <algorithm>

#include "core/options.hpp"
#include "core/url.hpp"

namespace rialto::amqp {
namespace {

using namespace std::chrono_literals;

const Schema& topics_schema() {
    static const Schema schema = Schema()
                                     .add(option::text("prefix", "what stands before every address").like("\"/exchange/plant/\""))
                                     .add(option::text("separator", "the character between levels").like("\".\""));
    return schema;
}

Schema make_schema() {
    const ClientSettings usual;
    return Schema()
        .include(dialing_schema())
        .add(option::text("dialect", "auto", "how this broker writes addresses; auto: by the name that it gives itself")
                 .one_of({"auto", "rabbitmq", "artemis", "activemq", "qpid", "generic"}))
        .add(option::table("topics", topics_schema(), "where addresses look different from the dialect's own"))
        .add(option::text("node", "topic", "what an address is: a topic, or a queue whose readers share its messages")
                 .one_of({"topic", "queue"}))
        .add(option::boolean("durable", usual.is_durable, "the broker keeps messages for us while we are away"))
        .add(option::text("container_id", "names us, and what is kept for us, at the broker; default: rialto-GATEWAY-BACKEND")
                 .like("\"plant-7\""))
        .add(option::text("virtual_host", "one of the broker's; default: its default").like("\"plant\""))
        .add(option::text("sasl", "auto", "how we log in; auto: with the url's user, or a certificate, or as nobody")
                 .one_of({"auto", "plain", "external", "anonymous", "none"}))
        .add(option::duration("keep_alive", usual.keep_alive, "how long the broker may be silent; 0s: for ever"))
        .add(option::size("max_message_size", usual.max_message_size, "a larger message ends the connection"))
        .add(option::text("body", "data", "text goes out as octets, or as an AMQP value, which JMS reads as a TextMessage")
                 .one_of({"data", "value"}))
        .add(option::text("amqp_value", "json", "what becomes of a body that is a map, a list or a number")
                 .one_of({"json", "amqp", "reject"}))
        .add(option::boolean("jms_safe_names", false, "'-' in header names is written '_HYPHEN_', as JMS wants"));
}

std::string mechanisms_for(const BackendSettings& from) {
    const std::string& wish = from.options.text("sasl");
    if (wish == "none") return {};
    if (wish == "plain") return "PLAIN";
    if (wish == "external") return "EXTERNAL";
    if (wish == "anonymous") return "ANONYMOUS";
    if (!from.url.user.empty()) return "PLAIN";
    const OptionValues* const tls = from.options.table("tls");
    return tls && tls->is_set("cert") ? "EXTERNAL" : "ANONYMOUS";
}

ValuePolicy policy_named(const std::string& name) {
    if (name == "amqp") return ValuePolicy::octets;
    return name == "reject" ? ValuePolicy::reject : ValuePolicy::json;
}

Result<Addressing::Override> override_from(const OptionValues& options) {
    Addressing::Override out;
    const OptionValues* const topics = options.table("topics");
    if (!topics) return out;
    if (topics->is_set("prefix")) out.prefix = topics->text("prefix");
    if (!topics->is_set("separator")) return out;
    const std::string& separator = topics->text("separator");
    const bool is_one = separator.size() == 1 && static_cast<unsigned char>(separator[0]) > ' ' && separator[0] != '%' &&
                        separator[0] != '*' && separator[0] != '#' && static_cast<unsigned char>(separator[0]) < 0x7F;
    if (!is_one) return fail(Errc::invalid, "the separator '" + separator + "' is not one character that may stand between levels");
    out.separator = separator[0];
    return out;
}

/// What the brokers were seen to keep; tests/contract shows it.
/// ActiveMQ turns messages into JMS ones on the way: names that are no Java names and keys that are no text may not come back.
FieldSet carried_by(std::optional<Dialect> dialect) {
    return dialect == Dialect::activemq ? FieldSet::all().without({Field::headers, Field::key}) : FieldSet::all();
}

}  // namespace

const Schema& backend_schema() {
    static const Schema schema = make_schema();
    return schema;
}

Result<ClientSettings> client_settings_from(const Adapter& adapter, std::string_view gateway, const BackendSettings& from) {
    const bool has_path = !from.url.path.empty() && from.url.path != "/";
    if (has_path || !from.url.query.empty()) return fail(Errc::invalid, "the address of an AMQP broker has no path and no query");
    Result<Dialing> dialing = dialing_from(adapter, from);
    if (dialing.has_error()) return dialing.error();
    Result<Addressing::Override> topics = override_from(from.options);
    if (topics.has_error()) return topics.error();
    const OptionValues& options = from.options;
    ClientSettings out;
    out.backend = from.name;
    out.dialing = *std::move(dialing);
    out.container = options.text("container_id");
    if (out.container.empty()) out.container = "rialto-" + std::string(gateway) + "-" + from.name;
    // RabbitMQ's queue bears the name too, and has room for so many octets.
    if (out.container.size() > 200 || !is_utf8_text(out.container)) return fail(Errc::invalid, "the container_id is no text of at most 200 bytes");
    out.virtual_host = options.text("virtual_host");
    out.mechanisms = mechanisms_for(from);
    out.user = from.url.user;
    out.password = from.url.password.value_or("");
    if (out.mechanisms == "PLAIN" && out.user.empty()) return fail(Errc::invalid, "sasl = \"plain\" needs a user in the url");
    out.dialect = dialect_named(options.text("dialect"));
    out.node = options.text("node") == "queue" ? Node::queue : Node::topic;
    out.topics = *std::move(topics);
    out.is_durable = options.boolean("durable");
    if (out.dialect == Dialect::rabbitmq && out.node == Node::topic) {
        const auto exchange = out.addressing(*out.dialect).exchange();
        if (exchange.has_error()) return exchange.error();
    }
    out.keep_alive = options.duration("keep_alive");
    out.max_message_size = options.size("max_message_size");
    out.decoding = {policy_named(options.text("amqp_value")), options.boolean("jms_safe_names")};
    out.encoding.text_as_value = options.text("body") == "value";
    out.encoding.jms_safe_names = options.boolean("jms_safe_names");
    return out;
}

Abilities abilities_of(const ClientSettings& settings, std::optional<Dialect> dialect) {
    const bool is_known = dialect && *dialect != Dialect::generic;
    Abilities out{.reads = true, .writes = true, .confirms = true, .carries = carried_by(dialect)};
    out.holds_unsettled = settings.node == Node::queue || (settings.is_durable && is_known);
    if (out.holds_unsettled) return out;
    out.weakest_reading = settings.is_durable ? "an AMQP broker of a dialect that is not named may keep nothing for a reader that is away"
                                              : "it reads without a durable subscription";
    return out;
}

Abilities backend_abilities(const OptionValues& options) {
    ClientSettings settings;
    settings.node = options.text("node") == "queue" ? Node::queue : Node::topic;
    settings.is_durable = options.boolean("durable");
    return abilities_of(settings, dialect_named(options.text("dialect")));
}

}  // namespace rialto::amqp
