#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/adapter.hpp"
#include "core/options.hpp"

/// Redis Streams: consumer groups, acknowledged when a message is where it was to go. Redis 6.2 or later.
namespace rialto::redis::streams {

/// How a backend uses streams.
struct Settings {
    std::string group;     ///< of consumers, who share the entries among them
    std::string consumer;  ///< our name in it: "gateway/backend", the same after a restart
    std::string stream;    ///< the one stream for everything; empty: each topic is a stream of its own
    std::uint64_t max_length = 0;              ///< entries that a stream keeps, about; 0: all
    std::chrono::milliseconds max_age{0};      ///< how long it keeps them, about; 0: for ever
    std::chrono::milliseconds claim_idle{60'000};   ///< what another consumer left for so long becomes ours
    std::chrono::milliseconds scan_interval{5'000};  ///< between two looks for new streams
    std::string last_values;                   ///< prefix of the keys with last values; empty: none are kept

    bool is_one_stream() const noexcept { return !stream.empty(); }
};

/// Whether the url's scheme asks for streams.
bool is_for_streams(const Url& url) noexcept;

/// The options that streams add to those of Redis.
const Schema& streams_schema();

/// @error invalid  options that exclude each other
Result<Settings> settings_from(const BackendSettings& settings, const std::string& gateway);

/// @error invalid  an option of streams, where the scheme asks for pub/sub
Result<void> check_no_stream_options(const OptionValues& options);

}  // namespace rialto::redis::streams
