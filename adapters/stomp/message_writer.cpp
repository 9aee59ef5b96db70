#include "adapters/stomp/message_writer.hpp"

#include "adapters/stomp/encoder.hpp"
#include "adapters/stomp/mapping.hpp"

#include <cstring>

namespace rialto::stomp {
namespace {

void append_own_headers(std::string& out, Version version, const MessageHead& head, std::string_view topic) {
    out.append("message-id:");
    append_text(out, head.id);
    if (head.wants_ack && version == Version::v1_2) {
        out.append("\nack:");
        append_text(out, head.id);
    }
    out.push_back('\n');
    thread_local std::string destination;
    destination.clear();
    append_destination(destination, topic, head.style);
    append_header(out, "destination", destination, version);
    if (head.is_retained) out.append("retain:true\n");
    if (head.is_redelivered) out.append("redelivered:true\n");
}

}  // namespace

std::string message_prefix(const std::string* id, Version version) {
    std::string prefix = "MESSAGE\n";
    if (id) append_header(prefix, "subscription", *id, version);
    return prefix;
}

void write_message(Wire& wire, Version version, const std::string& prefix, const MessageHead& head,
                   const MessagePtr& message) {
    thread_local std::string own;
    own.clear();
    append_own_headers(own, version, head, message->topic());
    const Bytes& shared = shared_part(*message, version);
    std::uint8_t* out = wire.extend(prefix.size() + own.size() + shared.size());
    std::memcpy(out, prefix.data(), prefix.size());
    std::memcpy(out + prefix.size(), own.data(), own.size());
    std::memcpy(out + prefix.size() + own.size(), shared.data(), shared.size());
    if (message->payload().size() <= largest_shared_payload) return;
    wire.write_payload(message);
    *wire.extend(1) = 0;
}

}  // namespace rialto::stomp
