"""Backends of type AMQP 1.0 against the real RabbitMQ, Artemis, ActiveMQ and Qpid Broker-J, both ways."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import proton
import proton.utils
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.support.clients import MqttClient, StompClient
from tests.support.clients.amqp import connect, octets, types_in
from tests.support.gateway import ROOT, three_listeners
from tests.support.large_brokers import PASSWORD, USER, ActiveMq, Artemis, LargeBroker, QpidBrokerJ, RabbitMq
from tests.support.processes import HOST, free_port

MIRROR = """
[[routes]]
name = "to-far"
from = "bus:{own}/{{rest...}}"
to = "far:{own}/{{rest...}}"

[[routes]]
name = "from-far"
from = "far:{own}/{{rest...}}"
to = "bus:{own}/{{rest...}}"
"""

FROM_BROKER_TO_BROKER = """
[[routes]]
from = "far:{own}/in"
to = "again:{own}/out"
"""

THERE_AND_BACK = """
[[routes]]
from = "bus:{own}/out"
to = "far:{own}"
[[routes]]
from = "again:{own}"
to = "bus:{own}/back"
"""


@dataclass(frozen=True)
class Kind:
    """How one of the brokers is started, and how topics and queues are addressed there."""

    dialect: str
    broker: type[LargeBroker]
    ports: tuple[str, str]
    prefix: str
    rest: str = "#"
    queue_prefix: str = ""
    queue_name: str = "queue.{own}"

    def address(self, *levels: str) -> str:
        return self.prefix + ".".join(levels)


RABBITMQ = Kind("rabbitmq", RabbitMq, ("amqp", "amqps"), "/topic/", queue_prefix="/queue/")
ARTEMIS = Kind("artemis", Artemis, ("all", "tls"), "topic://", queue_prefix="queue://")
ACTIVEMQ = Kind("activemq", ActiveMq, ("amqp", "amqps"), "topic://", rest=">", queue_prefix="queue://")
QPID = Kind("qpid", QpidBrokerJ, ("amqp", "amqps"), "amq.topic/")


class Peer:
    """A client of the broker that is not ours."""

    def __init__(self, broker: LargeBroker, kind: Kind):
        self._connection = connect(broker.ports[kind.ports[0]], user=USER, password=PASSWORD, allowed_mechs="PLAIN",
                                   allow_insecure_mechs=True)
        self._receiver, self._senders = None, {}

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_) -> None:
        self._connection.close()

    def subscribe(self, address: str) -> None:
        self._receiver = self._connection.create_receiver(address, credit=1000, name=uuid.uuid4().hex)

    def publish(self, address: str, body: str, **fields) -> None:
        self.send(address, proton.Message(body=body.encode(), inferred=True, durable=True, address=address, **fields))

    def send(self, address: str, message: proton.Message) -> None:
        if address not in self._senders:
            self._senders[address] = self._connection.create_sender(address, name=uuid.uuid4().hex)
        self._senders[address].send(message)

    def take(self, within: float = 20) -> proton.Message:
        message = self._receiver.receive(timeout=within)
        self._receiver.accept()
        return message

    def bodies(self, count: int, within: float = 60) -> list[bytes]:
        return [octets(self.take(within)) for _ in range(count)]

    def is_silent(self, quiet: float = 0.5) -> bool:
        try:
            raise AssertionError(f"unexpected: {octets(self.take(quiet))!r}")
        except proton.Timeout:
            return True


class Bridge:
    """A broker, shared by the tests of this file, and what a test needs of it under names of its own."""

    def __init__(self, kind: Kind, broker: LargeBroker, own: str, gateway_with, ca):
        self.kind, self.broker, self.own, self._gateway_with, self._ca = kind, broker, own, gateway_with, ca

    def gateway(self, more: str = "", tls: bool = False, routes: str = MIRROR, number: int = 1):
        url = self.broker.address("amqps" if tls else "amqp", self.kind.ports[1 if tls else 0])
        trust = f'tls = {{ ca = "{self._ca}" }}\n' if tls else ""
        # The broker is known twice: what comes back from the backend that it was written to is an echo, and stopped.
        backends = "".join(f'[backends.{name}]\nurl = "{url}"\ncontainer_id = "{self.own}-{name}{number}"\n{trust}{more}\n'
                           for name in ("far", "again") if f"{name}:" in routes)
        running = self._gateway_with(three_listeners(backends + routes.format(own=self.own)))
        self.wait(running)
        return running

    @staticmethod
    def wait(gateway, within: float = 60) -> None:
        for name in ("far", "again"):
            if f"[backends.{name}]" in gateway.file.read_text():
                gateway.wait_for_backend(name, within=within)

    def peer(self) -> Peer:
        return Peer(self.broker, self.kind)

    def address(self, *levels: str) -> str:
        return self.kind.address(self.own, *levels)


@pytest.fixture(scope="module", params=[RABBITMQ, ARTEMIS, ACTIVEMQ, QPID], ids=lambda kind: kind.dialect)
def running_broker(request, tmp_path_factory, certificates):
    kind = request.param
    with kind.broker(tmp_path_factory.mktemp(kind.dialect), *kind.ports, certificates=certificates) as broker:
        yield kind, broker


@pytest.fixture
def bridge(running_broker, request, gateway_with, certificates):
    kind, broker = running_broker
    return Bridge(kind, broker, request.node.originalname.replace("_", "-"), gateway_with, certificates.ca)


def test_mqtt_and_the_broker_see_each_other_once(bridge):
    gateway = bridge.gateway()
    with bridge.peer() as far, MqttClient(gateway.port("mqtt")) as mqtt:
        far.subscribe(bridge.address(bridge.kind.rest))
        mqtt.subscribe(f"{bridge.own}/#")
        mqtt.publish(f"{bridge.own}/a/b", "from mqtt")
        assert far.bodies(1) == [b"from mqtt"]
        far.publish(bridge.address("c", "d"), "from far")
        assert far.bodies(1) == [b"from far"] and far.is_silent()
        mqtt.inbox.wait_for(f"{bridge.own}/c/d", "from far")
        assert sorted(m.payload for m in mqtt.inbox.settle(0.5)) == [b"from far", b"from mqtt"], "each once: no echo, no loop"
    gateway.wait_for_log(f"dialect={bridge.kind.dialect}")


def test_awkward_topics_and_payloads_go_through_and_come_back(bridge):
    gateway = bridge.gateway(routes="""
