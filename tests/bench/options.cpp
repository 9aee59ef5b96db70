#include "tests/bench/options.hpp"

#include <charconv>
#include <string_view>

#include <arpa/inet.h>

namespace bench {

const char* const usage =
    R"(rialto_bench SCENARIO ADDRESS:PORT --pid PID [OPTION VALUE]...
measures the MQTT server that listens at ADDRESS:PORT and is the process PID

scenarios
  throughput   publishers send as fast as every subscriber receives; counts messages and the server's CPU time
  latency      one publisher sends --rate messages a second to one subscriber
  idle         opens --connections that say nothing; measures what each adds to the server's resident memory

options (with their defaults)
  --publishers 1      --subscribers 1      every subscriber gets everything
  --messages 100000   of all publishers together
  --qos 0             0 or 1
  --version 4         4 is MQTT 3.1.1, 5 is MQTT 5
  --payload 64        bytes
  --window 2000       messages of all publishers on their way to the slowest subscriber, at most
  --inflight 100      QoS 1: unacknowledged messages of each publisher, at most
  --rate 1000         --connections 10000
  --json              one JSON object on one line instead of a sentence

exit status: 0 every message arrived exactly once and in order, 1 otherwise
)";

namespace {

std::uint32_t number_from(std::string_view name, std::string_view text, std::uint32_t least,
                          std::uint32_t most) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
        throw Failure(std::string(name) + " needs a number from " + std::to_string(least) + " to " +
                      std::to_string(most) + ", not '" + std::string(text) + "'");
    return value;
}

Endpoint endpoint_from(const std::string& text) {
    Endpoint endpoint;
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) throw Failure("'" + text + "' is not ADDRESS:PORT");
    const std::string address = text.substr(0, colon);
    endpoint.address.sin_family = AF_INET;
    if (inet_pton(AF_INET, address.c_str(), &endpoint.address.sin_addr) != 1)
        throw Failure("'" + address + "' is not an IPv4 address");
    endpoint.address.sin_port =
        htons(static_cast<std::uint16_t>(number_from("the port", text.substr(colon + 1), 1, 65535)));
    return endpoint;
}

void set_option(Options& options, std::string_view name, std::string_view value) {
    const auto number = [&](std::uint32_t least, std::uint32_t most) {
        return number_from(name, value, least, most);
    };
    if (name == "--pid") {
        options.pid = static_cast<pid_t>(number(1, 1u << 30));
    } else if (name == "--publishers") {
        options.shape.publishers = number(1, 10'000);
    } else if (name == "--subscribers") {
        options.shape.subscribers = number(1, 10'000);
    } else if (name == "--messages") {
        options.messages = number(1, 1'000'000'000);
    } else if (name == "--qos") {
        options.shape.qos = static_cast<int>(number(0, 1));
    } else if (name == "--version") {
        options.shape.version = static_cast<Version>(number(4, 5));
    } else if (name == "--payload") {
        options.shape.payload = number(8, 64 * 1024);
    } else if (name == "--window") {
        options.shape.window = number(1, 1'000'000);
    } else if (name == "--inflight") {
        options.shape.inflight = number(1, 65535);
    } else if (name == "--rate") {
        options.rate = number(1, 100'000);
    } else if (name == "--connections") {
        options.connections = number(1, 60'000);
    } else {
        throw Failure("unknown option '" + std::string(name) + "'");
    }
}

}  // namespace

Options parse_options(int argc, char** argv) {
    if (argc < 3) throw Failure("SCENARIO and ADDRESS:PORT are missing; --help tells more");
    Options options;
    options.scenario = argv[1];
    options.server = endpoint_from(argv[2]);
    for (int i = 3; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--json") {
            options.as_json = true;
        } else if (++i < argc) {
            set_option(options, name, argv[i]);
        } else {
            throw Failure(std::string(name) + " needs a value");
        }
    }
    if (options.pid == 0) throw Failure("--pid of the server is missing");
    return options;
}

}  // namespace bench
