#include "adapters/mqtt/session_directory.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace rialto::mqtt;

TEST_CASE("a client's session lives where the client came first, until it ends") {
    SessionDirectory directory;
    CHECK(directory.claim("a", 1) == 1);
    CHECK(directory.claim("a", 0) == 1);
    CHECK(directory.claim("b", 0) == 0);
    directory.release("a");
    CHECK(directory.claim("a", 0) == 0);
    directory.release("nobody");
}

TEST_CASE("of connections that come at once with one client identifier, all find the same home") {
    constexpr std::size_t threads = 4;
    constexpr int clients = 2000;
    SessionDirectory directory;
    std::vector<std::vector<std::size_t>> homes(threads);
    std::vector<std::thread> running;
    std::atomic<bool> go{false};
    for (std::size_t shard = 0; shard < threads; ++shard) {
        running.emplace_back([&, shard] {
            while (!go) std::this_thread::yield();
            for (int i = 0; i < clients; ++i) homes[shard].push_back(directory.claim("client-" + std::to_string(i), shard));
        });
    }
    go = true;
    for (auto& thread : running) thread.join();
    for (std::size_t shard = 1; shard < threads; ++shard) CHECK(homes[shard] == homes[0]);
}
