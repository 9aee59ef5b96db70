#include "adapters/kafka/settings.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>

#include "core/net/dial.hpp"
#include "core/net/tls_options.hpp"
#include "core/url.hpp"

namespace rialto::kafka {
namespace {

constexpr std::uint16_t default_port = 9092;

/// What delivery rests on; a file can't change it.
constexpr std::array<std::string_view, 4> reserved_properties{"enable.auto.commit", "enable.auto.offset.store",
                                                              "enable.partition.eof", "group.id"};

using Properties = std::vector<std::pair<std::string, std::string>>;

const Schema& topics_schema() {
    static const Schema schema =
        Schema()
            .add(option::text("prefix", "", "stands before the name of each Kafka topic").like("\"plant.\""))
            .add(option::text("form", "escaped", "escaped: a name for every topic; verbatim: as they are, with dots for slashes")
                     .one_of({"escaped", "verbatim"}));
    return schema;
}

/// "a,b:1" and the url's port are "a:9092,b:1".
std::string brokers_of(const Url& url) {
    const std::string port = ":" + std::to_string(url.port.value_or(default_port));
    std::string_view hosts = url.host.empty() ? std::string_view("localhost") : std::string_view(url.host);
    if (hosts.find(':') != std::string_view::npos) return "[" + std::string(hosts) + "]" + port;
    std::string out;
    while (!hosts.empty()) {
        const auto comma = hosts.find(',');
        if (!out.empty()) out += ',';
        out.append(hosts.substr(0, comma)) += port;
        hosts.remove_prefix(comma == std::string_view::npos ? hosts.size() : comma + 1);
    }
    return out;
}

Result<Layout> layout_of(const BackendSettings& settings) {
    Layout layout;
    std::string prefix;
    auto form = TopicNames::Form::escaped;
    if (const OptionValues* const topics = settings.options.table("topics")) {
        prefix = topics->text("prefix");
        if (topics->text("form") == "verbatim") form = TopicNames::Form::verbatim;
    }
    if (!prefix.empty() && !is_kafka_name(prefix)) {
        return fail(Errc::invalid, "topics.prefix = '" + prefix + "': names in Kafka are of letters, digits, '.', '_' and '-'");
    }
    layout.names = TopicNames(prefix, form);
    if (settings.url.path.size() <= 1) return layout;
    layout.topic = settings.url.path.substr(1);
    if (!is_kafka_name(layout.topic)) {
        return fail(Errc::invalid, "'" + layout.topic + "' in '" + settings.url.text() + "' is no name of a Kafka topic");
    }
    return layout;
}

void add_dialing(Properties& out, const BackendSettings& settings, std::string_view gateway) {
    out.insert(out.end(), {{"bootstrap.servers", brokers_of(settings.url)},
                           {"client.id", std::string(gateway)},
                           {"socket.keepalive.enable", "true"},
                           {"socket.timeout.ms", "30000"},
                           {"log.connection.close", "false"},
                           // How soon a new Kafka topic is found.
                           {"topic.metadata.refresh.interval.ms", "5000"},
                           {"topic.metadata.propagation.max.ms", "3000"},
                           {"topic.blacklist", "^__(consumer_offsets|transaction_state|cluster_metadata)$"}});
    const auto within = std::max<std::int64_t>(1000, settings.options.duration("connect_timeout").count());
    out.emplace_back("socket.connection.setup.timeout.ms", std::to_string(within));
}

Result<void> add_security(Properties& out, const BackendSettings& settings) {
    const bool has_login = settings.url.password.has_value();
    const bool has_tls = settings.url.scheme == "kafkas";
    if (!settings.url.user.empty() && !has_login) {
        return fail(Errc::invalid, "'" + settings.url.text() + "' has a user but no password");
    }
    out.emplace_back("security.protocol", std::string(has_login ? "sasl_" : "") +
                                              (has_tls ? "ssl" : has_login ? "plaintext" : "plaintext"));
    if (has_login) {
        out.insert(out.end(), {{"sasl.mechanism", "PLAIN"},
                               {"sasl.username", settings.url.user},
                               {"sasl.password", *settings.url.password}});
    }
    if (!has_tls) return {};
    const TlsOptions tls = tls_options_from(settings.options.table("tls"));
    if (!tls.server_name.empty()) {
        return fail(Errc::invalid, "'tls.server_name' has no place with Kafka: each broker's own name is checked");
    }
    if (!tls.ca.empty()) out.emplace_back("ssl.ca.location", tls.ca);
    if (!tls.cert.empty()) out.emplace_back("ssl.certificate.location", tls.cert);
    if (!tls.key.empty()) out.emplace_back("ssl.key.location", tls.key);
    if (!tls.verify_server) out.emplace_back("enable.ssl.certificate.verification", "false");
    out.emplace_back("ssl.endpoint.identification.algorithm", tls.verify_server ? "https" : "none");
    return {};
}

/// Before 2.3 the library ends the process where it leads a group cooperatively and loses it before it has assigned anything.
const char* assignment_strategy() {
    constexpr int first_sound = 0x020300FF;
    return rd_kafka_version() >= first_sound ? "cooperative-sticky" : "roundrobin";
}

void add_reading(Properties& out) {
    out.insert(out.end(), {{"partition.assignment.strategy", assignment_strategy()},
                           {"session.timeout.ms", "10000"},
                           {"heartbeat.interval.ms", "1000"},
                           {"isolation.level", "read_committed"},
                           // Only for offsets that Kafka has not any more; where a group begins is the source's affair.
                           {"auto.offset.reset", "earliest"},
                           {"fetch.wait.max.ms", "100"},
                           {"fetch.error.backoff.ms", "100"},
                           // The bound is in bytes: a full count makes the library pause for a second.
                           {"queued.min.messages", "1000000"},
                           {"queued.max.messages.kbytes", "16384"}});
}

void add_writing(Properties& out) {
    out.insert(out.end(), {{"enable.idempotence", "true"},
                           {"message.timeout.ms", "30000"},
                           {"linger.ms", "1"},
                           // As Java's producers do it, but what has no key keeps its order too: in one partition.
                           {"partitioner", "murmur2"}});
}

Result<void> add_own(Properties& out, const TextMap& own) {
    for (const auto& [name, value] : own) {
        if (name == "group.id") return fail(Errc::invalid, "options: the consumer group is named by 'group'");
        if (std::find(reserved_properties.begin(), reserved_properties.end(), name) != reserved_properties.end()) {
            return fail(Errc::invalid, "options: '" + name + "' is the gateway's own affair: offsets are committed when "
                                       "messages are safe");
        }
        out.emplace_back(name, value);
    }
    return {};
}

}  // namespace

const Schema& options_schema() {
    static const Schema schema =
        Schema()
            .add(option::text("group", "the consumer group; default: the gateway's name").like("\"rialto\""))
            .add(option::table("topics", topics_schema(), "how topics are written as names of Kafka topics"))
            .add(option::text_map("options", "any property of librdkafka").like("{ \"compression.type\" = \"lz4\" }"))
            .include(dialing_schema());
    return schema;
}

Result<Conf> make_conf(const Settings& settings) {
    Conf conf(rd_kafka_conf_new());
    std::array<char, 512> why{};
    for (const auto& [name, value] : settings.properties) {
        if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK) {
            return fail(Errc::invalid, "options: " + std::string(why.data()));
        }
    }
    return conf;
}

