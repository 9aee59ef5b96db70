#pragma once

#include "adapters/mqtt/server.hpp"

namespace rialto::mqtt {

/// What the broker tells about itself: retained messages below `$SYS/broker/`, under the names that mosquitto
/// made usual, written anew every ten seconds. Lives on: the first shard, once started.
class SystemTopics {
public:
    explicit SystemTopics(Server& server);

    /// Begins, where it has not yet. @thread the main one
    void start();

private:
    void publish_all();
    void publish(std::string_view name, const std::string& value);

    Server& server_;
    Timer timer_;
    bool is_started_ = false;
};

}  // namespace rialto::mqtt
