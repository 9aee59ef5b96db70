#include "adapters/amqp/backend/addressing.hpp"

#include <array>

namespace rialto::amqp {
namespace {

using namespace std::string_view_literals;

DottedForm form_of(Dialect dialect) {
    switch (dialect) {
        case Dialect::rabbitmq: return rabbitmq_form;
        case Dialect::artemis: return artemis_form;
        case Dialect::activemq: return activemq_form;
        case Dialect::qpid: return qpid_form;
        case Dialect::generic: break;
    }
    return verbatim_form;
}

std::string_view usual_prefix(Dialect dialect, Node node) {
    const bool is_queue = node == Node::queue;
    switch (dialect) {
        case Dialect::rabbitmq: return is_queue ? "/queue/" : "/topic/";
        case Dialect::activemq: return is_queue ? "queue://" : "topic://";
        case Dialect::qpid: return is_queue ? "" : "amq.topic/";
        case Dialect::artemis:
        case Dialect::generic: break;
    }
    return "";
}

/// Prefixes that other producers write at these brokers.
constexpr std::array other_prefixes{"topic://"sv, "queue://"sv, "/topic/"sv, "/queue/"sv, "/amq/queue/"sv, "amq.topic/"sv};

// Of percent encoding RabbitMQ's addresses know this one alone.
constexpr std::string_view encoded_slash = "%2F";

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) text.replace(at, what.size(), with);
    return text;
}

std::string slashes_decoded(std::string_view text) { return replaced(std::string(text), encoded_slash, "/"); }

/// "/exchange/NAME/KEY" taken apart, "/topic/KEY" too.
struct ExchangeAndKey {
    std::string_view exchange;
    std::string_view key;
};
std::optional<ExchangeAndKey> take_apart(std::string_view address) {
    for (const std::string_view word : {"/exchange/"sv, "/exchanges/"sv}) {
        if (!address.starts_with(word)) continue;
        const auto slash = address.find('/', word.size());
        if (slash != std::string_view::npos && slash > word.size()) {
            return ExchangeAndKey{address.substr(word.size(), slash - word.size()), address.substr(slash + 1)};
        }
    }
    constexpr std::string_view topic_word = "/topic/";
    if (address.starts_with(topic_word)) return ExchangeAndKey{"amq.topic", address.substr(topic_word.size())};
    return std::nullopt;
}

}  // namespace

Addressing::Addressing(Dialect dialect, Node node, const Override& differently)
    : dialect_(dialect),
      node_(node),
      form_(form_of(dialect)),
      prefix_(differently.prefix.value_or(std::string(usual_prefix(dialect, node)))) {
    if (differently.separator) form_ = with_separator(form_, *differently.separator);
    const auto parts = dialect == Dialect::rabbitmq ? take_apart(prefix_) : std::nullopt;
    if (!parts) return;
    key_prefix_ = slashes_decoded(parts->key);
    if (form_.longest > key_prefix_.size()) form_.longest -= key_prefix_.size();
}

std::string Addressing::encoded(std::string name) const {
    return dialect_ == Dialect::rabbitmq ? replaced(std::move(name), "/", encoded_slash) : name;
}

Result<std::string> Addressing::topic_of(std::string_view address) const {
    const bool is_rabbitmq = dialect_ == Dialect::rabbitmq;
    const auto read = [&](std::string_view name) {
        return topic_of_dotted(is_rabbitmq ? slashes_decoded(name) : std::string(name), form_);
    };
    if (!prefix_.empty() && address.starts_with(prefix_)) return read(address.substr(prefix_.size()));
    if (dialect_ == Dialect::generic) return read(address);
    if (is_rabbitmq) {
        if (const auto parts = take_apart(address)) return topic_of_key(slashes_decoded(parts->key));
    }
    for (const std::string_view other : other_prefixes) {
        if (!address.starts_with(other)) continue;
        address.remove_prefix(other.size());
        break;
    }
    // "topic://plant.a" of who writes the usual prefix before one that is "plant."
    if (!prefix_.empty() && address.starts_with(prefix_)) address.remove_prefix(prefix_.size());
    return read(address);
}

Result<std::string> Addressing::topic_of_key(std::string_view key) const {
    if (!key.starts_with(key_prefix_)) return fail(Errc::invalid, "the routing key '" + std::string(key) + "' is not below '" + key_prefix_ + "'");
    return topic_of_dotted(key.substr(key_prefix_.size()), form_);
}

Result<std::string> Addressing::exchange() const {
    if (const auto parts = take_apart(prefix_)) return slashes_decoded(parts->exchange);
    return fail(Errc::invalid, "the prefix '" + prefix_ + "' names no exchange of RabbitMQ; it begins with '/topic/' or '/exchange/NAME/'");
}

}  // namespace rialto::amqp
