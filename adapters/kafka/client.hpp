#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <future>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "adapters/kafka/settings.hpp"
#include "core/shard.hpp"

namespace rialto::kafka {

/// Ends clients. That may take as long as the network does, and no shard may wait for it. librdkafka 2.0 never comes to an
/// end with some consumers whose broker went away and came back (its issue 4674): they are left behind.
/// @thread bury: one; destroyed when all are gone, or have had two seconds for it
class Undertaker {
public:
    Undertaker() = default;
    Undertaker(const Undertaker&) = delete;
    Undertaker& operator=(const Undertaker&) = delete;
    ~Undertaker();

    /// @param user  a thread that uses the client still; it goes first
    void bury(rd_kafka_t* client, std::future<void> user);

private:
    std::list<std::future<void>> burials_;
};

/// Hears what the library says. Lives on: the client's shard.
class ClientUser {
public:
    /// May detach() and drop the client.
    virtual void on_event(rd_kafka_event_t& event) noexcept = 0;
    /// The answer to list_topics(). May detach() and drop the client.
    virtual void on_topics(const std::set<std::string>&) noexcept {}
    /// Whether messages are welcome now; other events always are.
    virtual bool wants_messages() const noexcept { return false; }

protected:
    ~ClientUser() = default;
};

/// One librdkafka instance, whose two queues (one of messages, one of everything else) are looked at when their eventfd
/// says so, and from time to time: a consumer that does not look is thrown out of its group. Lives on: one shard.
class Client {
public:
    /// @error invalid  the properties contradict each other
    static Result<std::unique_ptr<Client>> create(Shard& shard, rd_kafka_type_t type, Conf conf, ClientUser& user,
                                                  std::shared_ptr<Undertaker> undertaker);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    rd_kafka_t* handle() const noexcept { return handle_; }
    rd_kafka_queue_t* queue() const noexcept { return queue_.get(); }
    /// Where partitions' messages have to be forwarded to.
    rd_kafka_queue_t* messages() const noexcept { return messages_.get(); }

    /// Looks soon: messages are welcome again.
    void look();
    /// Asks for the names of all topics that there are now, on a thread of its own: the library has no other way. Asked once;
    /// no answer within the time is none.
    void list_topics(std::chrono::milliseconds within);
    /// The user hears nothing more.
    void detach() noexcept { user_ = nullptr; }

private:
    struct Watch;
    using Queue = std::unique_ptr<rd_kafka_queue_t, Calls<rd_kafka_queue_destroy>>;

    Client(Shard& shard, rd_kafka_t* handle, Queue queue, ClientUser& user, std::shared_ptr<Undertaker> undertaker);
    void watch();
    void drain();

    Shard& shard_;
    rd_kafka_t* handle_;
    Queue queue_;
    Queue messages_;
    ClientUser* user_;
    std::shared_ptr<Undertaker> undertaker_;
    Timer timer_;
    int signal_ = -1;  ///< the eventfd
    std::weak_ptr<Watch> watch_;
    bool is_draining_ = false;

    std::future<std::optional<std::set<std::string>>> topics_;
    std::future<void> listing_;  ///< the thread
    std::shared_ptr<std::atomic<bool>> is_over_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace rialto::kafka
