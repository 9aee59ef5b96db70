"""AMQP 1.0 for clients of the gateway: Qpid Proton's Python client, rhea from JavaScript, and bare octets."""

from __future__ import annotations

import contextlib
import itertools
import json
import queue
import socket
import struct
import subprocess
import time
import uuid

import paho.mqtt.properties as mqtt_properties
import proton
import proton.utils
import pytest
from paho.mqtt.packettypes import PacketTypes

from tests.support import node_modules
from tests.support.clients import LiveSocket, MqttClient, StompClient
from tests.support.clients.amqp import connect, octets
from tests.support.gateway import Gateway, three_listeners
from tests.support.processes import HOST, free_port

names = itertools.count(1)


def listener(options: str = "", scheme: str = "amqp") -> str:
    return f'[listeners.amqp]\nurl = "{scheme}://{HOST}:{free_port()}"\n{options}\n'


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("amqp"), three_listeners(listener())) as running:
        yield running


@pytest.fixture
def topic() -> str:
    """A topic that no other test uses."""
    return f"amqp/{next(names)}"


@pytest.fixture
def client(gateway):
    with contextlib.closing(connect(gateway.port("amqp"))) as connection:
        yield connection


def take(receiver, within: float = 10) -> proton.Message:
    message = receiver.receive(timeout=within)
    receiver.accept()
    return message


class MqttMessages:
    """What an MQTT client receives, with the properties."""

    def __init__(self, mqtt: MqttClient):
        self._arrived: queue.Queue = queue.Queue()
        mqtt.paho.on_message = lambda _client, _userdata, message: self._arrived.put(message)

    def next(self, payload: bytes):
        message = self._arrived.get(timeout=10)
        assert message.payload == payload
        return message.properties


def nothing_comes(receiver, within: float = 0.5) -> bool:
    with pytest.raises(proton.Timeout):
        receiver.receive(timeout=within)
    return True


def test_every_protocol_sees_what_amqp_clients_send_and_the_other_way_round(gateway, client, topic):
    with (MqttClient(gateway.port("mqtt")) as mqtt, StompClient(gateway.port("stomp")) as stomp, LiveSocket(gateway.port("web")) as live):
        mqtt.subscribe(f"{topic}/#")
        stomp.subscribe(f"/topic/{topic}/#")
        live.subscribe(f"{topic}/#")
        receiver = client.create_receiver(f"{topic}/+", credit=10)
        client.create_sender(f"{topic}/a").send(proton.Message(body=b"\x00\xff from amqp"))
        mqtt.publish(f"{topic}/b", "from mqtt")
        live.publish(f"{topic}/c", text="from the browser")
        stomp.publish(f"/topic/{topic}/d", "from stomp")
        for inbox in (mqtt.inbox, live.inbox):
            inbox.wait_for(f"{topic}/a", b"\x00\xff from amqp")
            inbox.wait_for(f"{topic}/d", "from stomp")
        assert len(stomp.inbox.wait_for_count(4)) == 4
        received = {message.address: octets(message) for message in (take(receiver) for _ in range(4))}
        assert received == {f"{topic}/a": b"\x00\xff from amqp", f"{topic}/b": b"from mqtt", f"{topic}/c": b"from the browser",
                            f"{topic}/d": b"from stomp"}


def test_fields_of_mqtt_5_arrive_in_their_places_and_go_back(gateway, client, topic):
    with MqttClient(gateway.port("mqtt")) as mqtt:
        receiver = client.create_receiver(f"{topic}/down", credit=10)
        fields = mqtt_properties.Properties(PacketTypes.PUBLISH)
        fields.ContentType = "application/json"
        fields.CorrelationData = b"\xff\x00c7"
        fields.ResponseTopic = f"{topic}/answers"
        fields.MessageExpiryInterval = 60
        fields.UserProperty = [("colour", "blue"), ("colour", "green"), ("x-note", "n"), ("traceparent", "00-1-2-01")]
        mqtt.publish(f"{topic}/down", "{}", properties=fields)
        message = take(receiver)
        assert message.content_type == "application/json"
        assert message.correlation_id == b"\xff\x00c7"
        assert message.reply_to == f"{topic}/answers"
        assert message.durable
        assert 50 <= message.ttl <= 60
        assert 50 <= message.expiry_time - time.time() <= 61
        assert message.properties["colour"] == "blue"
        assert message.properties["traceparent"] == "00-1-2-01"
        assert message.annotations["x-note"] == "n"

        messages = MqttMessages(mqtt)
        mqtt.subscribe(f"{topic}/up")
        message.address = None
        client.create_sender(f"{topic}/up").send(message)
        back = messages.next(b"{}")
        assert back.ContentType == "application/json"
        assert back.CorrelationData == b"\xff\x00c7"
        assert back.ResponseTopic == f"{topic}/answers"
        assert 40 <= back.MessageExpiryInterval <= 60
        pairs = [pair for pair in back.UserProperty if not pair[0].startswith("rialto-")]
        assert ("traceparent", "00-1-2-01") in pairs
        assert [pair for pair in pairs if pair[0] != "traceparent"] == [("colour", "blue"), ("colour", "green"), ("x-note", "n")]