Result<Settings> settings_from(const BackendSettings& from, std::string_view gateway) {
    Settings settings;
    auto layout = layout_of(from);
    if (layout.has_error()) return layout.error();
    settings.layout = *std::move(layout);
    settings.group = from.options.text("group").empty() ? std::string(gateway) : from.options.text("group");
    settings.within = from.options.duration("connect_timeout");
    Properties& out = settings.properties;
    add_dialing(out, from, gateway);
    if (const auto added = add_security(out, from); !added) return added.error();
    add_reading(out);
    add_writing(out);
    const TextMap& own = from.options.text_map("options");
    if (const auto added = add_own(out, own); !added) return added.error();
    out.insert(out.end(), {{"group.id", settings.group},
                           {"enable.auto.commit", "false"},
                           {"enable.auto.offset.store", "false"},
                           {"enable.partition.eof", "true"}});
    for (const auto& [name, value] : out) {
        if (name == "bootstrap.servers" || name == "metadata.broker.list") settings.brokers = value;
        if (name == "auto.offset.reset" && own.contains(name)) {
            settings.reads_from_beginning = value == "earliest" || value == "smallest" || value == "beginning";
        }
    }
    if (const auto conf = make_conf(settings); conf.has_error()) return conf.error();
    return settings;
}

}  // namespace rialto::kafka
