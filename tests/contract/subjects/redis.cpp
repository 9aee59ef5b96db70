#include "adapters/redis/adapter.hpp"
#include "adapters/redis/backend.hpp"
#include "tests/contract/adapter_under_test.hpp"
#include "tests/contract/credentials.hpp"
#include "tests/contract/subjects/redis_server.hpp"

// RIALTO_TLS: the same over TLS, as a user of an access control list.

namespace rialto::contract {
namespace {

#ifdef RIALTO_TLS
constexpr bool uses_tls = true;
#else
constexpr bool uses_tls = false;
#endif

class RedisReader final : public RawReader {
public:
    RedisReader(std::uint16_t port, const std::string& pattern) : context_(connect_to_redis(port)) {
        run(*context_, {"PSUBSCRIBE", pattern});
    }

    std::optional<Raw> next(std::chrono::milliseconds within) override {
        const Reply found = next_pushed(*context_, within);
        if (!found) return std::nullopt;
        return Raw{text_of(*found->element[2]), text_of(*found->element[3])};
    }

private:
    Context context_;
};

class RedisServer final : public OtherSide {
public:
    std::unique_ptr<Backend> make_backend(Gateway& gateway, Shard& shard, std::string_view name) override {
        const auto adapter = redis::make_adapter(gateway);
        if (!uses_tls) {
            return backend_from(*adapter, shard, name, "redis://127.0.0.1:" + std::to_string(server_.port()) + "/1");
        }
        return backend_from(*adapter, shard, name, "rediss://rialto:s%40cret@127.0.0.1:" + std::to_string(tls_port_),
                            [this](OptionValues& options) { options.set("tls", tls_trusting(certificate_->cert)); });
    }
    void publish(const Raw& message) override {
        if (!publisher_) publisher_ = connect_to_redis(server_.port());
        run(*publisher_, {"PUBLISH", message.topic, message.payload});
    }
    std::unique_ptr<RawReader> read(std::string_view pattern) override {
        std::string glob(pattern);
        if (glob.back() == '#') glob.back() = '*';
        return std::make_unique<RedisReader>(server_.port(), glob);
    }
    void pause() override { server_.pause(); }
    void resume() override { server_.resume(); }
    void stop() override {
        publisher_.reset();
        server_.stop();
    }
    void restart() override { server_.restart(); }

private:
    std::vector<std::string> options() {
        std::vector<std::string> words{"--user", "rialto", "on", ">s@cret", "~*", "&*", "+@all"};
        if (!uses_tls) return words;
        certificate_.emplace(folder_.path());
        words.insert(words.end(), {"--tls-port", std::to_string(tls_port_), "--tls-cert-file", certificate_->cert,
                                   "--tls-key-file", certificate_->key, "--tls-auth-clients", "no"});
        return words;
    }

    TempFolder folder_;
    std::optional<Certificate> certificate_;
    std::uint16_t tls_port_ = free_port();
    RedisProcess server_{options()};
    Context publisher_;
};

}  // namespace

Abilities claimed_abilities() { return redis::Backend::all_abilities(); }
std::unique_ptr<OtherSide> start_other_side() { return std::make_unique<RedisServer>(); }

}  // namespace rialto::contract
