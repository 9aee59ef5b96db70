#include <hiredis/hiredis.h>
#include <sys/time.h>

#include <array>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "core/calls.hpp"
#include "core/log.hpp"
#include "core/store/engine.hpp"
#include "core/url.hpp"

namespace rialto::store {
namespace {

using namespace std::chrono_literals;

constexpr timeval answer_within{10, 0};
constexpr std::chrono::milliseconds lease = 10s;  // how long a gateway that is gone keeps others out
constexpr std::size_t keys_at_once = 500;
constexpr std::uint16_t default_port = 6379;

// A range of any size in pieces that a script may unpack.
constexpr std::string_view erase_range_script =
    "local n = 0 repeat local keys = redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], ARGV[2], 'LIMIT', 0, 1000) "
    "if #keys > 0 then redis.call('ZREM', KEYS[1], unpack(keys)) redis.call('HDEL', KEYS[2], unpack(keys)) end "
    "n = n + #keys until #keys < 1000 return n";

using Connection = std::unique_ptr<redisContext, Calls<redisFree>>;
using Reply = std::unique_ptr<redisReply, Calls<freeReplyObject>>;
using Words = std::vector<std::string_view>;

std::string_view text_of(const redisReply& reply) { return reply.str ? std::string_view(reply.str, reply.len) : std::string_view(); }

std::string random_token() {
    std::random_device random;
    std::string token;
    for (int i = 0; i < 4; ++i) token += std::to_string(random());
    return token;
}

Bytes from_inclusive(std::string_view key) { return Bytes("[").append(key); }
Bytes from_exclusive(std::string_view key) { return Bytes("(").append(key); }

/// Keys in a sorted set, for their order, and values in a hash; who may write is told by a lease.
class RedisServer final : public Engine {
public:
    RedisServer(const Url& url, std::string_view gateway)
        : url_(url),
          keys_("rialto:{" + std::string(gateway) + "}:keys"),
          values_("rialto:{" + std::string(gateway) + "}:values"),
          owner_("rialto:{" + std::string(gateway) + "}:owner") {}

    ~RedisServer() override {
        const std::lock_guard lock(mutex_);
        // Whoever is started next need not wait for the lease.
        if (!connection_) return;
        if (const auto ours = is_ours(); ours && *ours) static_cast<void>(ask({"DEL", owner_}));
    }

    Result<void> open() {
        const std::lock_guard lock(mutex_);
        const auto deadline = std::chrono::steady_clock::now() + lease + 2s;
        bool is_told = false;
        for (;;) {
            const auto ours = take_lease();
            if (ours.has_error()) return ours.error();
            if (*ours) return warn_if_forgetful();
            if (std::chrono::steady_clock::now() > deadline) {
                return fail(Errc::invalid, place() + " is in use: another gateway of this name keeps its sessions there");
            }
            if (!std::exchange(is_told, true)) log::info("waiting for the store: its last gateway did not leave it", {{"place", place()}});
            std::this_thread::sleep_for(200ms);
        }
    }

    Result<void> write(std::span<const Batch> batches) override {
        const std::lock_guard lock(mutex_);
        auto written = try_to_write(batches);
        if (!written) connection_.reset();  // whatever the answers to come belong to
        return written;
    }

    void idle() override {
        const std::lock_guard lock(mutex_);
        const std::string milliseconds = std::to_string(lease.count());
        const auto ours = is_ours();
        if (ours && *ours) static_cast<void>(ask({"PEXPIRE", owner_, milliseconds}));  // else the next write says so
    }

    Result<void> read(std::string_view from, std::string_view to, const Visit& visit) override {
        Bytes next = from_inclusive(from);
        const Bytes end = from_exclusive(to);
        const std::string limit = std::to_string(keys_at_once);
        for (;;) {
            std::vector<std::pair<Bytes, Bytes>> found;
            {
                const std::lock_guard lock(mutex_);
                auto keys = ask({"ZRANGEBYLEX", keys_, next, end, "LIMIT", "0", limit});
                if (keys.has_error()) return keys.error();
                if ((*keys)->elements == 0) return {};
                Words words{"HMGET", values_};
                for (std::size_t i = 0; i < (*keys)->elements; ++i) words.push_back(text_of(*(*keys)->element[i]));
                const auto values = ask(words);
                if (values.has_error()) return values.error();
                for (std::size_t i = 0; i < (*values)->elements; ++i) {
                    const redisReply& value = *(*values)->element[i];
                    if (value.type == REDIS_REPLY_STRING) found.emplace_back(text_of(*(*keys)->element[i]), text_of(value));
                }
                next = from_exclusive(text_of(*(*keys)->element[(*keys)->elements - 1]));
            }
            for (const auto& [key, value] : found) {
                if (!visit(key, value)) return {};
            }
        }
    }

    Result<std::optional<Bytes>> find(std::string_view key) override {
        const std::lock_guard lock(mutex_);
        const auto value = ask({"HGET", values_, key});
        if (value.has_error()) return value.error();
        return (*value)->type == REDIS_REPLY_STRING ? std::optional<Bytes>(text_of(**value)) : std::nullopt;
    }

    Result<std::optional<Bytes>> last_key(std::string_view from, std::string_view to) override {
        const std::lock_guard lock(mutex_);
        const auto keys = ask({"ZREVRANGEBYLEX", keys_, from_exclusive(to), from_inclusive(from), "LIMIT", "0", "1"});
        if (keys.has_error()) return keys.error();
        return (*keys)->elements == 1 ? std::optional<Bytes>(text_of(*(*keys)->element[0])) : std::nullopt;
    }

