#include "adapters/zeromq/fd_watch.hpp"

#include <doctest/doctest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <optional>

using namespace rialto::zeromq;

namespace {

/// A descriptor that becomes readable when it is told to, as ZeroMQ's does.
struct Signal {
    Signal() : descriptor(::eventfd(0, EFD_NONBLOCK)) {}
    ~Signal() { ::close(descriptor); }
    void raise() const { REQUIRE(::eventfd_write(descriptor, 1) == 0); }
    void take() const {
        eventfd_t value = 0;
        static_cast<void>(::eventfd_read(descriptor, &value));
    }
    int descriptor;
};

struct Watching {
    int news = 0;
    Signal signal;
    boost::asio::io_context io;
};

}  // namespace

TEST_CASE_FIXTURE(Watching, "news is told each time there is some") {
    FdWatch watch(io, signal.descriptor, [this] {
        ++news;
        signal.take();
    });
    for (int round = 1; round <= 3; ++round) {
        signal.raise();
        io.poll();
        CHECK(news == round);
    }
}

TEST_CASE_FIXTURE(Watching, "news that came before the watch or during the call is told too") {
    signal.raise();
    FdWatch watch(io, signal.descriptor, [this] {
        signal.take();
        if (++news == 1) signal.raise();
    });
    io.poll();
    CHECK(news == 2);
}

TEST_CASE_FIXTURE(Watching, "without news it calls when it is asked to") {
    FdWatch watch(io, signal.descriptor, [this] { ++news; });
    watch.call_soon();
    CHECK(news == 0);
    io.poll();
    CHECK(news == 1);
}

TEST_CASE_FIXTURE(Watching, "a watch that is gone calls nobody, and leaves the descriptor open") {
    {
        FdWatch watch(io, signal.descriptor, [this] { ++news; });
        watch.call_soon();
        signal.raise();
    }
    io.poll();
    CHECK(news == 0);
    CHECK(::eventfd_write(signal.descriptor, 1) == 0);
}

TEST_CASE_FIXTURE(Watching, "a watch may end in its own call") {
    std::optional<FdWatch> watch;
    watch.emplace(io, signal.descriptor, [&] {
        ++news;
        watch.reset();
    });
    signal.raise();
    io.poll();
    CHECK(news == 1);
}

TEST_CASE("a watch may outlive its loop") {
    const Signal signal;
    auto io = std::make_unique<boost::asio::io_context>();
    FdWatch watch(*io, signal.descriptor, [] { FAIL("nobody asked"); });
    io.reset();
    CHECK(::eventfd_write(signal.descriptor, 1) == 0);
}
