#pragma once

#include <proton/connection_driver.h>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace rialto::contract {

/// A blocking AMQP 1.0 client of a few calls: Proton's engine and messages on a plain socket, and nothing of the adapter's.
/// The user is rialto with the password bridge. What goes wrong is thrown.
class RawAmqp {
public:
    explicit RawAmqp(std::uint16_t port);
    ~RawAmqp();
    RawAmqp(const RawAmqp&) = delete;
    RawAmqp& operator=(const RawAmqp&) = delete;

    struct Message {
        std::string to;
        std::string subject;
        std::string body;
    };

    /// Sends one durable message and waits until the broker has accepted it.
    /// @param target  of the link; empty: the anonymous terminus
    void publish(const std::string& target, const Message& message);
    /// What is published after the call arrives.
    void subscribe(const std::string& source);
    /// The next message, or nothing within the time. Each is accepted.
    std::optional<Message> next(std::chrono::milliseconds within);

private:
    bool run_until(const std::function<bool()>& done, std::chrono::milliseconds within);
    void turn(int wait_ms);
    void handle(pn_event_t* event);
    void take(pn_delivery_t* delivery);
    pn_link_t* sender_to(const std::string& target);

    int socket_ = -1;
    pn_connection_driver_t driver_{};
    pn_session_t* session_ = nullptr;
    std::map<std::string, pn_link_t*> senders_;
    std::deque<Message> messages_;
    std::string trouble_;
};

}  // namespace rialto::contract
