#include "adapters/kafka/client.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <thread>

#include "core/log.hpp"

namespace rialto::kafka {
namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 1s;
constexpr auto longest_farewell = 2s;
constexpr int events_at_once = 256;  // then others of the shard have their turn
const std::uint64_t one = 1;

using Event = std::unique_ptr<rd_kafka_event_t, Calls<rd_kafka_event_destroy>>;

/// @thread the library's. What matters comes as an event too.
void log_line(const rd_kafka_t* client, int, const char* facility, const char* text) {
    log::debug("librdkafka", {{"client", client ? rd_kafka_name(client) : ""}, {"about", facility}, {"says", text}});
}

bool is_ready(const auto& future) { return future.wait_for(0s) == std::future_status::ready; }

/// Asks again each second, so that the end of the client is noticed. @thread its own
std::optional<std::set<std::string>> names_of_topics(rd_kafka_t* client, Instant deadline, const std::atomic<bool>& is_over) {
    const rd_kafka_metadata_t* found = nullptr;
    while (!is_over && Clock::now() < deadline) {
        if (rd_kafka_metadata(client, 1, nullptr, &found, 1000) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        std::set<std::string> names;
        for (int at = 0; at < found->topic_cnt; ++at) names.insert(found->topics[at].topic);
        rd_kafka_metadata_destroy(found);
        return names;
    }
    return std::nullopt;
}

}  // namespace

void Undertaker::bury(rd_kafka_t* client, std::future<void> user) {
    burials_.remove_if([](const auto& burial) { return is_ready(burial); });
    std::promise<void> over;
    burials_.push_back(over.get_future());
    std::thread([client, user = std::move(user), over = std::move(over)]() mutable {
        if (user.valid()) user.wait();
        rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        over.set_value();
    }).detach();
}

Undertaker::~Undertaker() {
    const Instant deadline = Clock::now() + longest_farewell;
    const auto left_behind = std::count_if(burials_.begin(), burials_.end(), [deadline](const auto& burial) {
        return burial.wait_until(deadline) != std::future_status::ready;
    });
    if (left_behind != 0) log::warn("librdkafka does not end", {{"clients", std::to_string(left_behind)}});
}

/// What waits on the eventfd. Owned by its own wait, so that it goes with the shard's loop where that ends first.
struct Client::Watch : std::enable_shared_from_this<Watch> {
    Watch(boost::asio::io_context& io, int signal, Client& to) : descriptor(io, ::dup(signal)), client(&to) {}

    void arm() {
        descriptor.async_read_some(boost::asio::buffer(&count, sizeof count),
                                   [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                                       if (error || !self->client) return;
                                       self->arm();
                                       self->client->drain();
                                   });
    }

    boost::asio::posix::stream_descriptor descriptor;
    Client* client;
    std::uint64_t count = 0;
};

Result<std::unique_ptr<Client>> Client::create(Shard& shard, rd_kafka_type_t type, Conf conf, ClientUser& user,
                                               std::shared_ptr<Undertaker> undertaker) {
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_REBALANCE |
                                             RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_ERROR);
    rd_kafka_conf_set_log_cb(conf.get(), log_line);
    std::array<char, 512> why{};
    rd_kafka_t* const handle = rd_kafka_new(type, conf.get(), why.data(), why.size());
    if (!handle) return fail(Errc::invalid, "librdkafka: " + std::string(why.data()));
    static_cast<void>(conf.release());  // the client's now
    if (type == RD_KAFKA_CONSUMER) rd_kafka_poll_set_consumer(handle);
    Queue queue(type == RD_KAFKA_CONSUMER ? rd_kafka_queue_get_consumer(handle) : rd_kafka_queue_get_main(handle));
    std::unique_ptr<Client> client(new Client(shard, handle, std::move(queue), user, std::move(undertaker)));
    client->watch();
    return client;
}

Client::Client(Shard& shard, rd_kafka_t* handle, Queue queue, ClientUser& user, std::shared_ptr<Undertaker> undertaker)
    : shard_(shard),
      handle_(handle),
      queue_(std::move(queue)),
      messages_(rd_kafka_queue_new(handle)),
      user_(&user),
      undertaker_(std::move(undertaker)),
      timer_([this] {
          shard_.arm(timer_, look_every);
          drain();
      }) {}

void Client::watch() {
    signal_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    const auto watch = std::make_shared<Watch>(shard_.io(), signal_, *this);
    watch_ = watch;
    watch->arm();
    rd_kafka_queue_io_event_enable(queue_.get(), signal_, &one, sizeof one);
    rd_kafka_queue_io_event_enable(messages_.get(), signal_, &one, sizeof one);
    shard_.arm(timer_, look_every);
    look();  // for what was there before
}

Client::~Client() {
    if (const auto watch = watch_.lock()) {
        watch->client = nullptr;
        watch->descriptor.close();
    }
    rd_kafka_queue_io_event_enable(queue_.get(), -1, nullptr, 0);
    rd_kafka_queue_io_event_enable(messages_.get(), -1, nullptr, 0);
    ::close(signal_);
    queue_.reset();
    messages_.reset();
    *is_over_ = true;
    undertaker_->bury(handle_, std::move(listing_));
}

void Client::list_topics(std::chrono::milliseconds within) {
    std::promise<std::optional<std::set<std::string>>> answer;
    topics_ = answer.get_future();
    listing_ = std::async(std::launch::async, [handle = handle_, deadline = Clock::now() + within, is_over = is_over_,
                                               signal = ::dup(signal_), answer = std::move(answer)]() mutable {
        answer.set_value(names_of_topics(handle, deadline, *is_over));
        static_cast<void>(::write(signal, &one, sizeof one) == 0);  // the loop looks
        ::close(signal);
    });
}

void Client::look() {
    boost::asio::post(shard_.io(), [watch = watch_] {
        const auto held = watch.lock();
        if (held && held->client) held->client->drain();
    });
}

void Client::drain() {
    if (is_draining_) return;
    is_draining_ = true;
    if (user_ && topics_.valid() && is_ready(topics_)) {
        if (const auto names = topics_.get()) user_->on_topics(*names);
    }
    for (int count = 0; user_ && count < events_at_once; ++count) {
        Event event(rd_kafka_queue_poll(queue_.get(), 0));
        if (!event && user_->wants_messages()) event.reset(rd_kafka_queue_poll(messages_.get(), 0));
        if (!event) {
            is_draining_ = false;
            return;
        }
        user_->on_event(*event);
    }
    is_draining_ = false;
    if (user_) look();
}

}  // namespace rialto::kafka
