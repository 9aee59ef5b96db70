#include "tests/unit/amqp/house.hpp"

using namespace rialto;
using namespace rialto::amqp;
using namespace rialto::amqp::testing;
using rialto::test::Disk;

namespace {

std::size_t keys_on(Disk& disk) {
    const std::lock_guard lock(disk.mutex);
    return disk.keys.size();
}

void send_five(House& house, Client& client) {
    pn_link_t* const sender = client.sender("/queue/q");
    for (const char* const payload : {"1", "2", "3", "4", "5"}) client.send(sender, payload);
    house.write_all();
}

}  // namespace

TEST_CASE("what a receiver accepted or rejected is gone from the disk; the rest comes again after a kill [AMQP 3.4]") {
    Disk disk, left;
    {
        House house(disk);
        Client client(house);
        send_five(house, client);
        CHECK(keys_on(disk) == 5);
        client.receiver("/queue/q", 5);
        const auto got = client.take();
        REQUIRE(got.size() == 5);
        CHECK(got[0].delivery_count == 0);
        client.settle(got[0], PN_ACCEPTED);
        client.settle(got[1], PN_REJECTED);
        client.settle(got[2], PN_RELEASED);
        client.settle(got[3], PN_MODIFIED);
        house.write_all();
        left.keys = disk.keys;
    }
    House house(left);
    Client client(house);
    client.receiver("/queue/q", 10);
    const auto again = client.take();
    REQUIRE(again.size() == 3);
    CHECK(again[0].payload + again[1].payload + again[2].payload == "345");
    CHECK(again[0].delivery_count == 1);
    for (const auto& got : again) client.settle(got, PN_ACCEPTED);
    house.write_all();
    CHECK(keys_on(left) == 0);
}

TEST_CASE("what is sent settled leaves the disk when it is sent") {
    Disk disk;
    House house(disk);
    Client client(house);
    send_five(house, client);
    client.receiver("/queue/q", 3, true);
    CHECK(client.payloads() == "1,2,3");
    house.write_all();
    CHECK(keys_on(disk) == 2);
}

TEST_CASE("what a link had when it was closed goes to the next one, and stays on disk meanwhile") {
    Disk disk;
    House house(disk);
    Client client(house);
    send_five(house, client);
    pn_link_t* const receiver = client.receiver("/queue/q", 5);
    client.close(receiver);
    house.write_all();
    CHECK(keys_on(disk) == 5);
    client.take();
    client.receiver("/queue/q", 5);
    const auto again = client.take();
    CHECK(again.size() == 5);
    for (const auto& got : again) client.settle(got, PN_ACCEPTED);
    house.write_all();
    CHECK(keys_on(disk) == 0);
}

TEST_CASE("a sender is answered when its message is on disk, and not before") {
    Disk disk;
    House house(disk);
    Client client(house);
    pn_link_t* const sender = client.sender("/queue/q");
    disk.hold();
    pn_delivery_t* const delivery = client.send(sender, "1");
    CHECK(Client::outcome(delivery).empty());
    disk.let_go();
    house.write_all();
    client.run();
    CHECK(Client::outcome(delivery) == pn_disposition_type_name(PN_ACCEPTED));
}