[[routes]]
from = "bus:{own}/out/{{rest...}}"
to = "far:{own}/{{rest...}}"
[[routes]]
from = "again:{own}/{{rest...}}"
to = "bus:{own}/back/{{rest...}}"
""")
    names = ["a.b/c", "/leading", "trailing/", "in//between", "sp ace/ü", "*/>", "%2F", "x:y", "x,y?z", "🚂", "long/" + 300 * "x"]
    payload = bytes(range(256))
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.subscribe(f"{bridge.own}/back/#")
        for name in names:
            mqtt.publish(f"{bridge.own}/out/{name}", payload)
        for name in names:
            mqtt.inbox.wait_for(f"{bridge.own}/back/{name}", payload)
        assert len(mqtt.inbox.settle(0.3)) == len(names)


def test_fields_have_their_places_at_the_broker_and_come_back(bridge):
    gateway = bridge.gateway(routes=THERE_AND_BACK)
    sent = Properties(PacketTypes.PUBLISH)
    sent.ContentType = "application/json"
    sent.CorrelationData = b"\x00\xffrequest"
    sent.ResponseTopic = "replies/7"
    sent.MessageExpiryInterval = 100
    headers = [("b", "1"), ("a", "2"), ("b", "3"), ("na:me", "l1\nl2")]
    fields = [("message-id", "m-1"), ("priority", "7"), ("timestamp", "1700000000123"), ("key", "device-7")]
    sent.UserProperty = headers + fields
    with bridge.peer() as far, MqttClient(gateway.port("mqtt")) as mqtt:
        far.subscribe(bridge.kind.address(bridge.own))
        came = []
        mqtt.paho.on_message = lambda _client, _data, message: came.append(message)
        mqtt.subscribe(f"{bridge.own}/back")
        mqtt.publish(f"{bridge.own}/out", '{"x":1}', properties=sent)
        message = far.take()
        assert message.content_type == "application/json" and bytes(message.correlation_id) == b"\x00\xffrequest"
        assert message.id == "m-1" and message.priority == 7 and message.durable and message.group_id == "device-7"
        assert message.creation_time == pytest.approx(1700000000.123) and 90 < message.ttl <= 100
        assert "replies" in message.reply_to
        assert message.properties["a"] == "2" and message.properties["b"] == "1" and message.properties["na:me"] == "l1\nl2"
        gateway.server.wait_until(lambda: came, "the message coming back")
        back = came[0].properties
        assert [pair for pair in back.UserProperty if pair in headers] == headers
        rest = [pair for pair in back.UserProperty if pair not in headers and pair[0] != "rialto-via"]
        assert sorted(rest) == sorted(fields), "nothing of the broker's own"
        assert (back.ContentType, back.CorrelationData) == ("application/json", b"\x00\xffrequest")
        assert back.ResponseTopic == "replies/7" and 90 <= back.MessageExpiryInterval <= 101


def test_types_that_only_amqp_has_pass_from_broker_to_broker(bridge):
    rare = {"int": proton.int32(5), "short": proton.short(-3), "float": proton.float32(1.5)}
    body = b"octets"
    if bridge.kind in (ARTEMIS, QPID):      # the others turn every message into one of their own kind
        rare["char"] = proton.char("x")
        body = {proton.int32(1): proton.ubyte(2), "list": [proton.float32(0.5), uuid.UUID(int=7)]}
    bridge.gateway(routes=FROM_BROKER_TO_BROKER)
    with bridge.peer() as peer:
        peer.subscribe(bridge.address("out"))
        peer.send(bridge.address("in"), proton.Message(body=body, inferred=isinstance(body, bytes), properties=rare, durable=True,
                                                       address=bridge.address("in")))
        message = peer.take()
    assert types_in(message.properties) == types_in(rare)
    assert octets(message) == body if isinstance(body, bytes) else types_in(message.body) == types_in(body)


def test_what_the_broker_gets_while_the_gateway_is_away_comes_later_and_in_order(bridge):
    gateway = bridge.gateway(routes="""
