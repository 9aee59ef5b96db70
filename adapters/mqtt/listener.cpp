#include "adapters/mqtt/listener.hpp"

#include "adapters/mqtt/peer.hpp"
#include "core/net/stream_listener_options.hpp"

namespace rialto::mqtt {
namespace {

using namespace std::chrono_literals;

class Service final : public StreamService {
public:
    Service(Server& server, std::shared_ptr<const Limits> limits)
        : server_(server), limits_(std::move(limits)) {}

    std::unique_ptr<StreamSession> open_session(Wire& wire) override {
        return std::make_unique<Peer>(server_, limits_, wire);
    }

private:
    Server& server_;
    const std::shared_ptr<const Limits> limits_;
};

constexpr std::int64_t for_ever = 0xFFFF'FFFF;

Schema make_schema() {
    const Limits usual;
    return Schema()
        .include(stream_listener_schema())
        .add(option::text("mount_point", "put in front of every topic of this listener's clients")
                 .like("\"site-a/\""))
        .add(option::size("max_packet_size", usual.max_packet_size, "a larger packet ends its connection"))
        .add(option::duration("connect_timeout", usual.connect_timeout,
                              "how long a CONNECT may take to arrive"))
        .add(option::integer("max_keep_alive", usual.max_keep_alive,
                             "seconds; a client that asks for more gets this; 0 leaves it to the client")
                 .between(0, 65'535))
        .add(option::integer("max_session_expiry", for_ever,
                             "seconds that a session outlives its connection; 4294967295 is for ever")
                 .between(0, for_ever))
        .add(option::integer("receive_maximum", usual.receive_maximum,
                             "unacknowledged messages from one client")
                 .between(1, 65'535))
        .add(option::integer("send_maximum", usual.send_maximum, "unacknowledged messages to one client")
                 .between(1, 65'535))
        .add(option::integer("topic_alias_maximum", usual.topic_alias_maximum,
                             "topics that client and gateway may abbreviate to each other")
                 .between(0, 65'535))
        .add(option::integer("max_queued", static_cast<std::int64_t>(usual.max_queued),
                             "messages that wait for one client at QoS 1 and 2")
                 .between(1, 10'000'000))
        .add(option::size("max_backlog", usual.max_backlog,
                          "bytes on their way to a client that reads slowly; beyond it QoS 0 is dropped"))
        .add(option::duration(
            "stall_timeout", usual.stall_timeout,
            "how long a client whose queue is full may acknowledge nothing; then it is sent away"))
        .add(option::integer("max_subscriptions", static_cast<std::int64_t>(usual.max_subscriptions),
                             "of one client")
                 .between(1, 10'000'000))
        .add(option::text_list("refuse_subscriptions", {},
                               "filters that no client of this listener may subscribe to")
                 .like("[\"internal/#\"]"));
}

Result<void> read_filters(const OptionValues& options, Limits& limits) {
    for (const std::string& text : options.texts("refuse_subscriptions")) {
        auto filter = TopicFilter::parse(text);
        if (!filter) return in_context("refuse_subscriptions", filter.error());
        limits.refused_subscriptions.push_back(*std::move(filter));
    }
    return {};
}

Result<void> read_mount_point(const OptionValues& options, Limits& limits) {
    limits.mount_point = options.text("mount_point");
    if (limits.mount_point.empty()) return {};
    if (auto ok = check_topic(limits.mount_point); !ok) return in_context("mount_point", ok.error());
    return {};
}

}  // namespace

const Schema& listener_schema() {
    static const Schema schema = make_schema();
    return schema;
}

Result<std::shared_ptr<const Limits>> limits_from(std::string name, const OptionValues& options) {
    Limits limits;
    limits.listener = std::move(name);
    if (auto ok = read_mount_point(options, limits); !ok) return ok.error();
    if (auto ok = read_filters(options, limits); !ok) return ok.error();
    limits.max_packet_size = std::min<std::size_t>(options.size("max_packet_size"), max_varint + 5);
    limits.max_connect_size = std::min(limits.max_connect_size, limits.max_packet_size);
    limits.connect_timeout = options.duration("connect_timeout");
    limits.max_keep_alive = static_cast<std::uint16_t>(options.integer("max_keep_alive"));
    limits.max_session_expiry = static_cast<std::uint32_t>(options.integer("max_session_expiry"));
    limits.receive_maximum = static_cast<std::uint16_t>(options.integer("receive_maximum"));
    limits.send_maximum = static_cast<std::uint16_t>(options.integer("send_maximum"));
    limits.topic_alias_maximum = static_cast<std::uint16_t>(options.integer("topic_alias_maximum"));
    limits.max_queued = static_cast<std::size_t>(options.integer("max_queued"));
    limits.max_backlog = options.size("max_backlog");
    limits.stall_timeout = options.duration("stall_timeout");
    limits.max_subscriptions = static_cast<std::size_t>(options.integer("max_subscriptions"));
    return std::make_shared<const Limits>(std::move(limits));
}

std::shared_ptr<StreamService> make_stream_service(Server& server, std::shared_ptr<const Limits> limits) {
    return std::make_shared<Service>(server, std::move(limits));
}

}  // namespace rialto::mqtt
