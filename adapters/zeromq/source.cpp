#include "adapters/zeromq/source.hpp"

#include <algorithm>
#include <array>

#include "adapters/zeromq/prefixes.hpp"

namespace rialto::zeromq {
namespace {

// Messages of one socket before others have their turn.
constexpr int budget = 256;

/// Makes a receipt wait, and does nothing with the answer.
class NobodyAsks final : public Settler {
public:
    using Settler::Settler;
    void settled(std::uint64_t, Outcome) noexcept override {}
};

bool any_matches(const std::vector<TopicFilter>& filters, std::string_view topic) {
    return std::any_of(filters.begin(), filters.end(), [&](const TopicFilter& filter) { return filter.matches(topic); });
}

std::vector<SocketPlan> plans_for(const Settings& settings, const std::vector<TopicFilter>& filters) {
    std::vector<SocketPlan> plans;
    if (!settings.subscribe.empty()) {
        // A message in one part has no topic to subscribe to, so all have to come.
        const bool takes_all = !settings.topic.empty() && any_matches(filters, settings.topic);
        auto prefixes = takes_all ? std::vector<std::string>{""} : prefixes_of(filters);
        plans.push_back({SocketKind::subscriber, settings.subscribe, std::move(prefixes), settings.socket});
    }
    if (!settings.pull.empty()) plans.push_back({SocketKind::puller, settings.pull, {}, settings.socket});
    return plans;
}

}  // namespace

Source::Source(Shard& shard, const Settings& settings, std::vector<TopicFilter> filters, Counter& unmappable)
    : backend_(settings.name),
      filters_(std::move(filters)),
      topic_of_one_(settings.topic),
      plans_(plans_for(settings, filters_)),
      unmappable_(unmappable),
      nobody_asks_(new NobodyAsks(shard)),
      sockets_(shard, *this, {settings.connect_timeout, settings.join_time}) {}

boost::asio::awaitable<Result<void>> Source::open(Inlet& inlet) {
    inlet_ = &inlet;
    credit_ = 0;
    return sockets_.open(plans_);
}

void Source::grant(std::uint32_t more) {
    credit_ += more;
    read_all();
}

void Source::on_news(Socket&) noexcept { read_all(); }
void Source::on_unreached() noexcept { read_all(); }

// What had arrived before a loss is handed on before the loss is told.
void Source::read_all() {
    if (is_reading_ || !sockets_.is_open()) return;  // more credit came from within accept()
    is_reading_ = true;
    for (const auto& socket : sockets_.all()) read(*socket);
    is_reading_ = false;
    if (sockets_.is_reached()) return;
    const auto& sockets = sockets_.all();
    if (std::any_of(sockets.begin(), sockets.end(), [](const auto& socket) { return socket->can_receive(); })) return;
    const Error why = sockets_.failure();
    sockets_.close();
    inlet_->lost(why);
}

void Source::read(Socket& socket) {
    for (int left = budget; left > 0; --left) {
        if (credit_ == 0) return;
        const std::size_t count = socket.receive(parts_, most_parts);
        if (count == 0) return;
        take(socket.plan().kind, parts_, count);
    }
    socket.call_soon();
}

void Source::take(SocketKind from, const Socket::Parts& parts, std::size_t count) {
    if (count > most_parts) return say_unmappable("it has " + std::to_string(count) + " parts");
    std::array<ByteView, most_parts> views;
    std::transform(parts.begin(), parts.end(), views.begin(),
                   [](const zmq::message_t& part) { return ByteView(part.data<std::uint8_t>(), part.size()); });
    Result<MessagePtr> message = read_parts(std::span(views).first(count), topic_of_one_);
    if (message.has_error()) return say_unmappable(message.error().message);
    if (!any_matches(filters_, (*message)->topic())) return;  // a prefix asks for more than its filter
    --credit_;
    inlet_->accept(*std::move(message), from == SocketKind::puller ? Receipt(nobody_asks_, 0) : Receipt());
}

void Source::say_unmappable(const std::string& why) {
    unmappable_.add();
    if (const auto held = unmappable_log_.pass()) {
        log::warn("message dropped", {{"backend", backend_}, {"reason", why}, {"more", std::to_string(*held)}});
    }
}

boost::asio::awaitable<void> Source::close() {
    sockets_.close();
    co_return;
}

}  // namespace rialto::zeromq
