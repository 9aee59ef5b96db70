#include "adapters/stomp/client/settings.hpp"

#include "core/options.hpp"
#include "core/url.hpp"

namespace rialto::stomp {
namespace {

const Schema& topics_schema() {
    static const Schema schema =
        Schema()
            .add(option::text("prefix", "in front of each topic's name").like("\"/topic/\""))
            .add(option::text("separator", "the one character between levels").like("\".\""));
    return schema;
}

Schema make_schema() {
    const ClientSettings usual;
    return Schema()
        .include(dialing_schema())
        .add(option::text("dialect", "generic", "how this broker writes addresses and headers")
                 .one_of({"generic", "rabbitmq", "artemis", "activemq", "qpid"}))
        .add(option::table("topics", topics_schema(), "how topics are called there, where the dialect has it otherwise"))
        .add(option::text("host", "the virtual host; default: '/' for rabbitmq, else the url's host").like("\"/\""))
        .add(option::text("client_id", "names our subscriptions at the broker; default: rialto-GATEWAY-BACKEND")
                 .like("\"plant-7\""))
        .add(option::boolean("durable", usual.is_durable, "the broker keeps what comes while we are away, where it can"))
        .add(option::duration("heart_beat", usual.heart_beat.wants, "how long either side may be silent; 0s: for ever"))
        .add(option::integer("prefetch", usual.prefetch, "unacknowledged messages from the broker").between(1, 65'535))
        .add(option::integer("window", static_cast<std::int64_t>(usual.window), "messages to the broker without a receipt")
                 .between(1, 65'535))
        .add(option::duration("redeliver_after", usual.redeliver_after,
                              "when nobody could take a message: how long until we reconnect to get it again"))
        .add(option::size("max_message_size", usual.limits.body_size, "a larger one from the broker ends the connection"));
}

const Dialect& dialect_from(const OptionValues& options) {
    const Dialect* const dialect = dialect_of(options.text("dialect"));
    return dialect ? *dialect : *dialect_of("generic");
}

/// The dialect's way, or what the table `topics` says instead.
Result<Addresses> addresses_from(const OptionValues& options) {
    const Dialect& dialect = dialect_from(options);
    std::string prefix(dialect.prefix);
    DottedForm form = dialect.form;
    const OptionValues* const topics = options.table("topics");
    if (topics && topics->is_set("prefix")) prefix = topics->text("prefix");
    if (topics && topics->is_set("separator")) {
        const std::string& separator = topics->text("separator");
        const bool is_one = separator.size() == 1 && separator[0] > ' ' && separator[0] < 127;
        if (!is_one || form.escaped.find(separator[0]) != std::string_view::npos || separator == "%" ||
            separator == "+") {
            return fail(Errc::invalid, "'separator' is one character without another meaning there, not '" + separator + "'");
        }
        form = with_separator(form, separator[0]);
    }
    const bool is_longer = form.longest != 0 && prefix.starts_with(dialect.prefix);
    if (is_longer) form.longest -= std::min(form.longest / 2, prefix.size() - dialect.prefix.size());
    return Addresses(dialect, std::move(prefix), form);
}

std::string host_of(const BackendSettings& from, const Dialect& dialect) {
    if (const std::string& host = from.options.text("host"); !host.empty()) return host;
    if (!dialect.host.empty()) return std::string(dialect.host);
    return from.url.host.empty() ? "localhost" : from.url.host;
}

}  // namespace

const Schema& backend_schema() {
    static const Schema schema = make_schema();
    return schema;
}

Result<ClientSettings> client_settings_from(const Adapter& adapter, std::string_view gateway,
                                            const BackendSettings& from) {
    const bool has_path = from.url.scheme != "unix" && !from.url.path.empty() && from.url.path != "/";
    if (has_path || !from.url.query.empty()) {
        return fail(Errc::invalid, "the address of a STOMP broker has no path and no query; a virtual host is 'host'");
    }
    Result<Dialing> dialing = dialing_from(adapter, from);
    if (dialing.has_error()) return dialing.error();
    Result<Addresses> addresses = addresses_from(from.options);
    if (addresses.has_error()) return addresses.error();
    const OptionValues& options = from.options;
    ClientSettings out;
    out.backend = from.name;
    out.dialing = std::move(*dialing);
    out.user = from.url.user;
    out.password = from.url.password;
    out.host = host_of(from, addresses->dialect());
    out.client_id = options.text("client_id");
    if (out.client_id.empty()) out.client_id = "rialto-" + std::string(gateway) + "-" + from.name;
    out.addresses = std::move(*addresses);
    out.is_durable = options.boolean("durable");
    const auto beat = std::max(options.duration("heart_beat"), std::chrono::milliseconds(0));
    out.heart_beat = {beat, beat};
    out.prefetch = static_cast<std::uint32_t>(options.integer("prefetch"));
    out.window = static_cast<std::size_t>(options.integer("window"));
    out.redeliver_after = options.duration("redeliver_after");
    out.limits.body_size = options.size("max_message_size");
    return out;
}

Abilities backend_abilities(const OptionValues& options) {
    const Result<Addresses> addresses = addresses_from(options);
    const Addresses& known = addresses ? *addresses : Addresses(dialect_from(options));
    const bool keeps = known.dialect().keeping != Dialect::Keeping::nothing;
    const bool holds = known.are_queues() || (keeps && options.boolean("durable"));
    std::string why;
    if (!holds) {
        why = keeps ? "durable = false: the broker keeps nothing while we are away"
                    : "STOMP does not say how a subscription outlives its connection; 'dialect' may";
    }
    return {.reads = true,
            .writes = true,
            .holds_unsettled = holds,
            .confirms = true,
            .carries = FieldSet::all(),
            .weakest_reading = std::move(why)};
}

}  // namespace rialto::stomp
