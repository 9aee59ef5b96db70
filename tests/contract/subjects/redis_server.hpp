#pragma once

#include <hiredis/hiredis.h>
#include <poll.h>
#include <signal.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/calls.hpp"
#include "tests/contract/other_side.hpp"
#include "tests/contract/process.hpp"

/// What the subjects that talk to a redis-server share. The database is 1.
namespace rialto::contract {

using Context = std::unique_ptr<redisContext, Calls<redisFree>>;
using Reply = std::unique_ptr<redisReply, Calls<freeReplyObject>>;

inline std::string text_of(const redisReply& reply) { return {reply.str, reply.len}; }

inline Reply run(redisContext& context, const std::vector<std::string>& words) {
    std::vector<const char*> starts;
    std::vector<std::size_t> sizes;
    for (const std::string& word : words) {
        starts.push_back(word.data());
        sizes.push_back(word.size());
    }
    Reply reply(static_cast<redisReply*>(
        redisCommandArgv(&context, static_cast<int>(words.size()), starts.data(), sizes.data())));
    if (!reply || reply->type == REDIS_REPLY_ERROR) {
        throw std::runtime_error("redis-server refused " + words.front() + (reply ? ": " + text_of(*reply) : ""));
    }
    return reply;
}

inline Context connect_to_redis(std::uint16_t port) {
    Context context(redisConnect("127.0.0.1", port));
    if (!context || context->err) throw std::runtime_error("redis-server can't be reached");
    run(*context, {"SELECT", "1"});
    return context;
}

/// The next reply that nobody asked for, or nothing within the time.
inline Reply next_pushed(redisContext& context, std::chrono::milliseconds within) {
    void* found = nullptr;
    while (redisGetReplyFromReader(&context, &found) == REDIS_OK && !found) {
        pollfd ready{context.fd, POLLIN, 0};
        if (::poll(&ready, 1, static_cast<int>(within.count())) != 1) return nullptr;
        if (redisBufferRead(&context) != REDIS_OK) throw std::runtime_error(context.errstr);
    }
    return Reply(static_cast<redisReply*>(found));
}

/// A redis-server of the test's own. It keeps what it has while it is away.
class RedisProcess {
public:
    explicit RedisProcess(std::vector<std::string> more_options = {}) : more_options_(std::move(more_options)) { restart(); }

    std::uint16_t port() const noexcept { return port_; }
    void pause() { server_->send_signal(SIGSTOP); }
    void resume() { server_->send_signal(SIGCONT); }
    void stop() { server_.reset(); }
    void restart() {
        std::vector<std::string> command{"redis-server", "--port", std::to_string(port_), "--bind", "127.0.0.1",
                                         "--save", "", "--appendonly", "yes", "--appendfsync", "always",
                                         "--dir", folder_.path().string()};
        command.insert(command.end(), more_options_.begin(), more_options_.end());
        server_ = std::make_unique<Process>(std::move(command));
        wait_for_port(port_, *server_);
        while (is_loading()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }

private:
    /// It accepts connections while it still reads what it kept.
    bool is_loading() {
        const Context context(redisConnect("127.0.0.1", port_));
        if (!context || context->err) throw std::runtime_error("redis-server can't be reached");
        const Reply reply(static_cast<redisReply*>(redisCommand(context.get(), "PING")));
        return reply && text_of(*reply).starts_with("LOADING");
    }

    std::vector<std::string> more_options_;
    TempFolder folder_;
    std::uint16_t port_ = free_port();
    std::unique_ptr<Process> server_;
};

}  // namespace rialto::contract
