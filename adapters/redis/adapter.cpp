#include "adapters/redis/adapter.hpp"

#include <algorithm>

#include "adapters/redis/backend.hpp"
#include "adapters/redis/listener/service.hpp"
#include "adapters/redis/streams/backend.hpp"
#include "core/net/stream_listener.hpp"
#include "core/net/stream_listener_options.hpp"
#include "core/url.hpp"

namespace rialto::redis {
namespace {

using namespace std::chrono_literals;

const Schema& schema() {
    static const Schema options =
        Schema()
            .add(option::duration("keep_alive", 30s, "after so much silence a PING; unanswered, the connection is lost"))
            .include(streams::streams_schema())
            .include(dialing_schema());
    return options;
}

/// "" or "/" is the database 0, "/3" is 3.
Result<std::string> database_of(const Url& url) {
    const std::string number = url.path.empty() ? "" : url.path.substr(1);
    const bool is_number = std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (is_number && number.size() <= 9) return number;
    return fail(Errc::invalid, "the database in '" + url.text() + "' is not a number; it is redis://HOST:PORT/NUMBER");
}

class RedisAdapter final : public Adapter {
public:
    explicit RedisAdapter(Gateway& gateway) : gateway_(gateway) {}

    std::string_view name() const override { return "redis"; }
    std::vector<Scheme> listener_schemes() const override { return {{"redis", 6379}, {"rediss", 6380, true}}; }
    const Schema& listener_options() const override { return listener_schema(); }
    Result<std::unique_ptr<Listener>> make_listener(const ListenerSettings& settings) override {
        auto stream = stream_listener_settings(*this, settings);
        if (stream.has_error()) return stream.error();
        auto service = std::make_shared<Service>(gateway_, settings.name, listener_limits_from(settings.options));
        return std::unique_ptr<Listener>(
            std::make_unique<StreamListener>(gateway_, std::move(*stream), std::move(service)));
    }

    std::vector<Scheme> backend_schemes() const override {
        return {{"redis", 6379}, {"rediss", 6379, true}, {"redis+stream", 6379}, {"rediss+stream", 6379, true}};
    }
    const Schema& backend_options() const override { return schema(); }
    Abilities abilities(const BackendSettings& settings) const override {
        return streams::is_for_streams(settings.url) ? streams::Backend::all_abilities() : Backend::all_abilities();
    }

    Result<std::unique_ptr<rialto::Backend>> make_backend(const BackendSettings& settings, Shard& shard) override {
        Result<Login> login = login_from(settings);
        if (login.has_error()) return login.error();
        if (streams::is_for_streams(settings.url)) {
            Result<streams::Settings> streams = streams::settings_from(settings, gateway_.name());
            if (streams.has_error()) return streams.error();
            return std::make_unique<streams::Backend>(gateway_, shard, settings.name, *std::move(login), *std::move(streams));
        }
        if (auto fitting = streams::check_no_stream_options(settings.options); !fitting) return fitting.error();
        return std::make_unique<Backend>(gateway_, shard, settings.name, *std::move(login));
    }

private:
    Result<Login> login_from(const BackendSettings& settings) {
        Result<Dialing> dialing = dialing_from(*this, settings);
        if (dialing.has_error()) return dialing.error();
        Result<std::string> database = database_of(settings.url);
        if (database.has_error()) return database.error();
        if (!settings.url.user.empty() && !settings.url.password) {
            return fail(Errc::invalid, "'" + settings.url.text() + "' has a user but no password");
        }
        return Login{*std::move(dialing), settings.url.user, settings.url.password, *std::move(database),
                     settings.options.duration("keep_alive")};
    }

    Gateway& gateway_;
};

}  // namespace

std::unique_ptr<Adapter> make_adapter(Gateway& gateway) { return std::make_unique<RedisAdapter>(gateway); }

}  // namespace rialto::redis
