#include "adapters/redis/streams/source.hpp"

#include <algorithm>
#include <utility>

#include "adapters/redis/awaited.hpp"

namespace rialto::redis::streams {
namespace {

using namespace std::chrono_literals;

/// How long a read waits at Redis; a connection on which nothing comes for its keep-alive would seem dead.
std::chrono::milliseconds wait_within(std::chrono::milliseconds keep_alive) {
    return std::clamp<std::chrono::milliseconds>(keep_alive / 2, 10ms, 5s);
}

KeyFinder finder_for(Caller& caller, const Settings& settings, const std::vector<TopicFilter>& filters) {
    return settings.is_one_stream() ? KeyFinder(caller, settings.stream) : KeyFinder(caller, filters);
}

constexpr std::size_t most_acknowledged_at_once = 1000;
constexpr int most_failed_reads = 3;

}  // namespace

Source::Source(Shard& shard, Login login, const Settings& settings, std::vector<TopicFilter> filters, Arrivals::Counters counters)
    : shard_(shard),
      login_(std::move(login)),
      settings_(settings),
      reading_(shard, login_, [this](const Error& why) { lost(why); }),
      working_(shard, login_, [this](const Error& why) { lost(why); }),
      intake_(shard, [this] { shard_.flush_later(*this); }),
      arrivals_(shard, settings_, filters, intake_, counters),
      finder_(finder_for(working_, settings_, filters)),
      membership_(working_, settings_, finder_.exact()),
      reader_(reading_, settings_, streams_, arrivals_, wait_within(login_.keep_alive),
              {[this] { failed_reads_ = 0; }, [this] { keys_gone(); }}),
      claims_(shard, working_, settings_, streams_, intake_, arrivals_),
      look_timer_([this] {
          shard_.arm(look_timer_, settings_.scan_interval);
          if (!is_looking_) look_for_streams();
      }) {}

boost::asio::awaitable<Result<void>> Source::open(Inlet& inlet) {
    inlet_ = &inlet;
    intake_.open(inlet);
    Result<void> result = co_await connect_and_join();
    if (!result) {
        disconnect();
        co_return result;
    }
    is_open_ = true;
    claims_.start();
    if (finder_.has_wildcards()) shard_.arm(look_timer_, settings_.scan_interval);
    co_return result;
}

boost::asio::awaitable<Result<void>> Source::connect_and_join() {
    Answer<void> joined(shard_.io());
    const Awaited shown(opening_, joined);
    Result<void> result = co_await reading_.open();
    if (result) result = co_await working_.open();
    if (!result) co_return result;
    if (!reading_.is_open()) co_return fail(Errc::unreachable, "the connection to Redis is gone");
    reading_.call({"CLIENT", "ID"}, [this](const redisReply& reply) {
        if (reply.type == REDIS_REPLY_INTEGER) reading_client_ = std::to_string(reply.integer);
    });
    look_for_streams();
    result = co_await joined.wait(login_.dialing.within, "Redis did not say which streams there are");
    if (result && !(reading_.is_open() && working_.is_open())) co_return fail(Errc::unreachable, "the connection to Redis is gone");
    co_return result;
}

void Source::grant(std::uint32_t more) { intake_.grant(more); }

// At the turn's end: what was settled in it goes in one command, and what was granted is read at once.
void Source::flush() noexcept {
    if (!is_open_ || !working_.is_open() || !reading_.is_open()) return;
    acknowledge();
    claims_.go_on();
    read_on();
}

void Source::acknowledge() {
    if (!intake_.has_acknowledged()) return;
    for (const auto& [key, ids] : intake_.take_acknowledged()) {
        for (std::size_t at = 0; at < ids.size(); at += most_acknowledged_at_once) {
            std::vector<std::string> texts;
            for (std::size_t i = at; i < std::min(ids.size(), at + most_acknowledged_at_once); ++i) texts.push_back(ids[i].text());
            std::vector<std::string_view> words{"XACK", key, settings_.group};
            words.insert(words.end(), texts.begin(), texts.end());
            working_.call(words, [this](const redisReply& reply) {
                // What Redis did not take would never come again on this connection.
                if (is_error(reply) && error_code(reply) != "WRONGTYPE") working_.abort("acknowledging", reply);
            });
        }
    }
}

void Source::read_on() {
    const bool is_rejoining = has_gaps_ || (is_looking_ && joins_all_);
    if (reader_.is_reading() || is_rejoining || streams_.empty()) return;
    if (const std::uint64_t room = intake_.room(); room != 0) reader_.read(room);
}

void Source::look_for_streams() {
    is_looking_ = true;
    joins_all_ = std::exchange(has_gaps_, false) || opening_;
    if (!finder_.has_wildcards()) return join(KeyFinder::Keys());
    finder_.look([this](Result<KeyFinder::Keys> found) { join(std::move(found)); });
}

void Source::join(Result<KeyFinder::Keys> found) {
    if (found.has_error()) return fail_to_join(found.error());
    KeyFinder::Keys wanted = *std::move(found);
    wanted.insert(finder_.exact().begin(), finder_.exact().end());
    streams_.keep_if([&](const std::string& key) { return wanted.contains(key); });
    if (!joins_all_) std::erase_if(wanted, [this](const std::string& key) { return streams_.contains(key); });
    const auto on_end = [this](Result<std::vector<Membership::Joined>> result) { on_joined(std::move(result)); };
    opening_ ? membership_.join_now(wanted, on_end) : membership_.join_from_beginning(wanted, on_end);
}

void Source::on_joined(Result<std::vector<Membership::Joined>> result) {
    if (result.has_error()) return fail_to_join(result.error());
    is_looking_ = false;
    bool is_changed = false;
    for (const Membership::Joined& stream : *result) {
        is_changed = is_changed || !streams_.contains(stream.key);
        streams_.add(stream.key, stream.was_there);
    }
    if (opening_) return opening_->give({});
    if (is_changed && reader_.is_reading()) end_wait();
    if (has_gaps_) return look_for_streams();
    shard_.flush_later(*this);
}

void Source::fail_to_join(const Error& why) {
    is_looking_ = false;
    if (opening_) return opening_->give(why);
    working_.abort(why);
}

/// The read that waits at Redis knows nothing of what has changed.
void Source::end_wait() {
    if (!reading_client_.empty()) working_.call({"CLIENT", "UNBLOCK", reading_client_}, [](const redisReply&) {});
}

void Source::keys_gone() {
    if (++failed_reads_ > most_failed_reads) {
        return reading_.abort({Errc::unreachable, "streams of Redis, or their consumer group, disappear again and again"});
    }
    has_gaps_ = true;
    if (!is_looking_) look_for_streams();
}

boost::asio::awaitable<void> Source::close() {
    if (is_open_ && working_.is_open()) {
        acknowledge();
        if (reader_.is_reading()) end_wait();
    }
    disconnect();
    co_return;
}

void Source::lost(const Error& why) {
    if (opening_) return opening_->give(why);
    disconnect();
    inlet_->lost(why);
}

void Source::disconnect() {
    is_open_ = is_looking_ = joins_all_ = has_gaps_ = false;
    failed_reads_ = 0;
    reading_client_.clear();
    claims_.stop();
    look_timer_.cancel();
    reading_.quit();
    working_.quit();
    reader_.reset();
    finder_.reset();
    membership_.reset();
    streams_.clear();
    intake_.close();
    if (opening_) opening_->give(fail(Errc::closed, "closed"));
}

}  // namespace rialto::redis::streams
