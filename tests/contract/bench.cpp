#include "tests/contract/bench.hpp"

namespace rialto::contract {
namespace {

std::vector<TopicFilter> filters(const std::vector<std::string>& patterns) {
    std::vector<TopicFilter> out;
    for (const auto& pattern : patterns) out.push_back(TopicFilter::parse(pattern).value());
    return out;
}

}  // namespace

OpenSource::OpenSource(Bench& on, Backend& backend, std::vector<std::string> patterns, std::uint32_t credit)
    : bench(on), source(backend.make_source(filters(patterns))) {
    open(credit);
}

void OpenSource::open(std::uint32_t credit) {
    const Result<void> opened = bench.run(source->open(reading));
    INFO((opened ? std::string() : opened.error().message));
    REQUIRE(opened.has_value());
    if (credit != 0) source->grant(credit);
}

OpenSink::OpenSink(Bench& on, Backend& backend) : bench(on), writing(on.shard), sink(backend.make_sink()) { open(); }

void OpenSink::open() {
    const Result<void> opened = bench.run(sink->open(writing));
    INFO((opened ? std::string() : opened.error().message));
    REQUIRE(opened.has_value());
}

void OpenSink::send(const Raw& message, std::unique_ptr<const Properties> properties) {
    const Message::Traits traits{Qos::at_least_once, message.retain};
    sink->send(Message::create(message.topic, as_bytes(message.payload), traits, std::move(properties)),
               writing.receipt(next_token++));
}

}  // namespace rialto::contract
