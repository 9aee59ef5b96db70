#include "adapters/amqp/backend/rabbitmq_queue.hpp"

#include <utility>

#include "adapters/amqp/backend/methods_0_9_1.hpp"
#include "core/answer.hpp"

namespace rialto::amqp {
namespace {

using v091::Method;

/// One question of ours, and the answer that has to come before the next.
struct Step {
    Method answer;
    Bytes question;  ///< sent when the answer of the step before has come
};

std::vector<Step> steps_for(const QueueLogin& login, const QueueWish& wish) {
    const std::string response = login.mechanism == "PLAIN" ? std::string(1, '\0') + login.user + '\0' + login.password : "";
    std::vector<Step> steps{{Method::connection_start, Bytes(v091::protocol_header)},
                            {Method::connection_tune, v091::start_ok(login.mechanism, response)},
                            {Method::connection_open_ok, v091::open(login.virtual_host)},
                            {Method::channel_open_ok, v091::channel_open()},
                            {Method::queue_declare_ok, v091::declare_queue(wish.queue)}};
    for (const std::string& key : wish.bind) {
        steps.push_back({Method::queue_bind_ok, v091::bind_queue(wish.queue, wish.exchange, key)});
    }
    for (const std::string& key : wish.unbind) {
        steps.push_back({Method::queue_unbind_ok, v091::unbind_queue(wish.queue, wish.exchange, key)});
    }
    steps.push_back({Method::connection_close_ok, v091::close_connection()});
    return steps;
}

/// The conversation. Owned by its wire; tells its end once, and nothing after forget().
class Conversation final : public StreamSession {
public:
    /// What a coroutine holds of it. Whichever goes first tells the other.
    struct Handle {
        ~Handle() {
            if (conversation) conversation->forget();
        }
            Conversation* conversation = nullptr;
    };

    Conversation(Wire& wire, std::vector<Step> steps, Answer<std::uint32_t>& done, Handle& handle)
        : wire_(wire), steps_(std::move(steps)), done_(&done), handle_(&handle) {
        handle.conversation = this;
        wire_.write(as_bytes(steps_.front().question));
    }
    ~Conversation() override {
        if (handle_) handle_->conversation = nullptr;
    }

    void close() { wire_.close(); }

    std::size_t on_bytes(ByteView bytes) override {
        const std::string_view all = as_text(bytes);
        std::size_t used = 0;
        v091::Frame frame;
        while (done_) {
            const v091::Reading reading = v091::read_frame(all.substr(used), frame);
            if (reading == v091::Reading::part) break;
            if (reading == v091::Reading::broken) {
                end(fail(Errc::protocol, "the broker does not speak AMQP 0-9-1 beside 1.0, so it is no RabbitMQ"));
                break;
            }
            used += frame.size;
            if (frame.method) hear(*frame.method, frame.arguments);
        }
        return done_ ? used : bytes.size();
    }
    void on_drain() override { wire_.close(); }
    void on_closed(const Error& reason) override {
        // Brokers that do not say why they refuse a login just hang up.
        const bool is_login = at_ == 1;
        if (done_) done_->give(is_login ? fail(Errc::refused, "the broker ended the connection at the login") : reason);
        done_ = nullptr;
    }

private:
    void forget() {
        done_ = nullptr;
        handle_ = nullptr;
    }

    void hear(Method method, std::string_view arguments) {
        if (method == Method::connection_close || method == Method::channel_close) return be_refused(arguments);
        if (method != steps_[at_].answer) {
            return end(fail(Errc::protocol, "the broker answered something else than what was asked"));
        }
        if (method == Method::queue_declare_ok) readers_ = v091::consumers_of(arguments);
        if (method == Method::connection_tune) wire_.write(as_bytes(v091::tune_ok(arguments)));
        if (++at_ == steps_.size()) return end(readers_);
        wire_.write(as_bytes(steps_[at_].question));
    }

    void be_refused(std::string_view arguments) {
        wire_.write(as_bytes(v091::close_connection_ok()));
        const v091::Refusal refusal = v091::refusal_of(arguments);
        constexpr std::uint16_t connection_forced = 320;
        const Errc code = refusal.code == connection_forced ? Errc::unreachable : Errc::refused;
        end(fail(code, "the broker refused the queue: " + refusal.text));
    }

    void end(Result<std::uint32_t> result) {
        if (done_) std::exchange(done_, nullptr)->give(std::move(result));
        wire_.close();
    }

    Wire& wire_;
    std::vector<Step> steps_;
    std::size_t at_ = 0;
    std::uint32_t readers_ = 0;
    Answer<std::uint32_t>* done_;
    Handle* handle_;
};

}  // namespace

boost::asio::awaitable<Result<std::uint32_t>> make_queue(Shard& shard, Dialing dialing, QueueLogin login, QueueWish wish) {
    Answer<std::uint32_t> done(shard.io());
    Conversation::Handle handle;
    std::vector<Step> steps = steps_for(login, wish);
    const auto within = dialing.within;
    const Result<void> dialed = co_await dial(shard, std::move(dialing), [&](Wire& wire) {
        return std::make_unique<Conversation>(wire, std::move(steps), done, handle);
    });
    if (!dialed) co_return dialed.error();
    Result<std::uint32_t> made = co_await done.wait(within, "the broker did not make the queue in time");
    if (handle.conversation) handle.conversation->close();
    co_return made;
}

}  // namespace rialto::amqp
