#pragma once

#include <string>

#include "tests/contract/other_side.hpp"
#include "tests/contract/real_broker.hpp"

namespace rialto::contract {

/// A broker that takes long to start: one for all cases of the program, which ends with it.
struct SharedBroker {
    enum class Stopping {
        kill,        ///< as a crash would
        end_calmly,  ///< it needs that to write down what was acknowledged
    };

    RealBroker process;
    Stopping stopping = Stopping::kill;
    bool is_running = true;
    int cases = 0;
};

/// The other side that is a shared broker. Each case has topics and subscriptions of its own, by own().
class SharedBrokerSide : public OtherSide {
public:
    /// A case that failed may have left the broker paused.
    ~SharedBrokerSide() override {
        if (is_paused_ && broker_.is_running) broker_.process.resume();
    }

    void pause() override {
        broker_.process.pause();
        is_paused_ = true;
    }
    void resume() override {
        broker_.process.resume();
        is_paused_ = false;
    }
    /// One that is paused is killed in any case: it could still take what was sent before it ends.
    void stop() override {
        const bool is_calm = broker_.stopping == SharedBroker::Stopping::end_calmly && !is_paused_;
        is_calm ? broker_.process.end() : broker_.process.kill();
        broker_.is_running = false;
    }
    void restart() final {
        broker_.process.restart();
        broker_.is_running = true;
        is_paused_ = false;
    }

protected:
    explicit SharedBrokerSide(SharedBroker& broker) : broker_(broker), own_("case" + std::to_string(++broker.cases)) {
        if (!broker_.is_running) restart();
    }

    const RealBroker& broker() const noexcept { return broker_.process; }
    /// What the names of this case begin with.
    const std::string& own() const noexcept { return own_; }

private:
    SharedBroker& broker_;
    const std::string own_;
    bool is_paused_ = false;
};

}  // namespace rialto::contract