[[routes]]
from = "far:{own}/held"
to = "far:{own}/copy"
""")
    gateway.kill()
    with bridge.peer() as far:
        far.subscribe(bridge.address("copy"))
        for number in range(100):
            far.publish(bridge.address("held"), str(number))
        gateway.start()
        assert [int(body) for body in far.bodies(100)] == list(range(100)) and far.is_silent()


def test_order_holds_both_ways(bridge):
    gateway = bridge.gateway()
    with bridge.peer() as far, MqttClient(gateway.port("mqtt")) as mqtt:
        far.subscribe(bridge.address("out"))
        mqtt.subscribe(f"{bridge.own}/in")
        for number in range(1000):
            mqtt.paho.publish(f"{bridge.own}/out", str(number), qos=1)
        for number in range(300):
            far.publish(bridge.address("in"), str(number))
        assert [int(body) for body in far.bodies(1000)] == list(range(1000))
        assert [int(m.payload) for m in mqtt.inbox.wait_for_count(300, within=60)] == list(range(300))


def test_readers_of_one_queue_share_its_messages(bridge):
    queue = bridge.kind.queue_name.format(own=bridge.own)
    route = f'[[routes]]\nfrom = "far:{queue.replace(".", "/")}"\nto = "bus:{{own}}/{{{{source}}}}"\n'
    first = bridge.gateway('node = "queue"', routes=route)
    second = bridge.gateway('node = "queue"', routes=route, number=2)
    with MqttClient(first.port("mqtt")) as one, MqttClient(second.port("mqtt")) as other, bridge.peer() as far:
        one.subscribe("#")
        other.subscribe("#")
        for number in range(200):
            far.publish(bridge.kind.queue_prefix + queue, str(number))
        def all_arrived() -> bool:
            return len(one.inbox.all()) + len(other.inbox.all()) >= 200
        first.server.wait_until(all_arrived, "taking 200 messages from the queue", within=30)
        got = sorted(int(payload) for inbox in (one.inbox, other.inbox) for payload in inbox.payloads())
        assert got == list(range(200)), "each to one of them"


def test_tls(bridge):
    gateway = bridge.gateway(tls=True)
    with bridge.peer() as far, MqttClient(gateway.port("mqtt")) as mqtt:
        far.subscribe(bridge.address("x"))
        mqtt.publish(f"{bridge.own}/x", "safe")
        assert far.bodies(1) == [b"safe"]
    assert PASSWORD not in gateway.log()


def test_nothing_acknowledged_is_lost_when_the_broker_is_killed(bridge):
    gateway = bridge.gateway(routes="""
