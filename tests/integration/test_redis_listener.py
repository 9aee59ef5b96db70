"""The Redis protocol for clients of the gateway: redis-cli, redis-py and bare sockets."""

import contextlib
import socket
import subprocess
import time

import pytest
import redis as redis_py

from tests.support.clients import LiveSocket, MqttClient, RedisClient, StompClient
from tests.support.gateway import three_listeners
from tests.support.processes import HOST, free_port


def listener(options: str = "", scheme: str = "redis") -> str:
    return f'[listeners.redis]\nurl = "{scheme}://{HOST}:{free_port()}"\n{options}\n'


@pytest.fixture
def gateway(gateway_with):
    return gateway_with(three_listeners(listener()))


def client(gateway, **options) -> redis_py.Redis:
    return redis_py.Redis(host=HOST, port=gateway.port("redis"), **options)


@contextlib.contextmanager
def bare(gateway):
    """A socket, and a way to read from it until some bytes have come."""
    with socket.create_connection((HOST, gateway.port("redis")), timeout=10) as connection:
        connection.settimeout(10)
        yield connection


def read(connection, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(65536)
        if not more:
            break
        data += more
    return data


def redis_cli(gateway, *words) -> str:
    done = subprocess.run(["redis-cli", "-p", str(gateway.port("redis")), *words], capture_output=True, text=True, timeout=20)
    return done.stdout.strip()


def test_every_protocol_sees_what_redis_clients_publish_and_the_other_way_round(gateway):
    with (MqttClient(gateway.port("mqtt")) as mqtt, StompClient(gateway.port("stomp")) as stomp,
          LiveSocket(gateway.port("web")) as live, RedisClient(client(gateway)) as redis):
        mqtt.subscribe("room/#")
        stomp.subscribe("/topic/room/#")
        live.subscribe("room/#")
        redis.subscribe("room/*")
        assert redis.publish("room/a", b"\x00\xff from redis") == 1
        mqtt.publish("room/b", "from mqtt")
        live.publish("room/c", text="from the browser")
        for inbox in (mqtt.inbox, redis.inbox):
            inbox.wait_for("room/a", b"\x00\xff from redis")
            inbox.wait_for("room/b", "from mqtt")
            inbox.wait_for("room/c", "from the browser")
        live.inbox.wait_for("room/b", "from mqtt")
        assert len(stomp.inbox.wait_for_count(3)) == 3


def test_redis_cli_pings_publishes_and_is_told_what_there_is_not(gateway):
    assert redis_cli(gateway, "ping") == "PONG"
    assert redis_cli(gateway, "publish", "nobody/listens", "x") == "0"
    assert redis_cli(gateway, "get", "a").startswith("ERR unknown command 'get'")
    assert redis_cli(gateway, "publish", "a") == "ERR wrong number of arguments for 'publish' command"
    assert redis_cli(gateway, "publish", "a/#", "x").startswith("ERR the topic 'a/#' contains a wildcard")
    assert redis_cli(gateway, "-a", "any", "--no-auth-warning", "ping") == "PONG"


def test_a_message_comes_once_for_each_channel_and_pattern_that_it_matches(gateway):
    with client(gateway) as publisher, client(gateway).pubsub() as subscriber:
        subscriber.subscribe("news/tech", "news/art")
        subscriber.psubscribe("news/*", "n?ws/t[a-f]ch", "other/*")
        for _ in range(5):
            assert subscriber.get_message(timeout=10)["type"] in ("subscribe", "psubscribe")
        assert publisher.publish("news/tech", "1") == 1
        came = [subscriber.get_message(timeout=10) for _ in range(3)]
        assert sorted((m["type"], m["pattern"], m["channel"]) for m in came if m["type"] == "pmessage") == [
            ("pmessage", b"n?ws/t[a-f]ch", b"news/tech"), ("pmessage", b"news/*", b"news/tech")]
        assert [m["channel"] for m in came if m["type"] == "message"] == [b"news/tech"]
        subscriber.unsubscribe("news/tech")
        subscriber.punsubscribe()
        for _ in range(4):
            assert subscriber.get_message(timeout=10)["type"] in ("unsubscribe", "punsubscribe")
        publisher.publish("news/tech", "2")
        publisher.publish("news/art", "3")
        assert subscriber.get_message(timeout=10)["data"] == b"3"
        assert subscriber.get_message(timeout=0.5) is None


def test_beside_subscriptions_only_their_commands_are_allowed(gateway):
    with bare(gateway) as connection:
        connection.sendall(b"SUBSCRIBE a\r\nPUBLISH a x\r\nPING\r\nPING hi\r\nUNSUBSCRIBE\r\nPUBLISH b x\r\nRESET\r\nQUIT\r\n")
        answer = read(connection, 10_000)
    assert answer == (
        b"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"
        b"-ERR Can't execute 'PUBLISH': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n"
        b"*2\r\n$4\r\npong\r\n$0\r\n\r\n*2\r\n$4\r\npong\r\n$2\r\nhi\r\n"
        b"*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n:0\r\n+RESET\r\n+OK\r\n")


def test_clients_find_what_they_ask_for_before_they_begin(gateway):
    with client(gateway) as connected:
        assert connected.info()["redis_version"].startswith("7.")
        assert connected.client_setname("dash") and connected.client_getname() == "dash"
        assert connected.select(0)
        with pytest.raises(redis_py.ResponseError, match="out of range"):
            connected.select(1)
    with bare(gateway) as connection:
        connection.sendall(b"*4\r\n$5\r\nHELLO\r\n$1\r\n2\r\n$7\r\nSETNAME\r\n$1\r\nx\r\n")
        assert b"rialto" in read(connection, 40)


@pytest.mark.parametrize("version", [2, 3])
def test_both_versions_of_the_protocol_are_spoken(gateway, version):
    with client(gateway, protocol=version) as publisher, RedisClient(client(gateway, protocol=version)) as subscriber:
        assert publisher.client_getname() is None
        subscriber.subscribe("v/*")
        assert publisher.publish("v/a", "x") == 1
        subscriber.inbox.wait_for("v/a", "x")


def test_at_version_3_a_subscriber_may_do_anything(gateway):
    with bare(gateway) as connection:
        connection.sendall(b"HELLO 3\r\nSUBSCRIBE a\r\nPUBLISH a x\r\nPING\r\nCLIENT GETNAME\r\nQUIT\r\n")
        answer = read(connection, 10_000)
    assert answer.startswith(b"%6\r\n$6\r\nserver\r\n$6\r\nrialto\r\n")
    assert answer.endswith(b">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"
                           b":1\r\n>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n+PONG\r\n_\r\n+OK\r\n")


def test_a_stranger_is_refused_where_anonymous_clients_are_not_welcome(gateway_with):
    gateway = gateway_with(three_listeners(listener() + "[auth]\nallow_anonymous = false\n"))
    assert redis_cli(gateway, "ping") == "NOAUTH Authentication required."
    with bare(gateway) as connection:
        connection.sendall(b"AUTH secret\r\nPUBLISH a x\r\n")
        answer = read(connection, 90)
    assert answer.startswith(b"-WRONGPASS ") and b"-NOAUTH " in answer


def test_replies_keep_the_order_of_the_commands_and_publish_waits_for_its_targets(gateway_with, redis):
    config = three_listeners(listener() + f"""
[backends.far]
url = "{redis.url}"
[[routes]]
from = "bus:out/{{x...}}"
to = "far:out/{{x...}}"
""")
    gateway = gateway_with(config)
    gateway.wait_for_backend("far")
    redis.pause()
    with bare(gateway) as connection:
        connection.sendall(b"PUBLISH in/a x\r\nPUBLISH out/a x\r\nPING\r\nPUBLISH in/b x\r\n")
        assert read(connection, 4) == b":0\r\n"
        connection.settimeout(1)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        redis.resume()
        connection.settimeout(10)
        assert read(connection, 15) == b":1\r\n+PONG\r\n:0\r\n"


def test_thousands_of_messages_arrive_once_and_in_order(gateway):
    count = 20_000
    with RedisClient(client(gateway)) as subscriber, client(gateway) as publisher:
        subscriber.subscribe("load/*")
        with publisher.pipeline(transaction=False) as pipeline:
            for number in range(count):
                pipeline.publish("load/x", str(number))
            assert pipeline.execute() == [1] * count
        assert [int(m.payload) for m in subscriber.inbox.wait_for_count(count, 30)] == list(range(count))


def test_a_client_that_does_not_read_is_sent_away_and_costs_nobody_else_anything(gateway_with):
    gateway = gateway_with(three_listeners(listener('max_backlog = "256KiB"')))
    with bare(gateway) as lazy, RedisClient(client(gateway)) as diligent, client(gateway) as publisher:
        lazy.sendall(b"SUBSCRIBE big\r\n")
        time.sleep(0.2)
        diligent.subscribe("big")
        for number in range(1, 401):
            publisher.publish("big", "x" * 50_000)
            if number % 4 == 0:     # a reader that keeps up: what fits into its backlog waits for it
                diligent.inbox.wait_for_count(number, 30)
        gateway.wait_for_log("it reads too slowly")


@pytest.mark.parametrize("sent, problem", [
    (b"*x\r\n", "invalid multibulk length"), (b"*1\r\n$99999999999\r\n", "invalid bulk length"),
    (b"*1\r\n!4\r\n", "expected '$'"), (b"x" * 70_000, "too big inline request")])
def test_what_is_no_command_ends_that_connection_alone(gateway, sent, problem):
    with client(gateway) as healthy, bare(gateway) as connection:
        connection.sendall(sent)
        assert problem.encode() in read(connection, 10_000)
        assert healthy.ping()


def test_a_page_that_posts_to_the_port_gets_nowhere(gateway):
    with bare(gateway) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\nPUBLISH a x\r\n")
        assert read(connection, 10_000) == b""


def test_rediss_is_the_same_over_tls(gateway_with, certificates):
    tls = f'tls = {{ cert = "{certificates.server.cert}", key = "{certificates.server.key}" }}'
    gateway = gateway_with(three_listeners(listener(tls, "rediss")))
    with client(gateway, ssl=True, ssl_ca_certs=str(certificates.ca)) as secure:
        assert secure.ping() and secure.publish("a", "x") == 0
