#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>

#include "bridge/builtin_adapters.hpp"
#include "bridge/cli/client.hpp"
#include "bridge/route_plan.hpp"

namespace rialto::bridge {
namespace {

using boost::asio::awaitable;
using namespace std::chrono_literals;

constexpr std::uint32_t credit = 1000;       // messages that wait here to be printed, at most
constexpr std::size_t most_unconfirmed = 1000;
constexpr auto patience = 10s;

/// What the shard's thread tells the waiting one. @thread any
class Progress {
public:
    void sent() {
        const std::lock_guard lock(mutex_);
        ++unconfirmed_;
    }
    void settled(Outcome outcome) {
        const std::lock_guard lock(mutex_);
        --unconfirmed_;
        if (outcome == Outcome::rejected && !error_) error_ = fail(Errc::refused, "the broker refuses the message");
        if (outcome == Outcome::released && !error_) error_ = fail(Errc::unreachable, "the connection was lost before the broker confirmed");
        changed_.notify_all();
    }
    void arrived(MessagePtr message, Receipt receipt) {
        const std::lock_guard lock(mutex_);
        arrived_.push_back({std::move(message), std::move(receipt)});
        changed_.notify_all();
    }
    void lost(Error reason) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::move(reason);
        changed_.notify_all();
    }

    Result<void> wait_until_unconfirmed_at_most(std::size_t count) {
        std::unique_lock lock(mutex_);
        const bool done = changed_.wait_for(lock, patience, [&] { return error_ || unconfirmed_ <= count; });
        if (error_) return *error_;
        if (!done) return fail(Errc::timed_out, "the broker does not confirm");
        return {};
    }

    struct Arrived {
        MessagePtr message;
        Receipt receipt;
    };
    /// What came before the connection was lost still counts.
    Result<Arrived> wait_for_message(std::chrono::milliseconds within) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, within, [&] { return error_ || !arrived_.empty(); });
        if (arrived_.empty() && error_) return *error_;
        if (arrived_.empty()) return Arrived{};
        Arrived first = std::move(arrived_.front());
        arrived_.pop_front();
        return first;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t unconfirmed_ = 0;
    std::deque<Arrived> arrived_;
    std::optional<Error> error_;
};

class Confirmations final : public Settler {
public:
    Confirmations(Shard& home, Progress& progress) : Settler(home), progress_(progress) {}
    void settled(std::uint64_t, Outcome outcome) noexcept override { progress_.settled(outcome); }

private:
    Progress& progress_;
};

/// A gateway of one shard with one backend, and no bus to speak of.
class AdapterClient final : public Client, private Inlet, private SinkWatcher {
public:
    AdapterClient() : gateway_({"rialto-" + std::to_string(::getpid()), 1, true}) { add_builtin_adapters(gateway_); }
    ~AdapterClient() override { gateway_.stop(); }

    Result<void> make(const EndpointConfig& endpoint) {
        auto backend = find_adapter(gateway_, endpoint).make_backend(endpoint.backend_settings(), shard());
        if (backend.has_error()) return backend.error();
        backend_ = std::move(*backend);
        gateway_.start();
        return {};
    }

    Result<void> open_for_publishing() override {
        if (!backend_->abilities().writes) return fail(Errc::invalid, "nothing can be published there");
        confirmations_ = new Confirmations(shard(), progress_);
        return run([this] { return open_sink(); });
    }

    Result<void> publish(const MessagePtr& message) override {
        if (auto room = progress_.wait_until_unconfirmed_at_most(most_unconfirmed); room.has_error()) return room;
        progress_.sent();
        shard().post([this, message] { sink_->send(message, Receipt(confirmations_, 0)); });
        return {};
    }

    Result<void> finish_publishing() override {
        if (auto confirmed = progress_.wait_until_unconfirmed_at_most(0); confirmed.has_error()) return confirmed;
        return run([this] { return close_sink(); });
    }

    Result<void> subscribe(const std::vector<TopicFilter>& filters) override {
        if (!backend_->abilities().reads) return fail(Errc::invalid, "nothing can be subscribed to there");
        filters_ = filters;
        return run([this] { return open_source(); });
    }

    Result<MessagePtr> next(std::chrono::milliseconds within) override {
        settle_last();
        auto arrived = progress_.wait_for_message(within);
        if (arrived.has_error()) return arrived.error();
        last_ = std::move(*arrived);
        return last_.message;
    }

    void finish_subscribing() override {
        settle_last();
        (void)run([this] { return close_source(); });
    }

private:
    Shard& shard() noexcept { return gateway_.shard(0); }

    /// Runs a coroutine of ours on the shard and waits for its end.
    Result<void> run(std::function<awaitable<Result<void>>()> task) {
        auto ended = std::make_shared<std::promise<Result<void>>>();
        auto future = ended->get_future();
        shard().post([this, task = std::move(task), ended] {
            boost::asio::co_spawn(shard().io(), task(), [ended](const std::exception_ptr&, Result<void> result) {
                ended->set_value(std::move(result));
            });
        });
        if (future.wait_for(patience) != std::future_status::ready) return fail(Errc::timed_out, "no answer within 10 s");
        return future.get();
    }

    awaitable<Result<void>> open_sink() {
        sink_ = backend_->make_sink();
        co_return co_await sink_->open(*this);
    }
    awaitable<Result<void>> close_sink() {
        co_await sink_->close();
        co_return Result<void>();
    }
    awaitable<Result<void>> open_source() {
        source_ = backend_->make_source(filters_);
        auto opened = co_await source_->open(*this);
        if (opened.has_value()) source_->grant(credit);
        co_return opened;
    }
    awaitable<Result<void>> close_source() {
        co_await source_->close();
        co_return Result<void>();
    }

    void settle_last() {
        if (!last_.message) return;
        last_.message = nullptr;
        last_.receipt.settle(Outcome::accepted);
        shard().post([this] { source_->grant(1); });
    }

    void accept(MessagePtr message, Receipt receipt) noexcept override {
        progress_.arrived(std::move(message), std::move(receipt));
    }
    void lost(Error reason) noexcept override { progress_.lost(std::move(reason)); }

    Gateway gateway_;
    Progress progress_;
    std::unique_ptr<Backend> backend_;
    std::unique_ptr<Sink> sink_;
    std::unique_ptr<Source> source_;
    Ref<Confirmations> confirmations_;
    std::vector<TopicFilter> filters_;
    Progress::Arrived last_;
};

}  // namespace

Result<std::unique_ptr<Client>> make_adapter_client(const EndpointConfig& endpoint) {
    auto client = std::make_unique<AdapterClient>();
    if (auto made = client->make(endpoint); made.has_error()) return made.error();
    return std::unique_ptr<Client>(std::move(client));
}

}  // namespace rialto::bridge
