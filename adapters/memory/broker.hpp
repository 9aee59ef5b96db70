#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/memory/link.hpp"
#include "core/error.hpp"
#include "core/message.hpp"
#include "core/receipt.hpp"
#include "core/retained.hpp"
#include "core/topic.hpp"

namespace rialto::memory {

/// A broker inside this process, the reference of what a backend may expect: it keeps a client's messages until they
/// are settled, confirms what it takes, keeps last values, and does not send a client what the client wrote itself.
/// A client's session (its patterns and what it has not settled) outlives its connections.
///
/// Tests hold it by its name and have it fail in the ways in which real ones fail. @thread any
class Broker {
public:
    /// The broker of this name: the same one for everybody who asks while somebody holds it.
    static std::shared_ptr<Broker> named(std::string_view name);

    // What clients do. A link that was detached or lost is answered with nothing.

    /// Begins or continues the session of `client` with these patterns. A pattern that is new to it brings the last
    /// values that it matches. @error unreachable  as refuse_connections() said
    Result<void> attach_reader(const Ref<Link>& link, std::string_view client, std::vector<TopicFilter> patterns);
    /// @error unreachable  as refuse_connections() said
    Result<void> attach_writer(const Ref<Link>& link, std::string_view client);
    void detach(Link& link);

    /// At most `most` messages that wait for this reader, oldest first; each is unsettled from now on.
    std::vector<Held> take(Link& reader, std::size_t most);
    /// The reader is done with a message that it took.
    void settle(Link& reader, std::uint64_t number);
    /// Takes a message over and tells the writer's Client::confirmed(number).
    void publish(Link& writer, const MessagePtr& message, std::uint64_t number);

    // What tests do.

    /// From now on nobody can connect; those who are connected stay.
    void refuse_connections(Error why);
    void accept_connections();
    /// Breaks every connection; sessions stay.
    void lose_connections(const Error& reason);
    /// Takes messages without saying so, until confirm_held().
    void hold_confirmations();
    void confirm_held();
    /// How messages that come from now on are answered; those not accepted reach nobody.
    void answer_with(Outcome outcome);
    /// Publishes as a client without a name.
    void publish(const MessagePtr& message);
    /// The last values that `pattern` asks for.
    std::vector<MessagePtr> last_values(const TopicFilter& pattern) const { return retained_.matching(pattern); }
    /// What clients published here, in order.
    std::vector<MessagePtr> published() const;
    /// Messages that the session of `client` has not settled, those not yet taken among them.
    std::size_t unsettled(std::string_view client) const;

private:
    struct Session {
        std::vector<TopicFilter> patterns;
        std::deque<Held> messages;  ///< the first `taken` of them are with the reader
        std::size_t taken = 0;
        Ref<Link> reader;
    };
    struct Connection {
        Ref<Link> link;
        std::string client;
    };
    struct Confirmation {
        Ref<Link> writer;
        std::uint64_t number;
        Outcome outcome;
    };

    static constexpr std::size_t most_kept = 100'000;  // messages a session; more is a test that went wrong

    Result<void> attach(const Ref<Link>& link, std::string_view client);
    const std::string* client_of(const Link& link) const;
    Session* session_read_by(const Link& reader);
    void spread(const MessagePtr& message, std::string_view from);
    void keep(Session& session, const MessagePtr& message);
    void confirm(Confirmation confirmation);
    static void tell_ready(const Ref<Link>& reader);

    mutable std::mutex mutex_;
    std::map<std::string, Session, std::less<>> sessions_;
    std::vector<Connection> connections_;
    RetainedMessages retained_;
    std::vector<MessagePtr> published_;
    std::vector<Confirmation> held_confirmations_;
    std::optional<Error> refusal_;
    Outcome answer_ = Outcome::accepted;
    bool holds_confirmations_ = false;
    std::uint64_t last_number_ = 0;
};

}  // namespace rialto::memory
