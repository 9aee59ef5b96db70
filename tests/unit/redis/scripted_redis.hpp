#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/connection.hpp"
#include "adapters/redis/resp.hpp"
#include "core/net/acceptor.hpp"
#include "core/net/socket_wire.hpp"

namespace rialto::redis {

using namespace std::chrono_literals;

/// A Redis that says what the test writes: answers each command with the next line of its script.
class ScriptedRedis {
public:
    explicit ScriptedRedis(Shard& shard) {
        acceptor_ = Acceptor::bind(shard, {"127.0.0.1", 0}, [this, &shard](Connected connected) {
                        const auto accepted =
                            std::make_shared<SocketWire>(shard, connected.descriptor, connected.family, nullptr);
                        accepted->start(std::make_unique<Session>(*accepted, *this));
                    }).value();
        acceptor_->start();
    }
    ~ScriptedRedis() { acceptor_->close(); }

    Login login() const {
        Login login;
        login.dialing.address = acceptor_->address();
        login.dialing.within = 5s;
        return login;
    }

    std::deque<std::string> script;      ///< an empty line answers nothing
    std::function<std::string(const std::string& command)> answer;  ///< asked once the script is over
    std::vector<std::string> commands;   ///< what came: words with blanks between
    Wire* wire = nullptr;                ///< the newest connection

private:
    std::string next_answer(const std::string& command) {
        if (script.empty()) return answer ? answer(command) : std::string();
        std::string line = std::move(script.front());
        script.pop_front();
        return line;
    }

    class Session final : public StreamSession {
    public:
        Session(Wire& to, ScriptedRedis& server) : wire_(to), server_(server) { server_.wire = &to; }
        std::size_t on_bytes(ByteView bytes) override {
            reader_.feed(bytes);
            for (auto reply = reader_.next().value(); reply; reply = reader_.next().value()) {
                std::string words;
                for (const redisReply* word : elements_of(*reply)) words += std::string(text_of(*word)) + " ";
                words.pop_back();
                server_.commands.push_back(words);
                wire_.write(as_bytes(server_.next_answer(words)));
            }
            return bytes.size();
        }
        void on_drain() override {}
        void on_closed(const Error&) override {
            if (server_.wire == &wire_) server_.wire = nullptr;
        }

    private:
        Wire& wire_;
        ScriptedRedis& server_;
        ReplyReader reader_;
    };

    std::shared_ptr<Acceptor> acceptor_;
};

}  // namespace rialto::redis
