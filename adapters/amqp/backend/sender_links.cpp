#include "adapters/amqp/backend/sender_links.hpp"

#include <proton/link.h>
#include <proton/terminus.h>

#include <algorithm>

#include "adapters/amqp/backend/message_form.hpp"

namespace rialto::amqp {

void SenderLinks::begin(pn_session_t* session, Dialect dialect, Node node) {
    session_ = session;
    dialect_ = dialect;
    node_ = node;
    has_common_ = false;
    by_address_.clear();
    links_.clear();
}

void SenderLinks::attach_common(const std::string& address) {
    has_common_ = true;
    attach(address);
}

SenderLinks::Link& SenderLinks::attach(const std::string& address) {
    const std::string name = "to " + (address.empty() ? "any" : address);
    pn_link_t* const link = pn_sender(session_, name.c_str());
    pn_terminus_set_address(pn_link_source(link), name.c_str());
    pn_terminus_t* const target = pn_link_target(link);
    pn_terminus_set_type(target, PN_TARGET);
    if (!address.empty()) {
        pn_terminus_set_address(target, address.c_str());
        if (!has_common_) set_node_capability(target, dialect_, node_);
    }
    pn_link_set_snd_settle_mode(link, PN_SND_UNSETTLED);
    pn_link_set_rcv_settle_mode(link, PN_RCV_FIRST);
    pn_link_open(link);
    links_.push_front({address, link});
    by_address_.emplace(address, links_.begin());
    return links_.front();
}

SenderLinks::Link* SenderLinks::link_for(const std::string& address) {
    if (has_common_) return links_.empty() ? nullptr : &links_.front();
    if (const auto known = by_address_.find(address); known != by_address_.end()) {
        links_.splice(links_.begin(), links_, known->second);
        return &links_.front();
    }
    if (links_.size() >= most && !close_an_idle_one()) return nullptr;
    return &attach(address);
}

bool SenderLinks::close_an_idle_one() {
    const auto idle = std::find_if(links_.rbegin(), links_.rend(), [](const Link& link) { return link.is_open && link.unsettled == 0; });
    if (idle == links_.rend()) return false;
    pn_link_close(idle->link);
    forget(idle->link);
    return true;
}

SenderLinks::Link* SenderLinks::find(pn_link_t* link) noexcept {
    const auto found = std::find_if(links_.begin(), links_.end(), [link](const Link& known) { return known.link == link; });
    return found == links_.end() ? nullptr : &*found;
}

void SenderLinks::forget(pn_link_t* link) noexcept {
    const auto found = std::find_if(links_.begin(), links_.end(), [link](const Link& known) { return known.link == link; });
    if (found == links_.end()) return;
    by_address_.erase(found->address);
    links_.erase(found);
}

}  // namespace rialto::amqp
