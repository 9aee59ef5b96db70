#include <map>
#include <thread>

#include "adapters/redis/adapter.hpp"
#include "adapters/redis/streams/backend.hpp"
#include "core/topic.hpp"
#include "tests/contract/adapter_under_test.hpp"
#include "tests/contract/subjects/redis_server.hpp"

// RIALTO_ONE_STREAM: everything in the stream "events".

namespace rialto::contract {
namespace {

using namespace std::chrono_literals;

#ifdef RIALTO_ONE_STREAM
constexpr bool is_one_stream = true;
#else
constexpr bool is_one_stream = false;
#endif

const std::string the_stream = "events";

/// Reads entries in the order in which they were added, whatever their streams: Redis announces each.
class StreamReader final : public RawReader {
public:
    StreamReader(std::uint16_t port, std::string_view pattern)
        : announcements_(connect_to_redis(port)), reading_(connect_to_redis(port)), filter_(TopicFilter::parse(pattern).value()) {
        run(*announcements_, {"SUBSCRIBE", "__keyevent@1__:xadd"});
        const Reply keys = run(*reading_, {"KEYS", "*"});
        for (std::size_t i = 0; i < keys->elements; ++i) {
            const std::string key = text_of(*keys->element[i]);
            const Reply last = run(*reading_, {"XREVRANGE", key, "+", "-", "COUNT", "1"});
            if (last->elements != 0) last_[key] = text_of(*last->element[0]->element[0]);
        }
    }

    std::optional<Raw> next(std::chrono::milliseconds within) override {
        while (const Reply announced = next_pushed(*announcements_, within)) {
            const Raw found = read(text_of(*announced->element[2]));
            if (filter_.matches(found.topic)) return found;
        }
        return std::nullopt;
    }

private:
    Raw read(const std::string& key) {
        std::string& last = last_.try_emplace(key, "0-0").first->second;
        const Reply range = run(*reading_, {"XRANGE", key, "(" + last, "+", "COUNT", "1"});
        const redisReply& entry = *range->element[0];
        last = text_of(*entry.element[0]);
        Raw found{key, {}, false};
        const redisReply& fields = *entry.element[1];
        for (std::size_t i = 0; i + 1 < fields.elements; i += 2) {
            const std::string name = text_of(*fields.element[i]);
            if (name == "topic") found.topic = text_of(*fields.element[i + 1]);
            if (name == "body") found.payload = text_of(*fields.element[i + 1]);
            if (name == "retain") found.retain = true;
        }
        return found;
    }

    Context announcements_;
    Context reading_;
    TopicFilter filter_;
    std::map<std::string, std::string> last_;
};

class StreamServer final : public OtherSide {
public:
    std::unique_ptr<Backend> make_backend(Gateway& gateway, Shard& shard, std::string_view name) override {
        const auto adapter = redis::make_adapter(gateway);
        return backend_from(*adapter, shard, name, "redis+stream://127.0.0.1:" + std::to_string(server_.port()) + "/1",
                            [](OptionValues& options) {
                                if (is_one_stream) options.set("stream", the_stream);
                                options.set("scan_interval", OptionValue(std::chrono::milliseconds(50)));
                            });
    }
    void publish(const Raw& message) override {
        if (!publisher_) publisher_ = connect_to_redis(server_.port());
        if (is_one_stream) {
            run(*publisher_, {"XADD", the_stream, "*", "topic", message.topic, "body", message.payload});
            return;
        }
        run(*publisher_, {"XADD", message.topic, "*", "body", message.payload});
        // Between streams there is no order but that of their milliseconds.
        std::this_thread::sleep_for(1100us);
    }
    std::unique_ptr<RawReader> read(std::string_view pattern) override {
        return std::make_unique<StreamReader>(server_.port(), pattern);
    }
    void pause() override { server_.pause(); }
    void resume() override { server_.resume(); }
    void stop() override {
        publisher_.reset();
        server_.stop();
    }
    void restart() override { server_.restart(); }

private:
    RedisProcess server_{{"--notify-keyspace-events", "Et"}};
    Context publisher_;
};

}  // namespace

Abilities claimed_abilities() { return redis::streams::Backend::all_abilities(); }
std::unique_ptr<OtherSide> start_other_side() { return std::make_unique<StreamServer>(); }

}  // namespace rialto::contract
