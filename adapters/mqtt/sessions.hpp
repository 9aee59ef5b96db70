#pragma once

#include "adapters/mqtt/session.hpp"
#include "adapters/mqtt/session_directory.hpp"
#include "core/gateway.hpp"

#include <memory>
#include <string_view>

#include <boost/unordered/unordered_flat_map.hpp>

namespace rialto::mqtt {

/// Counters of one shard; the sum over all is what the outside sees.
struct Counters {
    Counters(Metrics& metrics);

    Counter& messages_received;
    Counter& messages_sent;
    Counter& dropped_offline;    ///< queue of a disconnected client full
    Counter& dropped_backlog;    ///< QoS 0, and the client reads too slowly
    Counter& dropped_too_large;  ///< larger than the client takes
    Counter& dropped_expired;
    Counter& dropped_queue;  ///< queue full and the source can't wait
    Gauge& connected;
    Gauge& sessions;
};

/// The sessions of all clients that live on one shard, whatever listener they come by. Lives on: one shard.
class Sessions {
public:
    Sessions(Gateway& gateway, Shard& shard, SessionDirectory& directory);
    ~Sessions();

    struct Opened {
        Session& session;
        bool is_present;  ///< it was here before, and the client wanted it [MQTT-3.1.4-4]
    };

    /// The shard where the client's session lives; this one, from now on, where it has none: open() has to follow then.
    Shard& home_of(std::string_view client_id);

    /// The session for a client that has just connected, and whose home this is. Takes it from a connection that has it
    /// [MQTT-3.1.4-3], and ends the one that was there where the client wants a clean start.
    Opened open(std::string_view client_id, bool clean_start, std::shared_ptr<const Limits> limits);

    /// The session's connection is gone; it has been detached. Publishes the will where there is one still
    /// (now, or after its delay), and ends the session now or when its time is over.
    void left_alone(Session& session);

    /// A session that the store has. Before the shard runs. @error invalid  something of it is damaged
    Result<void> restore(FoundSession& found);
    /// Null where the client has none here.
    Session* find(std::string_view client_id);

    /// A client identifier that nobody has, and that lives on this shard [MQTT-3.1.3-6].
    std::string invent_client_id();

    Shard& shard() noexcept { return shard_; }
    Gateway& gateway() noexcept { return gateway_; }
    Counters& counters() noexcept { return counters_; }

    /// The topic that was checked last here: publishers repeat themselves.
    std::string recent_topic;

private:
    void end(Session& session);
    void wait_for_client(Session& session, std::chrono::seconds gone_for);
    void remove(Session& session);
    void publish_will(Session& session);

    Gateway& gateway_;
    Shard& shard_;
    SessionDirectory& directory_;
    Counters counters_;
    boost::unordered_flat_map<std::string_view, std::unique_ptr<Session>>
        sessions_;  ///< keys look into the sessions
};

}  // namespace rialto::mqtt
