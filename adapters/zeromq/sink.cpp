#include "adapters/zeromq/sink.hpp"

#include <cassert>

namespace rialto::zeromq {
namespace {

std::vector<SocketPlan> plans_for(const Settings& settings) {
    std::vector<SocketPlan> plans;
    if (!settings.publish.empty()) plans.push_back({SocketKind::publisher, settings.publish, {}, settings.socket});
    if (!settings.push.empty()) plans.push_back({SocketKind::pusher, settings.push, {}, settings.socket});
    return plans;
}

}  // namespace

Sink::Sink(Shard& shard, const Settings& settings, Counter& unwanted)
    : shard_(shard),
      plans_(plans_for(settings)),
      format_(settings.format),
      unwanted_(unwanted),
      sockets_(shard, *this, {settings.connect_timeout, settings.join_time}) {}

boost::asio::awaitable<Result<void>> Sink::open(SinkWatcher& watcher) {
    watcher_ = &watcher;
    const Result<void> opened = co_await sockets_.open(plans_);
    if (opened) {
        for (const auto& socket : sockets_.all()) senders_.push_back(std::make_unique<Sender>(*socket, format_, unwanted_));
    }
    co_return opened;
}

// What is sent in one turn leaves together, and subscriptions are looked at once for all of it.
void Sink::send(MessagePtr message, Receipt receipt) {
    assert(!senders_.empty() && "send() is for an open sink");
    for (std::size_t i = 0; i + 1 < senders_.size(); ++i) senders_[i]->push(message, receipt.share());
    senders_.back()->push(std::move(message), std::move(receipt));
    shard_.flush_later(*this);
}

void Sink::flush() noexcept {
    for (const auto& sender : senders_) sender->send_all();
}

void Sink::on_news(Socket&) noexcept { flush(); }

void Sink::on_unreached() noexcept {
    const Error why = sockets_.failure();
    end();
    watcher_->lost(why);
}

void Sink::end() {
    for (const auto& sender : senders_) sender->release_all();
    senders_.clear();
    sockets_.close();
}

boost::asio::awaitable<void> Sink::close() {
    flush();
    end();
    co_return;
}

}  // namespace rialto::zeromq
