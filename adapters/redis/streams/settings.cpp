#include "adapters/redis/streams/settings.hpp"

#include "core/url.hpp"

namespace rialto::redis::streams {

using namespace std::chrono_literals;

bool is_for_streams(const Url& url) noexcept { return url.scheme == "redis+stream" || url.scheme == "rediss+stream"; }

const Schema& streams_schema() {
    static const Schema options =
        Schema()
            .add(option::text("group", "streams: the consumer group; default: the gateway's name").like("\"rialto\""))
            .add(option::text("stream", "streams: one stream for everything, with the topic in the field 'topic'; "
                                        "default: each topic is a stream")
                     .like("\"events\""))
            .add(option::integer("max_length", 0, "streams: entries that each stream keeps, about; 0 is all")
                     .between(0, 1'000'000'000'000))
            .add(option::duration("max_age", 0ms, "streams: how long entries are kept, about; 0 is for ever"))
            .add(option::duration("claim_idle", 60s, "streams: what another consumer took and left for so long is taken over"))
            .add(option::duration("scan_interval", 5s, "streams: time between two looks for new streams that a wildcard asks for"))
            .add(option::text("last_values", "streams: keys with this prefix keep the last retained payload of each topic")
                     .like("\"last:\""));
    return options;
}

Result<Settings> settings_from(const BackendSettings& settings, const std::string& gateway) {
    const OptionValues& options = settings.options;
    Settings out;
    out.group = options.is_set("group") ? options.text("group") : gateway;
    out.consumer = gateway + "/" + settings.name;
    out.stream = options.text("stream");
    out.max_length = static_cast<std::uint64_t>(options.integer("max_length"));
    out.max_age = options.duration("max_age");
    out.claim_idle = options.duration("claim_idle");
    out.scan_interval = options.duration("scan_interval");
    out.last_values = options.text("last_values");
    if (out.group.empty()) return fail(Errc::invalid, "'group' is empty, and the gateway's name too");
    if (options.is_set("stream") && out.stream.empty()) {
        return fail(Errc::invalid, "'stream' is empty; leave it out for a stream for each topic");
    }
    if (out.max_length != 0 && out.max_age != 0ms) {
        return fail(Errc::invalid, "'max_length' and 'max_age' exclude each other: Redis trims by one of them");
    }
    if (out.claim_idle < 100ms) return fail(Errc::invalid, "'claim_idle' is less than \"100ms\"");
    if (out.scan_interval < 50ms) return fail(Errc::invalid, "'scan_interval' is less than \"50ms\"");
    return out;
}

namespace {

/// Whether it was said, and is not what goes without saying.
bool asks_for(const OptionSpec& spec, const OptionValues& options) {
    if (!options.is_set(spec.name)) return false;
    if (spec.type == OptionType::integer) return options.integer(spec.name) != std::get<std::int64_t>(spec.fallback);
    if (spec.type == OptionType::duration) return options.duration(spec.name) != std::get<std::chrono::milliseconds>(spec.fallback);
    return true;
}

}  // namespace

Result<void> check_no_stream_options(const OptionValues& options) {
    for (const OptionSpec& spec : streams_schema().specs()) {
        if (!asks_for(spec, options)) continue;
        return fail(Errc::invalid,
                    "'" + spec.name + "' is for streams, with redis+stream://; redis:// is pub/sub, which keeps nothing");
    }
    return {};
}

}  // namespace rialto::redis::streams