def test_typed_headers_and_ids_are_the_same_at_the_other_end(client, topic):
    receiver = client.create_receiver(topic, credit=10)
    sender = client.create_sender(topic)
    for number in (proton.ulong(7), uuid.uuid4(), b"\x00\xff", "text"):
        message = proton.Message(body=b"x", id=number, correlation_id=number, priority=7, group_id="key", creation_time=1234.5,
                                 properties={"yes": True, "int": -5, "big": proton.ulong(2**64 - 1), "real": 0.25, "text": "ü",
                                             "octets": b"\xff", "null": None, "uuid": uuid.UUID(int=5), "when": proton.timestamp(9)})
        sender.send(message)
        got = take(receiver)
        assert (got.id, got.correlation_id) == (number, number)
        assert (got.priority, got.group_id, got.creation_time) == (7, "key", 1234.5)
        assert got.properties == message.properties
        for name, value in message.properties.items():
            assert type(got.properties[name]) in (type(value), memoryview), name


@pytest.mark.parametrize("body, payload", [("text", b"text"), ({"a": [1, True, None]}, b'{"a":[1,true,null]}'), (None, b""), ([1, 2], b"[1,2]")],
                         ids=["text", "map", "null", "list"])
def test_bodies_of_other_types(gateway, client, topic, body, payload):
    receiver = client.create_receiver(topic, credit=10)
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.subscribe(topic)
        client.create_sender(topic).send(proton.Message(body=body))
        assert mqtt.inbox.wait_for_count(1)[0].payload == payload
    again = take(receiver)
    if isinstance(body, (dict, list)):
        assert again.body == body
    else:
        assert octets(again) == payload


def test_a_message_is_accepted_once_the_takers_have_it(gateway, client, topic):
    with contextlib.closing(connect(gateway.port("amqp"))) as other:
        receiver = other.create_receiver(f"$share/g/{topic}", credit=10)
        sender = client.create_sender(topic)
        delivery = sender.link.send(proton.Message(body=b"x"))
        with pytest.raises(proton.Timeout):
            client.wait(lambda: delivery.settled, timeout=0.5)
        take(receiver)
        other.wait(lambda: not other.conn.transport.pending())      # what accept() only prepared goes out
        client.wait(lambda: delivery.settled, timeout=10)
        assert delivery.remote_state == proton.Delivery.ACCEPTED


def test_credit_is_all_that_is_sent(gateway, client, topic):
    receiver = client.create_receiver(topic, credit=2)
    with MqttClient(gateway.port("mqtt")) as mqtt:
        for number in range(5):
            mqtt.publish(topic, str(number))
    client.wait(lambda: receiver.fetcher.has_message, timeout=10)
    assert [octets(receiver.receive(timeout=10)) for _ in range(2)] == [b"0", b"1"]


def test_a_queue_gives_each_message_to_one_and_keeps_them_for_later(gateway, client, topic):
    sender = client.create_sender(f"/queue/{topic}")
    for number in range(20):
        sender.send(proton.Message(body=str(number).encode()))
    with contextlib.closing(connect(gateway.port("amqp"))) as one, contextlib.closing(connect(gateway.port("amqp"))) as two:
        inboxes = [connection.create_receiver(f"queue://{topic}", credit=10) for connection in (one, two)]
        taken = [octets(take(inbox)) for _ in range(10) for inbox in inboxes]
    assert sorted(taken, key=int) == [str(number).encode() for number in range(20)]


def test_a_queue_is_the_same_by_stomp(gateway, client, topic):
    receiver = client.create_receiver(f"/queue/{topic}/a", credit=10)
    with StompClient(gateway.port("stomp")) as stomp:
        stomp.publish(f"/queue/{topic}/a", "to AMQP")
        assert octets(take(receiver)) == b"to AMQP"
        client.create_sender(f"queue://{topic}/b").send(proton.Message(body=b"to STOMP"))
        stomp.subscribe(f"/queue/{topic}/b")
        assert stomp.inbox.wait_for_count(1)[0].payload == b"to STOMP"


