#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/redis/streams/arrivals.hpp"
#include "adapters/redis/streams/caller.hpp"
#include "adapters/redis/streams/claims.hpp"
#include "adapters/redis/streams/intake.hpp"
#include "adapters/redis/streams/key_finder.hpp"
#include "adapters/redis/streams/membership.hpp"
#include "adapters/redis/streams/reader.hpp"
#include "core/adapter.hpp"

namespace rialto::redis::streams {

/// Reads streams as one consumer of a group, and acknowledges what was settled. Two connections: one waits for entries, the
/// other does everything else. After every connecting it begins with what was given to it and not acknowledged.
/// Lives on: one shard.
class Source final : public rialto::Source, private Flushable {
public:
    /// @param settings  outlive the source
    Source(Shard& shard, Login login, const Settings& settings, std::vector<TopicFilter> filters, Arrivals::Counters counters);
    ~Source() override { disconnect(); }

    boost::asio::awaitable<Result<void>> open(Inlet& inlet) override;
    void grant(std::uint32_t more) override;
    boost::asio::awaitable<void> close() override;

private:
    void flush() noexcept override;
    void acknowledge();
    void read_on();

    boost::asio::awaitable<Result<void>> connect_and_join();
    void look_for_streams();
    void join(Result<KeyFinder::Keys> found);
    void on_joined(Result<std::vector<Membership::Joined>> result);
    void fail_to_join(const Error& why);
    void end_wait();
    void keys_gone();

    void lost(const Error& why);
    void disconnect();

    Shard& shard_;
    Login login_;
    const Settings& settings_;
    Caller reading_;
    Caller working_;
    Intake intake_;
    Arrivals arrivals_;
    StreamSet streams_;
    KeyFinder finder_;
    Membership membership_;
    Reader reader_;
    Claims claims_;
    Timer look_timer_;
    Inlet* inlet_ = nullptr;
    Answer<void>* opening_ = nullptr;  ///< set while open() goes on
    std::string reading_client_;       ///< the number that Redis gave to the reading connection
    bool is_open_ = false;
    bool is_looking_ = false;  ///< for streams, or is joining them
    bool joins_all_ = false;   ///< those that are read already too; meanwhile nothing is read
    bool has_gaps_ = false;    ///< a stream is gone: all have to be joined again
    int failed_reads_ = 0;     ///< in a row, for streams that were gone
};

}  // namespace rialto::redis::streams