[[routes]]
from = "bus:{own}/up"
to = "far:{own}/up"
[[routes]]
from = "again:{own}/up"
to = "bus:{own}/back"
""")
    with MqttClient(gateway.port("mqtt"), window=200) as mqtt:
        mqtt.subscribe(f"{bridge.own}/back")
        sent = [mqtt.paho.publish(f"{bridge.own}/up", str(number), qos=1) for number in range(300)]
        mqtt.inbox.wait_for_count(50)
        bridge.broker.kill()
        sent += [mqtt.paho.publish(f"{bridge.own}/up", str(number), qos=1) for number in range(300, 600)]
        bridge.broker.restart()
        bridge.wait(gateway, within=90)
        for message in sent:
            message.wait_for_publish(60)
            assert message.is_published()
        expected = {str(number).encode() for number in range(600)}
        gateway.server.wait_until(lambda: set(mqtt.inbox.payloads()) == expected, "all 600 coming back", within=60)


def test_a_wrong_password_is_said_and_not_shown(gateway_with, running_broker):
    kind, broker = running_broker
    url = broker.address("amqp", kind.ports[0]).replace(PASSWORD, "wr0ng")
    gateway = gateway_with(three_listeners(
        f'[backends.far]\nurl = "{url}"\n[[routes]]\nfrom = "bus:a/#"\nto = "far:{{topic}}"\n'))
    gateway.wait_for_log("amqp:unauthorized-access")
    assert "wr0ng" not in gateway.log()


@pytest.mark.parametrize("running_broker", [RABBITMQ], indirect=True, ids=lambda kind: kind.dialect)
def test_the_shipped_file_joins_stomp_and_amqp_both_ways(running_broker, gateway_with, tmp_path):
    kind, services = running_broker
    with ActiveMq(tmp_path / "activemq", "stomp") as programs:
        text = (ROOT / "configs/stomp-amqp-both-ways.toml").read_text()
        text = text.replace("stomp://admin:admin@127.0.0.1:61613", programs.address("stomp", "stomp"))
        text = text.replace("amqp://guest:guest@127.0.0.1:5672", services.address("amqp", "amqp"))
        for port in ("1883", "8080"):
            text = text.replace(f'127.0.0.1:{port}"', f'{HOST}:{free_port()}"')
        gateway = gateway_with(text)
        gateway.wait_for_backend("programs")
        gateway.wait_for_backend("services")
        with (Peer(services, kind) as service, MqttClient(gateway.port("mqtt")) as watcher,
              StompClient(programs.ports["stomp"], user=(USER, PASSWORD), vhost="localhost", sending={"persistent": "true"}) as program):
            service.subscribe("/topic/shared.#")
            program.subscribe("/topic/shared.>")
            watcher.subscribe("shared/#")
            program.publish("/topic/shared.orders.7", "two boxes")
            assert service.bodies(1) == [b"two boxes"]
            service.publish("/topic/shared.done.7", "on its way")
            assert service.bodies(1) == [b"on its way"] and service.is_silent()
            for inbox in (program.inbox, watcher.inbox):
                assert sorted(m.payload for m in inbox.settle(0.5)) == [b"on its way", b"two boxes"], "each once"
