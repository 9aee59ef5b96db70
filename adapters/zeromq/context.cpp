#include "adapters/zeromq/context.hpp"

namespace rialto::zeromq {
namespace {

constexpr int most_sockets = 16384;  // each of ours takes three: itself and its monitor's two ends

}  // namespace

zmq::context_t& shared_context() {
    static zmq::context_t context(1, most_sockets);
    return context;
}

}  // namespace rialto::zeromq