def test_what_a_client_had_not_settled_when_it_left_is_delivered_again(gateway, client, topic):
    leaving = connect(gateway.port("amqp"))
    receiver = leaving.create_receiver(f"/queue/{topic}", credit=10)
    sender = client.create_sender(f"/queue/{topic}")
    for number in range(3):
        sender.send(proton.Message(body=str(number).encode()))
    assert octets(take(receiver)) == b"0"
    assert octets(receiver.receive(timeout=10)) == b"1"
    leaving.close()
    again = client.create_receiver(f"/queue/{topic}", credit=10)
    messages = [take(again), take(again)]
    assert sorted(octets(message) for message in messages) == [b"1", b"2"]
    assert nothing_comes(again)


def test_released_comes_again_and_rejected_does_not(client, topic):
    sender, receiver = client.create_sender(f"/queue/{topic}"), client.create_receiver(f"/queue/{topic}", credit=1)
    sender.send(proton.Message(body=b"1"))
    receiver.receive(timeout=10)
    receiver.fetcher.unsettled[-1].local.failed = True
    receiver.release(delivered=True)
    again = receiver.receive(timeout=10)
    assert again.delivery_count == 1
    receiver.reject()
    assert nothing_comes(receiver)


def test_retained_messages_come_first(gateway, client, topic):
    client.create_sender(topic).send(proton.Message(body=b"on", properties={"retain": True}))
    assert octets(take(client.create_receiver(topic, credit=10))) == b"on"
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.subscribe(topic)
        assert mqtt.inbox.wait_for(topic, "on").retained


def test_a_request_over_amqp_is_answered_over_mqtt(gateway, client, topic):
    inbox = client.create_receiver(None, dynamic=True, credit=10)
    with MqttClient(gateway.port("mqtt")) as mqtt:
        messages = MqttMessages(mqtt)
        mqtt.subscribe(topic)
        client.create_sender(topic).send(proton.Message(body=b"?", reply_to=inbox.remote_source.address, correlation_id="c1"))
        request = messages.next(b"?")
        answer = mqtt_properties.Properties(PacketTypes.PUBLISH)
        answer.CorrelationData = request.CorrelationData
        mqtt.publish(request.ResponseTopic, "!", properties=answer)
    reply = take(inbox)
    assert (octets(reply), reply.correlation_id) in ((b"!", "c1"), (b"!", b"c1"))


@pytest.mark.parametrize("make, condition", [
    (lambda client: client.create_sender("a/#"), "amqp:invalid-field"),
    (lambda client: client.create_sender("$SYS/x"), "amqp:not-allowed"),
    (lambda client: client.create_receiver("a/#/b"), "amqp:invalid-field"),
], ids=["wildcard", "system", "filter"])
def test_a_link_to_no_place_is_refused_with_a_condition(client, make, condition):
    with pytest.raises(proton.utils.LinkDetached) as refused:
        make(client)
    assert condition in str(refused.value)


def test_too_many_links_and_too_large_messages_have_conditions(gateway_with):
    gateway = gateway_with(three_listeners(listener('max_links = 2\nmax_message = "10KiB"')))
    with contextlib.closing(connect(gateway.port("amqp"))) as client:
        sender = client.create_sender("a")
        client.create_receiver("a", credit=1)
        with pytest.raises(proton.utils.LinkDetached, match="amqp:resource-limit-exceeded"):
            client.create_sender("b")
        with pytest.raises(proton.utils.LinkDetached, match="amqp:link:message-size-exceeded"):
            sender.send(proton.Message(body=b"x" * 20_000))


@pytest.mark.parametrize("login", [{"allowed_mechs": "ANONYMOUS"}, {"user": "any", "password": "thing", "allowed_mechs": "PLAIN"},
                                   {"sasl_enabled": False}], ids=["anonymous", "plain", "none"])
def test_ways_to_log_in(gateway, topic, login):
    with contextlib.closing(connect(gateway.port("amqp"), **login)) as client:
        client.create_sender(topic).send(proton.Message(body=b"x"))


def test_tls_and_a_certificate_as_a_name(gateway_with, certificates):
    tls = (f'tls = {{ cert = "{certificates.server.cert}", key = "{certificates.server.key}", ca = "{certificates.ca}", '
           "verify_client = true }")
    gateway = gateway_with(three_listeners(listener(tls, "amqps")))
    domain = proton.SSLDomain(proton.SSLDomain.MODE_CLIENT)
    domain.set_trusted_ca_db(str(certificates.ca))
    domain.set_peer_authentication(proton.SSLDomain.VERIFY_PEER)
    domain.set_credentials(str(certificates.client.cert), str(certificates.client.key), None)
    with contextlib.closing(connect(gateway.port("amqp"), ssl_domain=domain, allowed_mechs="EXTERNAL")) as client:
        receiver = client.create_receiver("secure/#", credit=10)
        client.create_sender("secure/a").send(proton.Message(body=b"x" * 200_000))
        assert octets(take(receiver)) == b"x" * 200_000


