#include "core/gateway.hpp"

#include <algorithm>
#include <csignal>

#include "core/log.hpp"
#include "core/store/history_keeper.hpp"
#include "core/store/retained_keeper.hpp"
#include "core/store/store.hpp"

namespace rialto {
namespace {

// FNV-1a: the same on every machine and in every run, so that what is seen once can be seen again.
std::uint64_t stable_hash(std::string_view text) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

bool has_scheme(const std::vector<Adapter::Scheme>& schemes, std::string_view name) {
    return std::any_of(schemes.begin(), schemes.end(), [&](const auto& scheme) { return scheme.name == name; });
}

}  // namespace

Gateway::Gateway(Settings settings)
    : settings_(std::move(settings)), placement_(std::clamp<std::size_t>(settings_.workers, 1, max_shards)) {
    std::signal(SIGPIPE, SIG_IGN);  // a write to a closed connection is an error value
    for (std::size_t i = 0; i < placement_.shard_count(); ++i) {
        shards_.push_back(std::make_unique<Shard>(i));
        buses_.push_back(std::make_unique<Bus>(*shards_.back(), commons_));
    }
    commons_.numbering_shard = home_of("history").index();
}

Gateway::~Gateway() { stop(); }

Shard& Gateway::home_of(std::string_view key) noexcept { return *shards_[stable_hash(key) % shards_.size()]; }

void Gateway::on_every_shard(const std::function<void(Shard&)>& visit) {
    for (const auto& shard : shards_) shard->post([visit, &shard = *shard] { visit(shard); });
}

Adapter* Gateway::find_listener_adapter(std::string_view scheme) const {
    for (const auto& adapter : adapters_) {
        if (has_scheme(adapter->listener_schemes(), scheme)) return adapter.get();
    }
    return nullptr;
}

Adapter* Gateway::find_backend_adapter(std::string_view scheme) const {
    for (const auto& adapter : adapters_) {
        if (has_scheme(adapter->backend_schemes(), scheme)) return adapter.get();
    }
    return nullptr;
}

void Gateway::keep_history(std::vector<HistoryRule> rules) {
    commons_.history.configure(std::move(rules));
    commons_.interest.touch();  // which topics have a history is kept with who takes them
}

Result<void> Gateway::keep_in(std::unique_ptr<store::Engine> engine) {
    if (const auto restored = store::restore_retained(*engine, commons_.retained); !restored) return restored.error();
    if (const auto restored = store::restore_history(*engine, commons_.history); !restored) return restored.error();
    store_ = std::make_unique<store::Store>(std::move(engine), metrics_);
    for (std::size_t i = 0; i < shards_.size(); ++i) {
        Shard& shard = *shards_[i];
        journals_.push_back(std::make_unique<store::Journal>(*store_, shard));
        keepers_.push_back(std::make_unique<store::RetainedKeeper>(*store_, shard, commons_.retained, retained_order_));
        buses_[i]->keep_retained_in(*keepers_.back());
    }
    const std::size_t numbering = commons_.numbering_shard;
    history_keeper_ = std::make_unique<store::HistoryKeeper>(*journals_[numbering]);
    buses_[numbering]->keep_history_in(*history_keeper_);
    log::info("store open", {{"place", store_->engine().place()},
                             {"retained", std::to_string(commons_.retained.size())},
                             {"history", std::to_string(commons_.history.size())}});
    for (const auto& adapter : adapters_) {
        if (const auto restored = adapter->restore(); !restored) return restored.error();
    }
    return {};
}

store::Journal* Gateway::journal_of(const Shard& shard) noexcept {
    return journals_.empty() ? nullptr : journals_[shard.index()].get();
}

void Gateway::start() {
    for (const auto& shard : shards_) shard->start();
}

void Gateway::stop() {
    for (const auto& shard : shards_) shard->stop();
    if (store_) {
        for (const auto& journal : journals_) journal->flush();
        for (const auto& keeper : keepers_) keeper->flush();
        history_keeper_->close(commons_.history);
        store_->stop();
    }
    for (const auto& shard : shards_) shard->drop_mail();
    for (const auto& shard : shards_) shard->shut_down();
}

}  // namespace rialto
