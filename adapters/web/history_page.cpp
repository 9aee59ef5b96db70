#include "adapters/web/history_page.hpp"

#include "adapters/web/live_frames.hpp"
#include "adapters/web/static_files.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include <boost/beast/http/field.hpp>

namespace rialto::web {
namespace {

constexpr std::size_t most_messages = 1000;

struct Question {
    std::vector<TopicFilter> topics;
    std::uint64_t limit = 100;
    std::uint64_t before = UINT64_MAX;
};

Error wrong(std::string sentence) {
    return {Errc::invalid, std::move(sentence)};
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

Result<void> read_parameter(std::string_view name, const std::string& value, Question& question) {
    if (name == "topic") {
        auto filter = TopicFilter::parse(value);
        if (filter.has_error()) return wrong("topic: " + filter.error().message);
        if (filter->is_shared()) return wrong("topic: a history has no shared groups");
        question.topics.push_back(*std::move(filter));
    } else if (name == "limit" || name == "before") {
        const auto number = whole_number(value);
        if (!number) return wrong(std::string(name) + " has to be a whole number");
        (name == "limit" ? question.limit : question.before) = *number;
    }
    return {};  // others are of a later version
}

Result<Question> read_question(std::string_view query) {
    Question question;
    while (!query.empty()) {
        const auto parameter = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), parameter.size() + 1));
        const auto equals = std::min(parameter.find('='), parameter.size());
        const auto value = percent_decoded(parameter.substr(std::min(parameter.size(), equals + 1)));
        if (!value) return wrong("a '%' has two hexadecimal digits behind it");
        const auto read = read_parameter(parameter.substr(0, equals), *value, question);
        if (read.has_error()) return read.error();
    }
    if (question.topics.empty()) return wrong("say which messages: /history?topic=PATTERN");
    if (question.limit > most_messages) return wrong("limit is 1000 at most; page with before=SEQ");
    return question;
}

}  // namespace

Response history_page(Gateway& gateway, std::string_view query) {
    if (!gateway.allows_anonymous()) return plain_text(401, "anonymous clients are not welcome here\n");
    const History& history = gateway.history();
    if (!history.is_wanted()) return plain_text(404, "no history is kept here: the configuration has no [[history]]\n");
    const auto question = read_question(query);
    if (question.has_error()) return plain_text(400, question.error().message + "\n");
    const Past past = history.newest(question->topics, question->limit, question->before);
    std::string body = "{\"epoch\":\"" + history.epoch() + "\",\"seq\":" + std::to_string(past.position) + ",\"messages\":[";
    for (const auto& message : past.messages) {
        if (body.back() == '}') body += ",\n";
        body += message_frame(*message, MessageForm::live);
    }
    body += "]}\n";
    Response response = plain_text(200, std::move(body));
    response.message.set(boost::beast::http::field::content_type, "application/json");
    return response;
}

}  // namespace rialto::web
