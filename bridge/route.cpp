#include "bridge/route.hpp"

#include <algorithm>

namespace rialto::bridge {
namespace {

/// A message that passed so many routes, here and in other gateways, is going round.
constexpr std::size_t most_hops = 16;

std::string place_and_topic(std::string_view place, std::string_view topic) {
    return std::string(place) + ":" + std::string(topic);
}

std::vector<std::string> places_of(const std::vector<Route::Target>& targets) {
    std::vector<std::string> places;
    for (const Route::Target& target : targets) places.push_back(target.place);
    return places;
}

bool contains(const std::vector<std::string>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

/// The route as a subscriber of the bus.
class Route::BusReader final : public Subscriber {
public:
    explicit BusReader(Route& route) : route_(route) {}
    void deliver(const Delivery& delivery, const Receipt& receipt) noexcept override {
        route_.take(bus_place, delivery.message, receipt);
    }

private:
    Route& route_;
};

Route::Route(Gateway& gateway, Settings settings)
    : gateway_(gateway),
      settings_(std::move(settings)),
      stamp_(gateway.name() + "/" + settings_.name),
      home_(gateway.home_of(settings_.name)),
      losses_(gateway, settings_.name, places_of(settings_.to)),
      dead_letters_(make_dead_letters()) {
    const Labels labels{{"route", settings_.name}};
    const auto dropped = [&](const char* reason) {
        return &gateway.metrics().counter("rialto_route_dropped_total", "Messages that a route did not pass on",
                                          {{"route", settings_.name}, {"reason", reason}});
    };
    for (std::size_t i = 0; i < gateway.shard_count(); ++i) {
        counters_.push_back({&gateway.metrics().counter("rialto_route_messages_total", "Messages that a route took", labels),
                             dropped("loop"), dropped("unmappable_topic")});
    }
    if (settings_.dedupe) settings_.dedupe->admit(*this);
}

Route::~Route() = default;

Ref<DeadLetters> Route::make_dead_letters() {
    if (!settings_.dead_letter && settings_.max_attempts == 0) return nullptr;
    DeadLetters::Settings wanted{settings_.name, stamp_, settings_.max_attempts, {}, nullptr, {}, settings_.dead_topics};
    if (settings_.dead_letter) {
        wanted.place = settings_.dead_letter->place;
        wanted.link = settings_.dead_letter->link;
    }
    for (const Pattern& pattern : settings_.from) wanted.sources.push_back(pattern.place);
    return Ref<DeadLetters>(new DeadLetters(gateway_, home_, std::move(wanted)));
}

std::vector<TopicFilter> Route::filters_of(std::string_view place) const {
    std::vector<TopicFilter> filters;
    for (const Pattern& pattern : settings_.from) {
        if (pattern.place == place) filters.push_back(pattern.filter);
    }
    return filters;
}

void Route::start() {
    if (filters_of(bus_place).empty()) return;
    home_.post([this] {
        bus_reader_ = std::make_unique<BusReader>(*this);
        for (const auto& filter : filters_of(bus_place)) home_.bus().subscribe(*bus_reader_, filter, {});
    });
}

void Route::stop() {
    if (!bus_reader_) return;
    for (const auto& filter : filters_of(bus_place)) home_.bus().unsubscribe(*bus_reader_, filter);
    // Not from within a delivery: it goes with the route.
}

void Route::take(std::string_view place, const MessagePtr& message, const Receipt& receipt) {
    const Pattern* pattern = match(place, message->topic());
    if (!pattern) return;
    Counters& counters = counters_[Shard::current()->index()];
    if (has_passed(*message)) {
        counters.looped->add();
        return log_loop(*message);
    }
    counters.taken->add();
    if (settings_.dedupe) return settings_.dedupe->take(*this, place, message, receipt);
    pass_to_all(place, *pattern, message, receipt);
}

void Route::pass(std::string_view place, const MessagePtr& message, const Receipt& receipt) {
    if (const Pattern* const pattern = match(place, message->topic())) pass_to_all(place, *pattern, message, receipt);
}

void Route::pass_to_all(std::string_view place, const Pattern& pattern, const MessagePtr& message, const Receipt& receipt) {
    for (std::size_t i = 0; i < settings_.to.size(); ++i) {
        const Target& target = settings_.to[i];
        const auto topic = pattern.rewrites[i](message->topic());
        if (!topic || !check_topic(*topic)) {
            bury_unmappable(target, pattern, message, receipt);
        } else if (is_return(*message, place, target, *topic)) {
            counters_[Shard::current()->index()].looped->add();
        } else {
            pass_on(i, *topic, pattern, message, receipt);
        }
    }
}

void Route::pass_on(std::size_t index, std::string_view topic, const Pattern& pattern, const MessagePtr& message,
                    const Receipt& receipt) {
    const Target& target = settings_.to[index];
    auto properties = stamped(*message, pattern.place);
    if (settings_.replies && !properties->reply_to.empty() && target.place != pattern.place) {
        properties->reply_to = settings_.replies->expect(*message, pattern.link);
    }
    Ref<Returns> returns;
    if (dead_letters_ && target.link) returns = dead_letters_->returns_for(message, number_of(pattern), target.place);
    send(index, Message::rewrite(*message, topic, traits_for(*message), std::move(properties)), share_for(target, receipt),
         std::move(returns));
}

/// The message as it came is made again from what the route had added.
Ref<Returns> Route::returns_for(const MessagePtr& message, std::string_view target) {
    auto properties = std::make_unique<Properties>(message->properties());
    if (!dead_letters_ || properties->places.empty() || properties->via.empty()) return nullptr;
    const std::string from = std::move(properties->places.back());
    properties->places.pop_back();
    properties->via.pop_back();
    const auto colon = from.find(':');
    const std::string_view topic = std::string_view(from).substr(colon + 1);
    const Pattern* const pattern = match(std::string_view(from).substr(0, colon), topic);
    if (!pattern) return nullptr;  // the route reads elsewhere now
    const auto original = Message::rewrite(*message, topic, message->traits(), std::move(properties));
    return dead_letters_->returns_for(original, number_of(*pattern), target);
}

void Route::bury_unmappable(const Target& target, const Pattern& pattern, const MessagePtr& message, const Receipt& receipt) {
    if (!settings_.dead_letter) return counters_[Shard::current()->index()].unmappable->add();
    dead_letters_->take({message, number_of(pattern), target.place, Undeliverable::unmappable_topic}, share_for(target, receipt));
}

Receipt Route::share_for(const Target& target, const Receipt& receipt) {
    return target.is_required ? receipt.share() : Receipt{};
}

void Route::retire() {
    if (settings_.dedupe) settings_.dedupe->forget(*this);
}

void Route::forget(const Link& link) {
    if (dead_letters_) dead_letters_->forget(link);
}

const Route::Pattern* Route::match(std::string_view place, std::string_view topic) const {
    const auto found = std::find_if(settings_.from.begin(), settings_.from.end(), [&](const Pattern& pattern) {
        return pattern.place == place && pattern.filter.matches(topic) && (!pattern.accepts || pattern.accepts(topic));
    });
    return found == settings_.from.end() ? nullptr : &*found;
}

bool Route::has_passed(const Message& message) const {
    const auto& via = message.properties().via;
    return via.size() >= most_hops || contains(via, stamp_);
}

void Route::log_loop(const Message& message) {
    const auto held = loops_.pass();
    if (!held) return;
    log::info("message not passed on: it has been here, or at another gateway of this name",
              {{"route", settings_.name}, {"topic", std::string(message.topic())}, {"held_back", std::to_string(*held)}});
}

bool Route::is_return(const Message& message, std::string_view place, const Target& target,
                      std::string_view topic) const {
    if (target.place == place && topic == message.topic()) return true;
    return contains(message.properties().places, place_and_topic(target.place, topic));
}

std::unique_ptr<Properties> Route::stamped(const Message& message, std::string_view place) const {
    auto properties = std::make_unique<Properties>(message.properties());
    properties->via.push_back(stamp_);
    properties->places.push_back(place_and_topic(place, message.topic()));
    return properties;
}

Message::Traits Route::traits_for(const Message& message) const {
    Message::Traits traits = message.traits();
    if (settings_.retain != Retain::keep) traits.retain = settings_.retain == Retain::set;
    return traits;
}

void Route::send(std::size_t index, MessagePtr message, Receipt share, Ref<Returns> returns) {
    const Target& target = settings_.to[index];
    if (const FieldSet room = target.link ? target.link->carries() : FieldSet::all(); room != FieldSet::all()) {
        losses_.count(index, fields_of(*message).without(room));
    }
    if (target.link) {
        target.link->send({std::move(message), std::move(share), settings_.order, std::move(returns)});
    } else {
        Shard::current()->bus().publish(message, std::move(share));
    }
}

}  // namespace rialto::bridge
