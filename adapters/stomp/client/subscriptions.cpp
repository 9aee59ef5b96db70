#include "adapters/stomp/client/subscriptions.hpp"

#include "adapters/stomp/encoder.hpp"
#include "adapters/stomp/value_text.hpp"

#include <algorithm>
#include <charconv>

namespace rialto::stomp {
namespace {

using Keeping = Dialect::Keeping;

std::vector<TopicFilter> without_repeats(std::vector<TopicFilter> filters) {
    std::vector<TopicFilter> out;
    for (TopicFilter& filter : filters) {
        if (std::find(out.begin(), out.end(), filter) == out.end()) out.push_back(std::move(filter));
    }
    return out;
}

}  // namespace

Subscriptions::Subscriptions(const ClientSettings& settings, std::vector<TopicFilter> filters)
    : settings_(settings), filters_(without_repeats(std::move(filters))), sharing_(Sharing::unknown) {
    if (!settings.has_kept_subscriptions()) return;
    sharing_ = settings.addresses.dialect().keeping == Keeping::one_queue ? Sharing::one_queue : Sharing::same_id;
}

/// As a broker's console shows it: our name, and the pattern.
std::string Subscriptions::name_of(std::string_view pattern) const {
    return settings_.client_id + "/" + percent_encoded(pattern, ":,;*?=\"\\ ");
}

void Subscriptions::append_subscribe(std::string& out, Version version) const {
    const Addresses& addresses = settings_.addresses;
    const Dialect& dialect = addresses.dialect();
    // Where several consumers share one queue, they share the prefetch too.
    const std::size_t consumers = sharing_ == Sharing::one_queue ? std::max<std::size_t>(filters_.size(), 1) : 1;
    const std::size_t prefetch = std::max<std::size_t>(settings_.prefetch / consumers, 1);
    for (std::size_t i = 0; i < filters_.size(); ++i) {
        FrameWriter frame(out, Command::subscribe, version);
        frame.header("id", i).header("destination", addresses.pattern_of(filters_[i]));
        frame.header("ack", version == Version::v1_0 ? "client" : "client-individual");
        if (!dialect.prefetch.empty()) frame.header(dialect.prefetch, prefetch * dialect.prefetch_unit);
        if (addresses.need_routing()) frame.header("subscription-type", "MULTICAST");
        if (sharing_ == Sharing::one_queue) {
            frame.header(dialect.subscription_name, settings_.client_id).header("durable", "true");
            frame.header("auto-delete", "false");
        } else if (sharing_ == Sharing::same_id) {
            frame.header(dialect.subscription_name, name_of(filters_[i].text()));
        }
        frame.header("receipt", receipt()).finish();
    }
}

void Subscriptions::append_take_back(std::string& out, Version version, const std::set<std::string>& before) const {
    if (sharing_ != Sharing::same_id) return;  // what is bound to a queue can't be unbound by STOMP; takes() passes it over
    const std::set<std::string> now = patterns();
    std::size_t id = filters_.size();
    for (const std::string& pattern : before) {
        if (now.contains(pattern)) continue;
        const Result<TopicFilter> filter = TopicFilter::parse(pattern);
        if (filter.has_error()) continue;
        FrameWriter frame(out, Command::unsubscribe, version);
        frame.header("id", id++).header("destination", settings_.addresses.pattern_of(*filter));
        frame.header(settings_.addresses.dialect().subscription_name, name_of(pattern)).finish();
    }
}

std::set<std::string> Subscriptions::patterns() const {
    std::set<std::string> all;
    for (const TopicFilter& filter : filters_) all.insert(filter.text());
    return all;
}

std::optional<std::size_t> Subscriptions::place_of(std::string_view id) const noexcept {
    std::size_t place = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), place);
    const bool is_number = error == std::errc{} && end == id.data() + id.size();
    return is_number && place < filters_.size() ? std::optional(place) : std::nullopt;
}

bool Subscriptions::takes(std::string_view topic, std::optional<std::size_t> place) const noexcept {
    if (sharing_ == Sharing::one_queue || !place) return copies_of(topic) != 0;
    if (!filters_[*place].matches(topic)) return false;
    if (sharing_ == Sharing::same_id) return true;
    const auto end = filters_.begin() + static_cast<std::ptrdiff_t>(*place);
    return std::none_of(filters_.begin(), end, [topic](const TopicFilter& earlier) { return earlier.matches(topic); });
}

std::size_t Subscriptions::copies_of(std::string_view topic) const noexcept {
    return static_cast<std::size_t>(std::count_if(filters_.begin(), filters_.end(), [topic](const TopicFilter& filter) {
        return filter.matches(topic);
    }));
}

}  // namespace rialto::stomp
