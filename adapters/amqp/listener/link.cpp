#include "adapters/amqp/listener/link.hpp"

#include <proton/connection.h>
#include <proton/link.h>

namespace rialto::amqp {

void Link::refuse_more(const Condition& why) {
    if ((pn_link_state(link_) & PN_LOCAL_ACTIVE) == 0) return;
    set(pn_link_condition(link_), why);
    pn_link_close(link_);
    context_.engine.wake();
}

Condition condition_of(const Error& error) {
    switch (error.code) {
        case Errc::refused:
            return {condition::not_allowed, error.message};
        case Errc::over_limit:
            return {condition::resource_limit, error.message};
        case Errc::protocol:
            return {condition::decode_error, error.message};
        case Errc::invalid:
            return {condition::invalid_field, error.message};
        default:
            return {condition::internal_error, error.message};
    }
}

}  // namespace rialto::amqp
