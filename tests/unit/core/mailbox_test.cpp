#include <doctest/doctest.h>

#include <memory>
#include <thread>
#include <vector>

#include "core/mailbox.hpp"

using namespace rialto;

TEST_CASE("mail is run in the order in which it was put, and only the first of a batch wakes") {
    Mailbox box;
    std::vector<int> order;
    CHECK(box.put(Mailbox::mail_of([&] { order.push_back(1); })));
    CHECK_FALSE(box.put(Mailbox::mail_of([&] { order.push_back(2); })));
    box.run_all();
    CHECK(box.put(Mailbox::mail_of([&] { order.push_back(3); })));
    box.run_all();
    CHECK(order == std::vector{1, 2, 3});
}

TEST_CASE("mail that nobody read is dropped with its box") {
    const auto token = std::make_shared<int>(1);
    {
        Mailbox box;
        box.put(Mailbox::mail_of([token] {}));
        CHECK(token.use_count() == 2);
    }
    CHECK(token.use_count() == 1);
}

TEST_CASE("each of several senders keeps its order") {
    constexpr int senders = 4;
    constexpr int each = 20000;
    Mailbox box;
    std::vector<int> last(senders, -1);
    int got = 0;
    bool ordered = true;
    std::vector<std::thread> threads;
    for (int sender = 0; sender < senders; ++sender) {
        threads.emplace_back([&, sender] {
            for (int i = 0; i < each; ++i) {
                box.put(Mailbox::mail_of([&, sender, i] {
                    const auto at = static_cast<std::size_t>(sender);
                    ordered = ordered && last[at] == i - 1;
                    last[at] = i;
                    ++got;
                }));
            }
        });
    }
    while (got < senders * each) box.run_all();
    for (auto& thread : threads) thread.join();
    CHECK(ordered);
}
