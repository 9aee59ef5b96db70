#include <mqtt/async_client.h>
#include <unistd.h>

#include <deque>

#include "bridge/cli/client.hpp"
#include "bridge/cli/paho_message.hpp"
#include "core/net/tls_options.hpp"

namespace rialto::bridge {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;  // for each answer of the broker

/// What may be unconfirmed at once: mosquitto's Receive Maximum. Paho, let past it, sleeps in steps of a second.
constexpr std::size_t window = 20;

std::string server_uri(const EndpointConfig& endpoint) {
    const std::string host = endpoint.url.host.find(':') == std::string::npos ? endpoint.url.host : "[" + endpoint.url.host + "]";
    return (endpoint.is_tls ? "ssl://" : "tcp://") + host + ":" + std::to_string(endpoint.url.port.value_or(1883));
}

mqtt::ssl_options tls_for(const EndpointConfig& endpoint) {
    const TlsOptions tls = tls_options_from(endpoint.options.schema().find("tls") ? endpoint.options.table("tls") : nullptr);
    mqtt::ssl_options out;
    if (!tls.ca.empty()) out.set_trust_store(tls.ca);
    if (!tls.cert.empty()) out.set_key_store(tls.cert);
    if (!tls.key.empty()) out.set_private_key(tls.key);
    out.set_enable_server_cert_auth(tls.verify_server);
    out.set_verify(tls.verify_server);
    return out;
}

Error trouble(const EndpointConfig& endpoint, const mqtt::exception& error, const char* doing) {
    std::string why = error.get_error_str();
    if (why.empty()) why = error.what();
    if (error.get_return_code() == MQTTASYNC_FAILURE) why = "no broker answers there";
    if (error.get_reason_code() > 0 && !error.get_reason_code_str().empty()) why = error.get_reason_code_str();
    // 1 to 5 are the refusals of a 3.1.1 broker, 0x80 and above those of a 5.0 one.
    const bool is_refusal = error.get_reason_code() >= 0x80 || (error.get_return_code() >= 1 && error.get_return_code() <= 5);
    return fail(is_refusal ? Errc::refused : Errc::unreachable, std::string(doing) + " " + endpoint.url.text() + ": " + why);
}

class PahoClient final : public Client {
public:
    explicit PahoClient(const EndpointConfig& endpoint)
        : endpoint_(endpoint),
          client_(server_uri(endpoint), "rialto-" + std::to_string(::getpid()), mqtt::create_options(MQTTVERSION_5)) {}

    ~PahoClient() override {
        try {
            if (client_.is_connected()) client_.disconnect()->wait_for(1s);
        } catch (const mqtt::exception&) {
            // It is gone already.
        }
    }

    Result<void> open_for_publishing() override { return connect(); }

    Result<void> publish(const MessagePtr& message) override {
        try {
            unconfirmed_.push_back(client_.publish(paho_message(*message)));
            while (unconfirmed_.size() > window) {
                if (auto confirmed = wait_for_oldest(); confirmed.has_error()) return confirmed;
            }
            return {};
        } catch (const mqtt::exception& error) {
            return trouble(endpoint_, error, "publishing to");
        }
    }

    Result<void> finish_publishing() override {
        try {
            while (!unconfirmed_.empty()) {
                if (auto confirmed = wait_for_oldest(); confirmed.has_error()) return confirmed;
            }
            client_.disconnect()->wait_for(patience);
            return {};
        } catch (const mqtt::exception& error) {
            return trouble(endpoint_, error, "publishing to");
        }
    }

    Result<void> subscribe(const std::vector<TopicFilter>& filters) override {
        client_.start_consuming();
        if (auto connected = connect(); connected.has_error()) return connected;
        try {
            for (const TopicFilter& filter : filters) {
                const auto token = client_.subscribe(filter.full_text(), 1);
                if (!token->wait_for(patience)) return no_answer("SUBSCRIBE");
                if (static_cast<int>(token->get_reason_code()) >= 0x80) {
                    return fail(Errc::refused, "the broker refuses the subscription '" + filter.full_text() + "'");
                }
            }
            return {};
        } catch (const mqtt::exception& error) {
            return trouble(endpoint_, error, "subscribing at");
        }
    }

    Result<MessagePtr> next(std::chrono::milliseconds within) override {
        mqtt::const_message_ptr message;
        if (!client_.try_consume_message_for(&message, within)) return MessagePtr{};
        // Paho puts a null message behind the last one when the connection is lost.
        if (!message) return fail(Errc::unreachable, "the connection to " + endpoint_.url.text() + " was lost");
        return message_from_paho(*message);
    }

    void finish_subscribing() override {}

private:
    Result<void> connect() {
        mqtt::connect_options options;
        options.set_mqtt_version(MQTTVERSION_5);
        options.set_clean_start(true);
        options.set_connect_timeout(patience);
        options.set_max_inflight(65535);
        if (!endpoint_.url.user.empty()) options.set_user_name(endpoint_.url.user);
        if (endpoint_.url.password) options.set_password(*endpoint_.url.password);
        if (endpoint_.is_tls) options.set_ssl(tls_for(endpoint_));
        try {
            const auto token = client_.connect(options);
            if (!token->wait_for(patience)) return no_answer("CONNECT");
            return {};
        } catch (const mqtt::exception& error) {
            return trouble(endpoint_, error, "connecting to");
        }
    }

    Result<void> wait_for_oldest() {
        const auto token = unconfirmed_.front();
        unconfirmed_.pop_front();
        if (!token->wait_for(patience)) return no_answer("PUBLISH");
        const int reason = static_cast<int>(token->get_reason_code());
        if (reason >= 0x80) return fail(Errc::refused, "the broker refuses the message: reason code " + std::to_string(reason));
        return {};
    }

    Error no_answer(const char* packet) const {
        return fail(Errc::timed_out, endpoint_.url.text() + " does not answer " + packet);
    }

    const EndpointConfig& endpoint_;
    mqtt::async_client client_;
    std::deque<mqtt::delivery_token_ptr> unconfirmed_;
};

}  // namespace

std::unique_ptr<Client> make_paho_client(const EndpointConfig& endpoint) { return std::make_unique<PahoClient>(endpoint); }

}  // namespace rialto::bridge