def test_nobody_gets_in_where_anonymous_clients_are_not_welcome(gateway_with):
    gateway = gateway_with(three_listeners(listener()) + "\n[auth]\nallow_anonymous = false\n")
    with pytest.raises(proton.ProtonException):
        connect(gateway.port("amqp"), user="any", password="thing", allowed_mechs="PLAIN")


def test_a_large_message_crosses_in_many_frames(client, topic):
    receiver = client.create_receiver(topic, credit=10)
    body = bytes(range(256)) * 8192
    client.create_sender(topic).send(proton.Message(body=body))
    assert octets(take(receiver)) == body


# Octets by hand.

def performative(code: int, fields: list[bytes]) -> bytes:
    body = b"".join(fields)
    return b"\x00\x53" + bytes([code]) + b"\xd0" + struct.pack(">II", len(body) + 4, len(fields)) + body


def frame(payload: bytes) -> bytes:
    return struct.pack(">IBBH", 8 + len(payload), 2, 0, 0) + payload


NULL, YES, NO, ZERO = b"\x40", b"\x41", b"\x42", b"\x43"


def text(value: str) -> bytes:
    return b"\xa1" + bytes([len(value)]) + value.encode()


ATTACHED = (b"AMQP\x00\x01\x00\x00" + frame(performative(0x10, [text("evil"), text("h")])) +
            frame(performative(0x11, [NULL, ZERO, b"\x52\x64", b"\x52\x64"])) +
            frame(performative(0x12, [text("l"), ZERO, NO, NULL, NULL, performative(0x28, [text("a")]), performative(0x29, [text("q")]),
                                      NULL, NULL, ZERO])))


def test_a_malformed_transfer_ends_that_connection_alone(gateway, client, topic):
    sender = client.create_sender(topic)
    with socket.create_connection((HOST, gateway.port("amqp")), timeout=10) as line:
        line.sendall(ATTACHED)
        time.sleep(0.2)
        line.sendall(frame(performative(0x14, [ZERO, NULL, NULL, ZERO, NO, YES]) + b"hello"))
        said = b""
        while octets_more := line.recv(65536):
            said += octets_more
    assert b"amqp:connection:framing-error" in said
    sender.send(proton.Message(body=b"still here"))
    assert gateway.server.alive


def test_a_client_that_says_nothing_is_sent_away(gateway_with):
    gateway = gateway_with(three_listeners(listener('connect_timeout = "1s"')))
    with socket.create_connection((HOST, gateway.port("amqp")), timeout=15) as line:
        line.sendall(b"AMQP\x00\x01\x00\x00")
        while line.recv(65536):
            pass


def test_a_client_that_falls_silent_is_sent_away(gateway_with):
    gateway = gateway_with(three_listeners(listener('idle_timeout = "1s"')))
    with socket.create_connection((HOST, gateway.port("amqp")), timeout=15) as line:
        line.sendall(ATTACHED)
        began = time.monotonic()
        while line.recv(65536):
            pass
        assert 0.5 < time.monotonic() - began < 10
    with contextlib.closing(connect(gateway.port("amqp"))) as living:
        receiver = living.create_receiver("a", credit=1)
        assert nothing_comes(receiver, 3)
        living.create_sender("a").send(proton.Message(body=b"x"))


# JavaScript.

@contextlib.contextmanager
def echo(url: str, address: str):
    command = ["node", str(node_modules.script("amqp_echo.js")), url, address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=node_modules.CACHE) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("transport", ["amqp", "websocket"])
def test_rhea_answers_requests(gateway, client, topic, transport):
    url = f"amqp://{HOST}:{gateway.port('amqp')}" if transport == "amqp" else f"ws://{HOST}:{gateway.port('web')}/amqp"
    inbox = client.create_receiver(None, dynamic=True, credit=10)
    sender = client.create_sender(f"/queue/{topic}")
    with echo(url, f"/queue/{topic}"):
        for number in range(20):
            sender.send(proton.Message(body=f"hello {number}", reply_to=inbox.remote_source.address, correlation_id=proton.ulong(number),
                                       properties={"n": number, "json": json.dumps({"a": 1})}))
            reply = take(inbox)
            assert (octets(reply), reply.correlation_id) == (f"HELLO {number}".encode(), number)
            assert reply.properties["n"] == number


def test_clients_are_told_when_the_gateway_stops_and_find_it_again(gateway_with):
    gateway = gateway_with(three_listeners(listener()))
    with echo(f"amqp://{HOST}:{gateway.port('amqp')}", "t") as process:
        assert gateway.server.stop() == 0
        assert process.stdout.readline() == "closed amqp:connection:forced\n"
    gateway.start()
    with contextlib.closing(connect(gateway.port("amqp"))) as client:
        client.create_sender("t").send(proton.Message(body=b"x"))
