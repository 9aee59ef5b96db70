#pragma once

#include <zmq.hpp>

namespace rialto::zeromq {

/// The one context of the process, with its threads. It ends with the process, after what sockets linger for: all of them
/// are closed by then. @thread any
zmq::context_t& shared_context();

}  // namespace rialto::zeromq
