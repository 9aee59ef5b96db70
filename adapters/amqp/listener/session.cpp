#include "adapters/amqp/listener/session.hpp"

#include <proton/codec.h>
#include <proton/connection.h>
#include <proton/delivery.h>
#include <proton/link.h>
#include <proton/session.h>
#include <proton/terminus.h>

#include <algorithm>
#include <string>
#include <utility>

#include "adapters/amqp/listener/incoming_link.hpp"
#include "adapters/amqp/listener/outgoing_link.hpp"
#include "core/log.hpp"

namespace rialto::amqp {
namespace {

EngineSettings settings_of(const Service& service) {
    const ListenerLimits& limits = service.limits();
    EngineSettings settings;
    settings.container = service.gateway().name();
    settings.frames.frame_size = static_cast<std::uint32_t>(limits.frame);
    // Twice: a refused link has a handle too, until its client has read the refusal.
    settings.frames.handles = static_cast<std::uint32_t>(2 * limits.links);
    settings.frames.channels = static_cast<std::uint32_t>(limits.sessions);
    settings.idle_timeout = limits.idle_time;
    return settings;
}

pn_bytes_t proton_bytes(std::string_view text) noexcept { return pn_bytes(text.size(), text.data()); }

/// Whether a terminus has a capability, alone or in an array. @source AMQP 1.0 part 3, section 3.5.3
bool has_capability(pn_terminus_t* terminus, std::string_view wanted) {
    pn_data_t* const data = pn_terminus_capabilities(terminus);
    pn_data_rewind(data);
    if (!pn_data_next(data)) return false;
    const auto is_it = [&] {
        if (pn_data_type(data) != PN_SYMBOL) return false;
        const pn_bytes_t symbol = pn_data_get_symbol(data);
        return std::string_view(symbol.start, symbol.size) == wanted;
    };
    if (pn_data_type(data) != PN_ARRAY) return is_it();
    pn_data_enter(data);
    bool found = false;
    while (!found && pn_data_next(data)) found = is_it();
    return found;
}

std::string_view address_of(pn_terminus_t* terminus) noexcept {
    const char* const address = pn_terminus_get_address(terminus);
    return address ? address : "";
}

OutgoingLink::Settling settling_of(pn_link_t* link) noexcept {
    switch (pn_link_remote_snd_settle_mode(link)) {
        case PN_SND_SETTLED:
            return OutgoingLink::Settling::at_once;
        case PN_SND_UNSETTLED:
            return OutgoingLink::Settling::by_client;
        default:
            return OutgoingLink::Settling::by_quality;
    }
}

}  // namespace

Session::Session(Wire& wire, Service& service)
    : wire_(wire),
      service_(service),
      connect_timer_([this] { engine_.close(Condition{condition::resource_limit, "no open frame came in time"}); }),
      engine_(wire, *this, settings_of(service), *this) {
    wire_.shard().arm(connect_timer_, service_.limits().connect_time);
}

Session::~Session() { engine_.forget_user(); }

void Session::on_connection_opened() noexcept {
    connect_timer_.cancel();
    introduce();
    engine_.accept();
}

/// @source AMQP Anonymous Terminus for Message Routing 1.0, section 2.1
void Session::introduce() {
    pn_data_t* const capabilities = pn_connection_offered_capabilities(engine_.connection());
    pn_data_put_array(capabilities, false, PN_SYMBOL);
    pn_data_enter(capabilities);
    pn_data_put_symbol(capabilities, proton_bytes("ANONYMOUS-RELAY"));
    pn_data_exit(capabilities);
    pn_data_t* const properties = pn_connection_properties(engine_.connection());
    pn_data_put_map(properties);
    pn_data_enter(properties);
    pn_data_put_symbol(properties, proton_bytes("product"));
    pn_data_put_string(properties, proton_bytes("rialto"));
    pn_data_exit(properties);
}

void Session::on_session_opened(pn_session_t* session) noexcept { pn_session_open(session); }

void Session::on_link_opened(pn_link_t* link) noexcept {
    if ((pn_link_state(link) & PN_LOCAL_UNINIT) == 0) return;
    if (links_.size() >= service_.limits().links) {
        return refuse(link, {condition::resource_limit,
                             "a connection may have " + std::to_string(service_.limits().links) + " links"});
    }
    if (pn_terminus_get_type(pn_link_remote_target(link)) == PN_COORDINATOR) {
        return refuse(link, {condition::not_implemented, "there are no transactions here"});
    }
    const Result<void> opened = pn_link_is_receiver(link) ? open_incoming(link) : open_outgoing(link);
    if (opened.has_error()) refuse(link, condition_of(opened.error()));
}

/// The way that the specification has for it: an attach without source and target, and a detach that says why [AMQP 2.6.3].
void Session::refuse(pn_link_t* link, const Condition& why) {
    pn_link_open(link);
    set(pn_link_condition(link), why);
    pn_link_close(link);
    if (const auto held = service_.refusals().pass()) {
        log::info("link_refused", {{"listener", service_.listener()}, {"peer", wire_.peer()}, {"condition", std::string(why.name)},
                                   {"reason", why.text}, {"held_back", std::to_string(*held)}});
    }
}

template <typename Kind>
void Session::keep(pn_link_t* link, std::unique_ptr<Kind> made) {
    Kind& kept = *made;
    pn_link_set_context(link, &kept);
    links_.emplace(link, std::move(made));
    pn_link_open(link);
    kept.open();
}

Result<void> Session::open_incoming(pn_link_t* link) {
    pn_terminus_t* const wanted = pn_link_remote_target(link);
    if (pn_terminus_get_type(wanted) != PN_TARGET) return fail(Errc::invalid, "the link has no target");
    std::optional<NodeAddress> node;
    pn_terminus_copy(pn_link_source(link), pn_link_remote_source(link));
    pn_terminus_copy(pn_link_target(link), wanted);
    if (pn_terminus_is_dynamic(wanted)) {
        node = NodeAddress{false, service_.temporary_topic()};
        pn_terminus_set_address(pn_link_target(link), node->topic.c_str());
    } else if (!address_of(wanted).empty()) {
        Result<NodeAddress> parsed = parse_target(address_of(wanted));
        if (parsed.has_error()) return parsed.error();
        node = std::move(*parsed);
        node->is_queue |= has_capability(wanted, "queue");
    }
    pn_link_set_snd_settle_mode(link, pn_link_remote_snd_settle_mode(link));
    pn_link_set_rcv_settle_mode(link, PN_RCV_FIRST);
    pn_link_set_max_message_size(link, service_.limits().message);
    keep(link, std::make_unique<IncomingLink>(link, context(), std::move(node)));
    return {};
}

Result<void> Session::open_outgoing(pn_link_t* link) {
    pn_terminus_t* const wanted = pn_link_remote_source(link);
    if (pn_terminus_get_type(wanted) != PN_SOURCE) return fail(Errc::invalid, "the link has no source");
    const std::string temporary = pn_terminus_is_dynamic(wanted) ? service_.temporary_topic() : std::string();
    const std::string_view address = temporary.empty() ? address_of(wanted) : std::string_view(temporary);
    Result<SourceAddress> source = parse_source(address, temporary.empty() && has_capability(wanted, "queue"));
    if (source.has_error()) return source.error();
    std::shared_ptr<Queue> queue;
    if (source->is_queue) {
        auto opened = service_.queues().open(source->filter.text(), wire_.shard());
        if (opened.has_error()) return opened.error();
        queue = std::move(*opened);
    }
    pn_terminus_copy(pn_link_target(link), pn_link_remote_target(link));
    pn_terminus_copy(pn_link_source(link), wanted);
    pn_data_clear(pn_terminus_filter(pn_link_source(link)));  // none is applied, and the answer says so [AMQP 3.5.3]
    if (!temporary.empty()) pn_terminus_set_address(pn_link_source(link), temporary.c_str());
    pn_link_set_snd_settle_mode(link, pn_link_remote_snd_settle_mode(link));
    pn_link_set_rcv_settle_mode(link, PN_RCV_FIRST);
    keep(link, std::make_unique<OutgoingLink>(link, context(), std::move(source->filter), std::move(queue), settling_of(link)));
    return {};
}

void Session::on_link_closed(pn_link_t* link) noexcept {
    const auto found = links_.find(link);
    if (found == links_.end()) return;
    std::shared_ptr<Link> closed = std::move(found->second);
    links_.erase(found);
    pn_link_set_context(link, nullptr);
    closed->close();
    // A subscriber may be in the middle of a delivery, further up on the stack.
    wire_.shard().post([last = std::move(closed)] {});
}

void Session::on_flow(pn_link_t* link) noexcept {
    if (auto* const known = static_cast<Link*>(pn_link_get_context(link))) known->on_flow();
}

void Session::on_delivery(pn_delivery_t* delivery) noexcept {
    if (auto* const known = static_cast<Link*>(pn_link_get_context(pn_delivery_link(delivery))))
        known->on_delivery(delivery);
    else
        engine_.discard(delivery);  // on a link that was refused
}

void Session::on_writable() noexcept {
    for (auto& [handle, link] : links_) link->on_writable();
}

void Session::on_lost(const Error& why) noexcept {
    connect_timer_.cancel();
    for (auto& [handle, link] : links_) link->close();
    links_.clear();
    if (why.code == Errc::closed || why.code == Errc::unreachable) return;
    if (const auto held = service_.refusals().pass()) {
        log::info("client_refused", {{"listener", service_.listener()}, {"peer", wire_.peer()}, {"reason", why.message},
                                     {"held_back", std::to_string(*held)}});
    }
}

}  // namespace rialto::amqp
