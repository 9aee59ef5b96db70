#pragma once

#include "tests/unit/stomp/house.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rialto::stomp::testing {

inline constexpr std::string_view is_c = "\nclient-id:c";

/// The ways in which brokers have durable subscriptions.
struct Words {
    std::string_view connect;      ///< more lines
    std::string_view subscribe;    ///< of SUBSCRIBE beside id and destination
    std::string_view unsubscribe;  ///< of UNSUBSCRIBE beside the id
};

inline const std::vector<Words> all_words = {
    {is_c, "\ndurable-subscription-name:n", "\ndurable-subscription-name:n"},
    {is_c, "\nactivemq.subscriptionName:n", "\nactivemq.subscriptionName:n"},
    {"", "\ndurable:true\nauto-delete:false", "\ndurable:true"},
    {"", "\npersistent:true", "\npersistent:true"},
};

/// `SUBSCRIBE` to /topic/a/# under the name n, with more lines.
inline std::string subscribe(const Words& words, std::string_view more = "") {
    return "SUBSCRIBE\nid:1\ndestination:/topic/a/#" + std::string(words.subscribe) + std::string(more);
}

inline std::string subscribe_as_n(std::string_view more = "") { return subscribe(all_words[0], more); }

/// A client that came, made the subscription and went.
inline void subscribe_and_leave(House& house, const Words& words = all_words[0], std::size_t shard = 0) {
    Client client(house, shard);
    client.connect("1.2", words.connect).send(subscribe(words)).send("DISCONNECT");
}

/// What waits for who comes back.
inline std::string bodies_for(House& house, const Words& words = all_words[0], std::size_t shard = 0) {
    Client client(house, shard);
    client.connect("1.2", words.connect).send(subscribe(words));
    return client.receive_bodies();
}

}  // namespace rialto::stomp::testing
