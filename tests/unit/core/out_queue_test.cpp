#include <doctest/doctest.h>

#include <array>

#include "core/net/out_queue.hpp"
#include "tests/unit/core/fixtures.hpp"

using namespace rialto;

namespace {

std::string contents(const OutQueue& queue) {
    std::array<iovec, 64> storage;
    std::string text;
    for (const auto& piece : queue.front(storage)) text.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    return text;
}

}  // namespace

TEST_CASE("small writes are joined into one piece") {
    OutQueue queue;
    queue.append(as_bytes("ab"));
    queue.append(as_bytes("cd"));
    std::array<iovec, 64> storage;
    CHECK(queue.front(storage).size() == 1);
    CHECK(contents(queue) == "abcd");
}

TEST_CASE("what is popped is gone, in the middle of a piece too") {
    OutQueue queue;
    queue.append(as_bytes("abcdef"));
    queue.pop(2);
    CHECK(contents(queue) == "cdef");
    CHECK(queue.size() == 4);
    queue.pop(4);
    CHECK(queue.empty());
    queue.append(as_bytes("x"));
    CHECK(contents(queue) == "x");
}

TEST_CASE("order holds over blocks, large pieces and payloads that stay in their message") {
    OutQueue queue;
    std::string expected;
    const std::string payload(40'000, 'p');
    const auto message = test::message("t", payload);
    for (int i = 0; i < 5; ++i) {
        const std::string frame(3000 + static_cast<std::size_t>(i) * 4000, static_cast<char>('a' + i));
        queue.append(as_bytes(frame));
        queue.append_payload(message);
        expected += frame + payload;
    }
    CHECK(queue.size() == expected.size());
    std::string got;
    while (!queue.empty()) {
        const auto all = contents(queue);
        const auto part = std::min<std::size_t>(all.size(), 7777);
        got += all.substr(0, part);
        queue.pop(part);
    }
    CHECK(got == expected);
}
