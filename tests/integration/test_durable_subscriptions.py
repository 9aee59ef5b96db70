"""Durable subscriptions of STOMP clients, in the words of three brokers: what matches waits while the client is away, and with a
store also while the gateway is."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import socket
import time

import pytest

from tests.support.clients import MqttClient, StompClient
from tests.support.gateway import Gateway, three_listeners


@dataclasses.dataclass(frozen=True)
class Words:
    """What a client says beside what STOMP has words for."""
    connecting: dict[str, str]
    subscribing: dict[str, str]
    ending: dict[str, str]


ACTIVEMQ = Words({"client-id": "plant-7"}, {"activemq.subscriptionName": "orders"}, {"activemq.subscriptionName": "orders"})
ARTEMIS = Words({"client-id": "plant-7"}, {"durable-subscription-name": "orders"}, {"durable-subscription-name": "orders"})
RABBITMQ = Words({}, {"durable": "true", "auto-delete": "false"}, {"durable": "true"})
EVERY = pytest.mark.parametrize("words", [ACTIVEMQ, ARTEMIS, RABBITMQ], ids=["activemq", "artemis", "rabbitmq"])


@pytest.fixture
def gateway(tmp_path):
    """One with a store."""
    config = f'[gateway]\ndata_dir = "{tmp_path / "data"}"\nworkers = 2\n' + three_listeners()
    with Gateway(tmp_path, config) as running:
        yield running


@pytest.fixture
def forgetful_gateway(tmp_path):
    with Gateway(tmp_path, "[gateway]\nworkers = 2\n" + three_listeners()) as running:
        yield running


@contextlib.contextmanager
def client_of(gateway: Gateway, words: Words, version: str = "1.2"):
    client = StompClient(gateway.port("stomp"), version, connecting=words.connecting, subscribing=words.subscribing)
    yield client
    if client.connection.is_connected() and not client.errors:
        client.say_goodbye()


def numbers(messages) -> list[int]:
    return [int(message.payload) for message in messages]


def restart(gateway: Gateway) -> None:
    gateway.kill()
    gateway.start()


@EVERY
@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_without_a_store_messages_wait_while_the_client_is_away(forgetful_gateway, words, version):
    gateway = forgetful_gateway
    with client_of(gateway, words, version) as client:
        client.subscribe("/topic/a/#")
    with MqttClient(gateway.port("mqtt")) as mqtt, StompClient(gateway.port("stomp")) as stomp:
        for number in range(0, 100, 2):
            mqtt.publish("a/mqtt", str(number))
            stomp.publish("/topic/a.stomp", str(number + 1))
    with client_of(gateway, words, version) as client:
        subscription = client.subscribe("/topic/a/#")
        assert numbers(client.inbox.wait_for_count(100)) == list(range(100))
        assert {message.topic for message in client.inbox.all()} == {"/topic/a/mqtt", "/topic/a/stomp"}
        client.unsubscribe(subscription, **words.ending)
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.publish("a", "nobody's")
    with client_of(gateway, words, version) as client:
        client.subscribe("/topic/a/#")
        assert client.inbox.settle(0.3) == []


@EVERY
def test_what_was_confirmed_is_there_after_a_kill_and_what_was_acknowledged_is_not(gateway, words):
    with client_of(gateway, words) as client:
        client.subscribe("/topic/a/#", "client")
        with MqttClient(gateway.port("mqtt")) as mqtt:
            for number in range(100):
                mqtt.publish("a/b", str(number), qos=1 + number % 2)
        got = client.inbox.wait_for_count(100)
        client.connection.ack(got[59].headers["ack"])
        # What is confirmed behind it was handled behind it, and the disk has it in that order.
        client.publish("/topic/elsewhere", "x")
    with StompClient(gateway.port("stomp")) as sender:
        for number in range(100, 200):
            sender.publish("/topic/a/c", str(number))
    restart(gateway)
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.publish("a", "200")
    with client_of(gateway, words) as client:
        subscription = client.subscribe("/topic/a/#", "client")
        got = client.inbox.wait_for_count(141)
        assert numbers(got) == list(range(60, 201))
        assert got[0].headers["redelivered"] == "true"
        client.connection.ack(got[-1].headers["ack"])
        client.unsubscribe(subscription)
        client.publish("/topic/a", "201")
    restart(gateway)
    with client_of(gateway, words) as client:
        subscription = client.subscribe("/topic/a/#", "client")
        assert numbers(client.inbox.wait_for_count(1)) == [201]
        client.unsubscribe(subscription, **words.ending)
    restart(gateway)
    with MqttClient(gateway.port("mqtt")) as mqtt, client_of(gateway, words) as client:
        mqtt.publish("a", "nobody's")
        client.subscribe("/topic/a/#")
        assert client.inbox.settle(0.3) == []


def test_a_message_keeps_its_fields_on_disk(gateway):
    with client_of(gateway, ARTEMIS) as client:
        client.subscribe("/topic/a")
    with StompClient(gateway.port("stomp")) as sender:
        sender.publish("/topic/a", b"\x00\xff", "image/png", colour="blue")
    restart(gateway)
    with client_of(gateway, ARTEMIS) as client:
        client.subscribe("/topic/a")
        got = client.inbox.wait_for("/topic/a", b"\x00\xff")
        assert (got.headers["content-type"], got.headers["colour"]) == ("image/png", "blue")


def test_a_client_may_come_back_as_often_as_it_likes(gateway):
    """Each goodbye is answered when the subscription is free for the next one, wherever that is connected."""
    with MqttClient(gateway.port("mqtt")) as mqtt:
        for number in range(50):
            with client_of(gateway, ARTEMIS) as client:
                client.subscribe("/topic/a")
                if number:
                    assert numbers(client.inbox.wait_for_count(1)) == [number - 1]
            mqtt.publish("a", str(number))


def test_a_second_subscriber_is_told_and_one_that_crashed_is_in_nobodys_way(gateway):
    with client_of(gateway, ARTEMIS) as first:
        first.subscribe("/topic/a", "client")
        with client_of(gateway, ARTEMIS) as second:
            with pytest.raises(AssertionError, match="no RECEIPT"):
                second.subscribe("/topic/a")
            assert "another subscriber is using the durable subscription 'stomp/plant-7/orders'" in second.errors[0]
        with MqttClient(gateway.port("mqtt")) as mqtt:
            mqtt.publish("a", "1")
        first.inbox.wait_for_count(1)
        first.connection.transport.socket.shutdown(socket.SHUT_RDWR)
        first.connection.transport.stop()
        with MqttClient(gateway.port("mqtt")) as mqtt:
            mqtt.publish("a", "2")
        with client_of(gateway, ARTEMIS) as third:
            third.subscribe("/topic/a")
            assert numbers(third.inbox.wait_for_count(2)) == [1, 2]


def test_without_a_client_id_the_client_hears_what_to_send(gateway):
    with StompClient(gateway.port("stomp"), subscribing=ARTEMIS.subscribing) as client:
        with pytest.raises(AssertionError, match="no RECEIPT"):
            client.subscribe("/topic/a")
        assert "send the header 'client-id' in CONNECT" in client.errors[0]


def test_one_that_nobody_comes_back_to_is_named_when_it_is_full(forgetful_gateway):
    gateway = forgetful_gateway
    with client_of(gateway, ARTEMIS) as client:
        client.subscribe("/topic/a")
    with MqttClient(gateway.port("mqtt")) as mqtt:
        for number in range(10_001):
            mqtt.publish("a", str(number), qos=0)
        sent = mqtt.paho.publish("a", "10001", 1)
        sent.wait_for_publish(1)
        assert not sent.is_published(), "nothing that is acknowledged is dropped"
        deadline = time.monotonic() + 10
        while (full := [line for line in gateway.log().splitlines() if "queue is full" in line]) == [] and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(full) == 1 and "queue=stomp/plant-7/orders" in full[0]
        with client_of(gateway, ARTEMIS) as client:
            client.subscribe("/topic/a")
            assert numbers(client.inbox.wait_for_count(10_001, 30)) == [*range(10_000), 10_001]
        sent.wait_for_publish(10)
        assert sent.is_published()


def test_it_takes_what_is_published_while_the_file_has_no_stomp_listener(gateway):
    with client_of(gateway, ARTEMIS) as client:
        client.subscribe("/topic/orders/#")
    whole, ports = gateway.file.read_text(), gateway.ports
    gateway.kill()
    gateway.file.write_text(re.sub(r"\[listeners\.stomp\]\nurl = .*\n", "", whole))
    gateway.ports = {name: port for name, port in ports.items() if name != "stomp"}
    gateway.start()
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.publish("orders/1", "1")
    gateway.kill()
    gateway.file.write_text(whole)
    gateway.ports = ports
    gateway.start()
    with client_of(gateway, ARTEMIS) as client:
        client.subscribe("/topic/orders/#")
        assert numbers(client.inbox.wait_for_count(1)) == [1]
