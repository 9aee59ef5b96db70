#pragma once

#include <proton/types.h>

#include <list>
#include <map>
#include <string>

#include "adapters/amqp/backend/addressing.hpp"

namespace rialto::amqp {

/// The links that a sink sends on: one for everything where the broker lets messages say where they go, otherwise one for each
/// address, the least used of which are closed when there are too many. Lives on: one shard.
class SenderLinks {
public:
    struct Link {
        std::string address;   ///< empty: any
        pn_link_t* link = nullptr;
        bool is_open = false;
        std::size_t unsettled = 0;
    };

    /// Each of them is memory at the broker too.
    static constexpr std::size_t most = 256;

    /// Forgets all, and from now on attaches within `session`.
    void begin(pn_session_t* session, Dialect dialect, Node node);
    /// Has one link for everything. @param address  of its target; empty: the anonymous terminus
    void attach_common(const std::string& address);

    /// The link for an address, attached where it is not there yet; null where there is no room for one more now.
    Link* link_for(const std::string& address);
    Link* find(pn_link_t* link) noexcept;
    bool has_common() const noexcept { return has_common_; }
    /// It is gone.
    void forget(pn_link_t* link) noexcept;

private:
    Link& attach(const std::string& address);
    bool close_an_idle_one();

    pn_session_t* session_ = nullptr;
    Dialect dialect_ = Dialect::generic;
    Node node_ = Node::topic;
    bool has_common_ = false;
    std::list<Link> links_;  ///< last used first
    std::map<std::string, std::list<Link>::iterator, std::less<>> by_address_;
};

}  // namespace rialto::amqp
