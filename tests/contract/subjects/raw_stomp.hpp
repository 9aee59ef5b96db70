#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rialto::contract {

/// A small blocking STOMP 1.2 client that shares nothing with the adapter.
class RawStomp {
public:
    using Headers = std::vector<std::pair<std::string, std::string>>;
    struct Frame {
        std::string command;
        std::map<std::string, std::string> headers;
        std::string body;
    };

    RawStomp(std::uint16_t port, const std::string& host) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
        send("CONNECT", {{"accept-version", "1.2"}, {"host", host}, {"login", "rialto"}, {"passcode", "bridge"}});
        expect("CONNECTED");
    }
    ~RawStomp() { ::close(socket_); }
    RawStomp(const RawStomp&) = delete;
    RawStomp& operator=(const RawStomp&) = delete;

    void send(const std::string& command, const Headers& headers, std::string_view body = {}) {
        std::string out = command + "\n";
        for (const auto& [name, value] : headers) out += name + ":" + escaped(value) + "\n";
        out += "\n";
        out += body;
        out += '\0';
        for (std::size_t sent = 0; sent < out.size();) {
            const ssize_t size = ::send(socket_, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
            if (size <= 0) fail("send");
            sent += static_cast<std::size_t>(size);
        }
    }

    std::optional<Frame> next(std::chrono::milliseconds within) {
        for (;;) {
            if (auto frame = parse()) return frame;
            pollfd ready{socket_, POLLIN, 0};
            if (::poll(&ready, 1, static_cast<int>(within.count())) != 1) return std::nullopt;
            std::array<char, 65536> room;
            const ssize_t size = ::recv(socket_, room.data(), room.size(), 0);
            if (size <= 0) fail("the broker hung up");
            input_.append(room.data(), static_cast<std::size_t>(size));
        }
    }

    void expect(const std::string& command) {
        const auto frame = next(std::chrono::seconds(20));
        if (!frame || frame->command != command) fail(command + " did not come, but " + (frame ? frame->command + frame->body : "nothing"));
    }

private:
    [[noreturn]] static void fail(const std::string& what) { throw std::runtime_error("raw STOMP client: " + what); }

    static std::string escaped(std::string_view text) {
        std::string out;
        for (const char c : text) {
            if (c == '\\') out += "\\\\";
            else if (c == ':') out += "\\c";
            else if (c == '\n') out += "\\n";
            else if (c == '\r') out += "\\r";
            else out += c;
        }
        return out;
    }
    static std::string unescaped(std::string_view text) {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '\\' || i + 1 == text.size()) {
                out += text[i];
                continue;
            }
            const char code = text[++i];
            out += code == 'c' ? ':' : code == 'n' ? '\n' : code == 'r' ? '\r' : code;
        }
        return out;
    }

    /// One whole frame from the front of the input.
    std::optional<Frame> parse() {
        input_.erase(0, std::min(input_.size(), input_.find_first_not_of("\r\n")));
        const std::size_t head = input_.find("\n\n");
        if (head == std::string::npos) return std::nullopt;
        Frame frame;
        std::size_t at = input_.find('\n');
        frame.command = input_.substr(0, at);
        while (at != head) {
            const std::size_t end = input_.find('\n', at + 1);
            const std::size_t colon = input_.find(':', at + 1);
            frame.headers.emplace(unescaped(std::string_view(input_).substr(at + 1, colon - at - 1)),
                                  unescaped(std::string_view(input_).substr(colon + 1, end - colon - 1)));
            at = end;
        }
        const std::size_t body = head + 2;
        std::size_t end = input_.find('\0', body);
        if (const auto length = frame.headers.find("content-length"); length != frame.headers.end()) {
            std::size_t size = 0;
            std::from_chars(length->second.data(), length->second.data() + length->second.size(), size);
            end = body + size;
        }
        if (end == std::string::npos || end >= input_.size()) return std::nullopt;
        frame.body = input_.substr(body, end - body);
        input_.erase(0, end + 1);
        return frame;
    }

    int socket_;
    std::string input_;
};

}  // namespace rialto::contract
