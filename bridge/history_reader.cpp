#include "bridge/history_reader.hpp"

#include <algorithm>

#include "bridge/config_schema.hpp"
#include "core/filter_sets.hpp"

namespace rialto::bridge {
namespace {

std::optional<TopicFilter> read_filter(const OptionValues& options, ReadingContext& context) {
    if (!options.is_set("topic")) return std::nullopt;  // missing, which is reported
    auto filter = TopicFilter::parse(options.text("topic"));
    if (filter.has_error()) {
        context.diagnostics.error(options.place_of("topic"), "'topic': " + filter.error().message);
        return std::nullopt;
    }
    if (filter->is_shared()) {
        context.diagnostics.error(options.place_of("topic"), "a history has no shared group: write the pattern behind '$share/" +
                                                                 filter->group() + "/'");
        return std::nullopt;
    }
    return *std::move(filter);
}

}  // namespace

std::vector<HistoryRule> read_history(const toml::node* node, ReadingContext& context) {
    std::vector<HistoryRule> rules;
    for_each_table(node, "history", context, [&](const toml::table& table) {
        const OptionValues options = read_options(table, history_schema(), "[[history]]", context);
        auto filter = read_filter(options, context);
        if (!filter) return;
        const auto earlier = std::find_if(rules.begin(), rules.end(), [&](const HistoryRule& rule) { return covers(rule.topic, *filter); });
        if (earlier != rules.end()) {
            context.diagnostics.error(options.place_of("topic"), "'" + filter->text() + "' is kept by '" + earlier->topic.text() +
                                                                     "' already: the first history that matches counts; put the narrower one first");
            return;
        }
        rules.push_back({*std::move(filter), static_cast<std::size_t>(options.integer("messages")), options.duration("age"),
                         static_cast<std::size_t>(options.size("max_bytes"))});
    });
    return rules;
}

}  // namespace rialto::bridge
