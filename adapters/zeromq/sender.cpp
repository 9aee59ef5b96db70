#include "adapters/zeromq/sender.hpp"

#include <utility>

namespace rialto::zeromq {
namespace {

// Below this a copy is cheaper than a reference that comes back from another thread.
constexpr std::size_t worth_sharing = 4096;

/// A part that shares the payload: the message lives until ZeroMQ's thread has written it.
zmq::message_t payload_part(const MessagePtr& message) {
    const ByteView payload = message->payload();
    if (payload.size() < worth_sharing) return zmq::message_t(payload.data(), payload.size());
    intrusive_ptr_add_ref(message.get());
    const auto release = [](void*, void* owner) { intrusive_ptr_release(static_cast<const Message*>(owner)); };
    return zmq::message_t(const_cast<std::uint8_t*>(payload.data()), payload.size(), release,
                          const_cast<Message*>(message.get()));
}

}  // namespace

void Sender::send_all() {
    if (is_publisher()) read_subscriptions();
    while (!queue_.empty()) {
        const MessagePtr& message = queue_.front().message;
        if (parts_.empty() && is_publisher() && !interest_.wants(first_part_of(*message, format_))) {
            unwanted_.add();
        } else {
            if (parts_.empty()) encode(message);
            if (!send_parts()) break;
        }
        Receipt receipt = std::move(queue_.front().receipt);
        queue_.pop_front();
        receipt.settle(Outcome::accepted);
    }
    if (is_publisher()) read_subscriptions();  // sending may have used up the news of them
}

void Sender::read_subscriptions() {
    while (socket_.receive(notice_, 1) != 0) interest_.take({notice_[0].data<std::uint8_t>(), notice_[0].size()});
}

void Sender::encode(const MessagePtr& message) {
    if (format_ != Format::one_part) parts_.emplace_back(message->topic().data(), message->topic().size());
    if (const auto headers = header_part_of(*message, format_)) parts_.emplace_back(headers->data(), headers->size());
    parts_.push_back(payload_part(message));
    next_part_ = 0;
}

bool Sender::send_parts() {
    for (; next_part_ < parts_.size(); ++next_part_) {
        if (!socket_.send(parts_[next_part_], next_part_ + 1 < parts_.size())) return false;
    }
    parts_.clear();
    return true;
}

void Sender::release_all() {
    parts_.clear();
    for (Entry& entry : std::exchange(queue_, {})) entry.receipt.settle(Outcome::released);
}

}  // namespace rialto::zeromq
