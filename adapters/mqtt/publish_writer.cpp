#include "adapters/mqtt/publish_writer.hpp"

namespace rialto::mqtt::detail {
namespace {

constexpr std::size_t shortest_worth_an_alias = 4;  // the property takes three bytes itself

}  // namespace

bool write_with_properties(Wire& wire, const Receiver& receiver, const MessagePtr& message,
                           const Look& look) {
    ByteView shared;
    PerReceiver own;
    if (message->has_properties()) {
        shared = as_bytes(receiver.is_careful ? careful_properties(*message) : encoded_properties(*message));
        if (const auto seconds = seconds_left(*message, wall_now())) own.add_expiry(*seconds);
    }
    Look shown = look;
    const bool takes_alias = receiver.aliases != nullptr && look.topic.size() >= shortest_worth_an_alias;
    if (takes_alias) {
        const auto alias = receiver.aliases->find(look.topic);
        own.add_alias(alias.alias);
        if (alias.is_known) shown.topic = {};
    }
    own.add(look.identifiers);
    if (!write_packet(wire, receiver, message, shown, shared, own.encoded())) return false;
    if (takes_alias && !shown.topic.empty()) receiver.aliases->set(look.topic);
    return true;
}

}  // namespace rialto::mqtt::detail
