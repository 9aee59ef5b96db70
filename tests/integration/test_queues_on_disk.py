"""Queues of a gateway with a `data_dir`: what was acknowledged to its sender is there after kill -9, until a consumer has it."""

from __future__ import annotations

import contextlib

import proton
import pytest

from tests.support.clients import MqttClient, StompClient
from tests.support.clients.amqp import connect, octets
from tests.support.gateway import Gateway, three_listeners
from tests.support.processes import HOST, free_port


@pytest.fixture
def gateway(tmp_path):
    config = f'[gateway]\ndata_dir = "{tmp_path / "data"}"\nworkers = 2\n' + three_listeners(
        f'[listeners.amqp]\nurl = "amqp://{HOST}:{free_port()}"\n')
    with Gateway(tmp_path, config) as running:
        yield running


def restart(gateway: Gateway) -> None:
    gateway.kill()
    gateway.start()


def send(gateway: Gateway, destination: str, payloads) -> None:
    with StompClient(gateway.port("stomp")) as sender:
        for payload in payloads:
            sender.publish(destination, str(payload))


def numbers(messages) -> list[int]:
    return [int(message.payload) for message in messages]


def test_what_was_confirmed_is_there_after_a_kill_for_consumers_of_both_protocols(gateway):
    send(gateway, "/queue/to/stomp", range(200))
    send(gateway, "/queue/to/amqp", range(200))
    restart(gateway)
    with StompClient(gateway.port("stomp")) as consumer, contextlib.closing(connect(gateway.port("amqp"))) as amqp:
        consumer.subscribe("/queue/to/stomp", "client-individual")
        assert numbers(consumer.inbox.wait_for_count(200)) == list(range(200))
        receiver = amqp.create_receiver("/queue/to/amqp", credit=50)
        for number in range(200):
            assert octets(receiver.receive(timeout=10)) == str(number).encode()
            receiver.accept()


def test_what_a_consumer_acknowledged_does_not_come_again_and_what_it_only_had_does(gateway):
    send(gateway, "/queue/q", range(100))
    with StompClient(gateway.port("stomp")) as consumer:
        number = consumer.subscribe("/queue/q", "client")
        got = consumer.inbox.wait_for_count(100)
        consumer.connection.ack(got[59].headers["ack"])
        consumer.connection.unsubscribe(number)
        # What is confirmed behind it was handled behind it, and the disk has it in that order.
        consumer.publish("/queue/q", "100")
        restart(gateway)
    with contextlib.closing(connect(gateway.port("amqp"))) as amqp:
        receiver = amqp.create_receiver("/queue/q", credit=10)
        messages = []
        for _ in range(41):
            messages.append(receiver.receive(timeout=10))
            receiver.accept()
        assert [int(octets(message)) for message in messages] == list(range(60, 101))
        assert messages[0].delivery_count == 1, "it may have been with a consumer before"
        with pytest.raises(proton.Timeout):
            receiver.receive(timeout=0.5)
    restart(gateway)
    with StompClient(gateway.port("stomp")) as consumer:
        consumer.subscribe("/queue/q")
        assert consumer.inbox.settle(0.3) == []


def test_any_client_may_fill_a_queue_and_a_message_keeps_its_fields(gateway):
    with StompClient(gateway.port("stomp")) as consumer:
        consumer.subscribe("/queue/any/#", "client")
    with MqttClient(gateway.port("mqtt")) as mqtt, contextlib.closing(connect(gateway.port("amqp"))) as amqp:
        mqtt.publish("any/mqtt", "from mqtt")
        amqp.create_sender("any/amqp").send(proton.Message(body=b"\x00\xff", properties={"colour": "blue"}, content_type="image/png"))
    restart(gateway)
    with StompClient(gateway.port("stomp")) as consumer:
        consumer.subscribe("/queue/any/#")
        consumer.inbox.wait_for("/queue/any/mqtt", "from mqtt")
        headers = consumer.inbox.wait_for("/queue/any/amqp", b"\x00\xff").headers
        assert headers["colour"] == "blue"
        assert headers["content-type"] == "image/png"
        assert headers["redelivered"] == "true"


def test_a_gateway_that_ends_as_it_should_keeps_its_queues_too(gateway):
    send(gateway, "/queue/q", range(10))
    with StompClient(gateway.port("stomp")) as consumer:
        consumer.subscribe("/queue/q", "client")
        consumer.inbox.wait_for_count(10)
        assert gateway.server.stop() == 0
    gateway.start()
    with StompClient(gateway.port("stomp")) as consumer:
        consumer.subscribe("/queue/q")
        assert numbers(consumer.inbox.wait_for_count(10)) == list(range(10))