    std::string place() const override { return url_.text(); }

private:
    struct Sender {
        RedisServer& server;
        void put(std::string_view key, std::string_view value) {
            server.append({"ZADD", server.keys_, "0", key});
            server.append({"HSET", server.values_, key, value});
        }
        void erase(std::string_view key) {
            server.append({"ZREM", server.keys_, key});
            server.append({"HDEL", server.values_, key});
        }
        void erase_range(std::string_view from, std::string_view to) {
            server.append({"EVAL", erase_range_script, "2", server.keys_, server.values_, from_inclusive(from), from_exclusive(to)});
        }
    };

    Error unreachable(std::string_view why) const { return fail(Errc::unreachable, place() + ": " + std::string(why)); }

    /// All of it in one transaction, which Redis does not begin where the lease is somebody else's by then.
    Result<void> try_to_write(std::span<const Batch> batches) {
        if (const auto connected = connect(); !connected) return connected.error();
        append({"WATCH", owner_});
        if (const auto watched = answer(); watched.has_error()) return watched.error();
        const auto ours = take_lease();
        if (ours.has_error()) return ours.error();
        if (!*ours) return unreachable("another gateway of this name has taken it over");
        append({"MULTI"});
        const std::string milliseconds = std::to_string(lease.count());
        append({"PEXPIRE", owner_, milliseconds});
        Sender sender{*this};
        for (const Batch& batch : batches) batch.replay(sender);
        append({"EXEC"});
        while (waiting_ > 1) {
            if (const auto queued = answer(); queued.has_error()) return queued.error();
        }
        const auto done = answer();
        if (done.has_error()) return done.error();
        if ((*done)->type != REDIS_REPLY_ARRAY) return unreachable("the lease was lost");
        for (std::size_t i = 0; i < (*done)->elements; ++i) {
            const redisReply& one = *(*done)->element[i];
            if (one.type == REDIS_REPLY_ERROR) return unreachable(text_of(one));
        }
        return {};
    }

    Result<bool> is_ours() {
        const auto owner = ask({"GET", owner_});
        if (owner.has_error()) return owner.error();
        return (*owner)->type == REDIS_REPLY_STRING && text_of(**owner) == token_;
    }

    Result<bool> take_lease() {
        const auto ours = is_ours();
        if (ours.has_error() || *ours) return ours;
        const std::string milliseconds = std::to_string(lease.count());
        const auto taken = ask({"SET", owner_, token_, "NX", "PX", milliseconds});
        if (taken.has_error()) return taken.error();
        return (*taken)->type == REDIS_REPLY_STATUS;
    }

    Result<void> warn_if_forgetful() {
        const auto policy = ask({"CONFIG", "GET", "appendfsync"});
        const auto log_kept = ask({"CONFIG", "GET", "appendonly"});
        if (policy.has_error() || log_kept.has_error()) return {};  // it may not be asked: nothing is known
        const auto value = [](const Reply& reply) { return reply->elements == 2 ? text_of(*reply->element[1]) : ""; };
        if (value(*log_kept) == "yes" && value(*policy) == "always") return {};
        log::warn("the store may forget what it took when its machine fails: Redis keeps all with appendonly yes, appendfsync always",
                  {{"place", place()}, {"appendonly", std::string(value(*log_kept))}, {"appendfsync", std::string(value(*policy))}});
        return {};
    }

    Result<void> connect() {
        if (connection_) return {};
        waiting_ = 0;
        connection_.reset(redisConnectWithTimeout(url_.host.c_str(), url_.port.value_or(default_port), {5, 0}));
        if (!connection_ || connection_->err) return lost();
        redisSetTimeout(connection_.get(), answer_within);
        if (url_.password) {
            const bool has_user = !url_.user.empty() && url_.user != "default";
            const auto let_in = has_user ? ask({"AUTH", url_.user, *url_.password}) : ask({"AUTH", *url_.password});
            if (let_in.has_error()) return let_in.error();
        }
        if (url_.path.size() > 1) {
            const auto selected = ask({"SELECT", std::string_view(url_.path).substr(1)});
            if (selected.has_error()) return selected.error();
        }
        return {};
    }

    Error lost() {
        const Error why = unreachable(connection_ ? connection_->errstr : "no memory");
        connection_.reset();
        return why;
    }

    void append(const Words& words) {
        std::vector<const char*> texts;
        std::vector<std::size_t> sizes;
        for (const std::string_view word : words) {
            texts.push_back(word.data() ? word.data() : "");
            sizes.push_back(word.size());
        }
        redisAppendCommandArgv(connection_.get(), static_cast<int>(words.size()), texts.data(), sizes.data());
        ++waiting_;
    }

    Result<Reply> answer() {
        void* reply = nullptr;
        --waiting_;
        if (redisGetReply(connection_.get(), &reply) != REDIS_OK) return lost();
        Reply owned(static_cast<redisReply*>(reply));
        if (owned->type == REDIS_REPLY_ERROR) return unreachable(text_of(*owned));
        return owned;
    }

    Result<Reply> ask(const Words& words) {
        if (const auto connected = connect(); !connected) return connected.error();
        append(words);
        return answer();
    }

    const Url url_;
    const std::string keys_;
    const std::string values_;
    const std::string owner_;
    const std::string token_ = random_token();
    std::mutex mutex_;
    Connection connection_;
    std::size_t waiting_ = 0;  ///< answers that are to come
};

}  // namespace

Result<std::unique_ptr<Engine>> open_redis(const Url& url, std::string_view gateway) {
    auto server = std::make_unique<RedisServer>(url, gateway);
    if (const auto opened = server->open(); !opened) return opened.error();
    if (const auto checked = check_format(*server); !checked) return checked.error();
    return std::unique_ptr<Engine>(std::move(server));
}

}  // namespace rialto::store
