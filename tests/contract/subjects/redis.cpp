#include <hiredis/hiredis.h>
#include <poll.h>
#include <signal.h>

#include <stdexcept>

#include "adapters/redis/adapter.hpp"
#include "adapters/redis/backend.hpp"
#include "tests/contract/adapter_under_test.hpp"
#include "tests/contract/credentials.hpp"
#include "tests/contract/other_side.hpp"
#include "tests/contract/process.hpp"

// RIALTO_TLS: the same over TLS, as a user of an access control list.

namespace rialto::contract {
namespace {

#ifdef RIALTO_TLS
constexpr bool uses_tls = true;
#else
constexpr bool uses_tls = false;
#endif

using Context = std::unique_ptr<redisContext, Calls<redisFree>>;
using Reply = std::unique_ptr<redisReply, Calls<freeReplyObject>>;

Context connect(std::uint16_t port) {
    Context context(redisConnect("127.0.0.1", port));
    if (!context || context->err) throw std::runtime_error("redis-server can't be reached");
    return context;
}

Reply run(redisContext& context, const char* format, const std::string& first, const std::string& second = {}) {
    Reply reply(static_cast<redisReply*>(
        redisCommand(&context, format, first.data(), first.size(), second.data(), second.size())));
    if (!reply || reply->type == REDIS_REPLY_ERROR) throw std::runtime_error("redis-server refused a command");
    return reply;
}

class RedisReader final : public RawReader {
public:
    RedisReader(std::uint16_t port, const std::string& pattern) : context_(connect(port)) {
        run(*context_, "PSUBSCRIBE %b", pattern);
    }

    std::optional<Raw> next(std::chrono::milliseconds within) override {
        void* found = nullptr;
        while (redisGetReplyFromReader(context_.get(), &found) == REDIS_OK && !found) {
            pollfd ready{context_->fd, POLLIN, 0};
            if (::poll(&ready, 1, static_cast<int>(within.count())) != 1) return std::nullopt;
            if (redisBufferRead(context_.get()) != REDIS_OK) throw std::runtime_error(context_->errstr);
        }
        const Reply reply(static_cast<redisReply*>(found));
        const redisReply& topic = *reply->element[2];
        const redisReply& payload = *reply->element[3];
        return Raw{std::string(topic.str, topic.len), Bytes(payload.str, payload.len)};
    }

private:
    Context context_;
};

class RedisServer final : public OtherSide {
public:
    RedisServer() {
        if (uses_tls) certificate_.emplace(folder_.path());
        restart();
    }

    std::unique_ptr<Backend> make_backend(Gateway& gateway, Shard& shard, std::string_view name) override {
        const auto adapter = redis::make_adapter(gateway);
        if (!uses_tls) {
            return backend_from(*adapter, shard, name, "redis://127.0.0.1:" + std::to_string(port_) + "/1");
        }
        return backend_from(*adapter, shard, name, "rediss://rialto:s%40cret@127.0.0.1:" + std::to_string(tls_port_),
                            [this](OptionValues& options) { options.set("tls", tls_trusting(certificate_->cert)); });
    }
    void publish(const Raw& message) override {
        if (!publisher_) publisher_ = connect(port_);
        run(*publisher_, "PUBLISH %b %b", message.topic, message.payload);
    }
    std::unique_ptr<RawReader> read(std::string_view pattern) override {
        std::string glob(pattern);
        if (glob.back() == '#') glob.back() = '*';
        return std::make_unique<RedisReader>(port_, glob);
    }
    void pause() override { server_->send_signal(SIGSTOP); }
    void resume() override { server_->send_signal(SIGCONT); }
    void stop() override {
        publisher_.reset();
        server_.reset();
    }
    void restart() override {
        const std::string tls_port = uses_tls ? std::to_string(tls_port_) : "0";
        std::vector<std::string> command{"redis-server", "--port", std::to_string(port_), "--bind", "127.0.0.1",
                                         "--save", "", "--dir", folder_.path().string(),
                                         "--user", "rialto", "on", ">s@cret", "~*", "&*", "+@all", "--tls-port", tls_port};
        if (uses_tls) {
            for (const auto& word : {std::string("--tls-cert-file"), certificate_->cert, std::string("--tls-key-file"),
                                     certificate_->key, std::string("--tls-auth-clients"), std::string("no")}) {
                command.push_back(word);
            }
        }
        server_ = std::make_unique<Process>(std::move(command));
        wait_for_port(uses_tls ? tls_port_ : port_, *server_);
        wait_for_port(port_, *server_);
    }

private:
    TempFolder folder_;
    std::optional<Certificate> certificate_;
    std::uint16_t port_ = free_port();
    std::uint16_t tls_port_ = free_port();
    std::unique_ptr<Process> server_;
    Context publisher_;
};

}  // namespace

Abilities claimed_abilities() { return redis::Backend::all_abilities(); }
std::unique_ptr<OtherSide> start_other_side() { return std::make_unique<RedisServer>(); }

}  // namespace rialto::contract
