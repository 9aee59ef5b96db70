#pragma once

#include <list>
#include <mutex>
#include <string>
#include <vector>

namespace rialto {

/// Which parts that a gateway depends on are up: what is told to whoever asks whether it is ready. @thread any
class Readiness {
    struct Entry {
        std::string name;
        bool is_up = false;
    };

public:
    /// One part, down until it says otherwise; no longer counted once it is gone. Outlived by its Readiness.
    class Part {
    public:
        Part(Readiness& readiness, std::string name);
        ~Part();
        Part(const Part&) = delete;
        Part& operator=(const Part&) = delete;

        void set(bool is_up);

    private:
        Readiness& readiness_;
        std::list<Entry>::iterator entry_;
    };

    struct State {
        std::string name;
        bool is_up;
    };
    /// By name, and of parts of one name the older first.
    std::vector<State> states() const;

private:
    mutable std::mutex mutex_;
    std::list<Entry> entries_;
};

}  // namespace rialto
