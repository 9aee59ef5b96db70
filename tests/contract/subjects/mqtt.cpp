#include <signal.h>

#include <fstream>
#include <stdexcept>

#include "adapters/mqtt/adapter.hpp"
#include "core/options.hpp"
#include "tests/contract/adapter_under_test.hpp"
#include "tests/contract/credentials.hpp"
#include "tests/contract/other_side.hpp"
#include "tests/contract/process.hpp"

// An Eclipse mosquitto, looked at with its own command-line clients.
//   RIALTO_VERSION  "5", "3.1.1" or "auto"
//   RIALTO_QOS      of the backend; at 2 a message that is unsettled here is not sent again by the broker, so what the
//                   other side holds is no matter of the contract
//   RIALTO_TLS      over TLS, with a user's name and password
//   RIALTO_UNIX     over a unix socket

namespace rialto::contract {
namespace {

#ifndef RIALTO_QOS
#define RIALTO_QOS 1
#endif
#ifdef RIALTO_TLS
constexpr bool uses_tls = true;
#else
constexpr bool uses_tls = false;
#endif
#ifdef RIALTO_UNIX
constexpr bool uses_unix = true;
#else
constexpr bool uses_unix = false;
#endif

Bytes from_hex(std::string_view hex) {
    Bytes out;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
        out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16)));
    }
    return out;
}

/// mosquitto_sub, which prints each message as "=RETAIN PAYLOAD TOPIC" between the lines that tell what it does.
class MosquittoSub final : public RawReader {
public:
    MosquittoSub(std::uint16_t port, std::string_view pattern)
        : process_({"stdbuf", "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", std::to_string(port), "-V", "5", "-q", "1", "-d", "-t",
                    std::string(pattern), "-F", "=%r %x %t"}) {
        const auto deadline = Clock::now() + std::chrono::seconds(20);
        while (text_.find("Subscribed (mid:") == std::string::npos) {
            if (Clock::now() > deadline || !process_.is_running()) throw std::runtime_error("mosquitto_sub: " + text_);
            text_ += process_.read_output(std::chrono::milliseconds(100));
        }
    }

    std::optional<Raw> next(std::chrono::milliseconds within) override {
        for (;;) {
            while (const auto line = take_line()) {
                if (line->starts_with('=')) return parse(*line);
            }
            const std::string more = process_.read_output(within);
            if (more.empty()) return std::nullopt;
            text_ += more;
        }
    }

private:
    std::optional<std::string> take_line() {
        const auto end = text_.find('\n');
        if (end == std::string::npos) return std::nullopt;
        std::string line = text_.substr(0, end);
        text_.erase(0, end + 1);
        return line;
    }
    static Raw parse(std::string_view line) {
        const auto blank = line.find(' ', 3);
        return {std::string(line.substr(blank + 1)), from_hex(line.substr(3, blank - 3)), line[1] == '1'};
    }

    Process process_;
    std::string text_;
};

class Mosquitto final : public OtherSide {
public:
    Mosquitto() {
        if (uses_tls) certificate_.emplace(folder_.path());
        write_configuration();
        restart();
    }

    std::unique_ptr<Backend> make_backend(Gateway& gateway, Shard& shard, std::string_view name) override {
        const auto adapter = mqtt::make_adapter(gateway);
        std::string url = "mqtt://127.0.0.1:" + std::to_string(port_);
        if (uses_tls) url = "mqtts://rialto:s%40cret@127.0.0.1:" + std::to_string(tls_port_);
        if (uses_unix) url = "unix://" + socket_path();
        return backend_from(*adapter, shard, name, url, [&](OptionValues& options) {
            options.set("version", std::string(RIALTO_VERSION));
            options.set("qos", std::int64_t{RIALTO_QOS});
            if (uses_tls) options.set("tls", tls_trusting(certificate_->cert));
        });
    }
    void publish(const Raw& message) override {
        std::vector<std::string> command{"mosquitto_pub", "-h", "127.0.0.1", "-p", std::to_string(port_), "-V", "5",
                                         "-q", "1", "-t", message.topic, message.payload.empty() ? "-n" : "-s"};
        if (message.retain) command.emplace_back("-r");
        run_to_end(std::move(command), message.payload);
    }
    std::unique_ptr<RawReader> read(std::string_view pattern) override {
        return std::make_unique<MosquittoSub>(port_, pattern);
    }
    void pause() override {
        server_->send_signal(SIGSTOP);
        is_paused_ = true;
    }
    void resume() override {
        server_->send_signal(SIGCONT);
        is_paused_ = false;
    }
    // Asked to end, it saves its sessions. A paused one could still take what was sent before it ends.
    void stop() override { server_->end(is_paused_ ? SIGKILL : SIGTERM); }
    void restart() override {
        is_paused_ = false;
        server_ = std::make_unique<Process>(std::vector<std::string>{"mosquitto", "-c", configuration_path()});
        wait_for_port(port_, *server_);
    }

private:
    std::string configuration_path() const { return (folder_.path() / "mosquitto.conf").string(); }
    std::string socket_path() const { return (folder_.path() / "mosquitto.sock").string(); }

    void write_configuration() {
        const std::string passwords = (folder_.path() / "passwords").string();
        if (uses_tls) {
            run_to_end({"mosquitto_passwd", "-b", "-c", passwords, "rialto", "s@cret"});
        }
        std::ofstream out(configuration_path());
        out << "per_listener_settings true\nuser root\nlog_type error\nlog_type warning\n"
            << "persistence true\npersistence_location " << folder_.path().string() << "/\n";
        if (uses_tls) {
            out << "listener " << tls_port_ << " 127.0.0.1\nallow_anonymous false\npassword_file " << passwords
                << "\ncertfile " << certificate_->cert << "\nkeyfile " << certificate_->key << "\n";
        }
        if (uses_unix) out << "listener 0 " << socket_path() << "\nallow_anonymous true\n";
        out << "listener " << port_ << " 127.0.0.1\nallow_anonymous true\n";  // the last to open: all are there then
    }

    TempFolder folder_;
    std::optional<Certificate> certificate_;
    std::uint16_t port_ = free_port();
    std::uint16_t tls_port_ = free_port();
    std::unique_ptr<Process> server_;
    bool is_paused_ = false;
};

}  // namespace

Abilities claimed_abilities() {
    const bool v5 = std::string_view(RIALTO_VERSION) != "3.1.1";
    return {.reads = true,
            .writes = true,
            .holds_unsettled = RIALTO_QOS != 2,
            .confirms = true,
            .carries = v5 ? FieldSet::all() : FieldSet{Field::retain},
            .suppresses_echo = v5,
            .keeps_retained = true};
}
std::unique_ptr<OtherSide> start_other_side() { return std::make_unique<Mosquitto>(); }

}  // namespace rialto::contract
