"""Backends of type STOMP against the real RabbitMQ, Artemis and ActiveMQ, both ways."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.support.clients import MqttClient, StompClient
from tests.support.gateway import ROOT, three_listeners
from tests.support.large_brokers import PASSWORD, USER, ActiveMq, Artemis, LargeBroker, RabbitMq
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


@dataclass(frozen=True)
class Kind:
    """How one of the brokers is started and spoken to by a client that is not ours."""

    dialect: str
    broker: type[LargeBroker]
    ports: tuple[str, ...]
    prefix: str = "/topic/"
    rest: str = "#"
    vhost: str = "localhost"
    subscribing: dict[str, str] = field(default_factory=dict)
    sending: dict[str, str] = field(default_factory=dict)

    def client(self, broker: LargeBroker) -> StompClient:
        return StompClient(broker.ports[self.ports[0]], user=(USER, PASSWORD), vhost=self.vhost,
                           subscribing=self.subscribing, sending={"persistent": "true", **self.sending})

    def address(self, *levels: str) -> str:
        return self.prefix + ".".join(levels)


RABBITMQ = Kind("rabbitmq", RabbitMq, ("stomp", "stomps"), vhost="/")
ARTEMIS = Kind("artemis", Artemis, ("all", "tls"), prefix="", subscribing={"subscription-type": "MULTICAST"},
               sending={"destination-type": "MULTICAST"})
ACTIVEMQ = Kind("activemq", ActiveMq, ("stomp", "stomps"), rest=">")


class Bridge:
    """A broker, shared by the tests of this file, and what a test needs of it under names of its own."""

    def __init__(self, kind: Kind, broker: LargeBroker, own: str, gateway_with, ca):
        self.kind, self.broker, self.own, self._gateway_with, self._ca = kind, broker, own, gateway_with, ca

    def gateway(self, routes: str = MIRROR, tls: bool = False, name: str = "here"):
        url = self.broker.address("stomps" if tls else "stomp", self.kind.ports[1 if tls else 0])
        trust = f'tls = {{ ca = "{self._ca}" }}\n' if tls else ""
        backend = f'[backends.far]\nurl = "{url}"\ndialect = "{self.kind.dialect}"\nclient_id = "{self.own}-{name}"\n{trust}\n'
        running = self._gateway_with(f'[gateway]\nname = "{name}"\n' + three_listeners(backend + routes.format(own=self.own)))
        running.wait_for_backend("far", within=60)
        return running

    def gateways_through(self):
        """Two gateways: what is published at one comes out of the other, through the broker."""
        there = self.gateway(name="there", routes='[[routes]]\nfrom = "far:{own}/#"\nto = "bus:{{topic}}"')
        return self.gateway(routes='[[routes]]\nfrom = "bus:{own}/#"\nto = "far:{{topic}}"'), there

    def client(self) -> StompClient:
        return self.kind.client(self.broker)

    def address(self, *levels: str) -> str:
        return self.kind.address(self.own, *levels)


@pytest.fixture(scope="module", params=[RABBITMQ, ARTEMIS, ACTIVEMQ], ids=lambda kind: kind.dialect)
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
    with bridge.client() as far, MqttClient(gateway.port("mqtt")) as mqtt:
        far.subscribe(bridge.address(bridge.kind.rest))
        mqtt.subscribe(f"{bridge.own}/#")
        mqtt.publish(f"{bridge.own}/a/b", "from mqtt")
        far.publish(bridge.address("c", "d"), "from far")
        far.inbox.wait_for(bridge.address("a", "b"), "from mqtt")
        mqtt.inbox.wait_for(f"{bridge.own}/c/d", "from far")
        for inbox in (far.inbox, mqtt.inbox):
            assert sorted(m.payload for m in inbox.settle(0.5)) == [b"from far", b"from mqtt"], "each once: no echo, no loop"


def test_awkward_topics_and_payloads_go_through_the_broker(bridge):
    here, there = bridge.gateways_through()
    names = ["a.b/c", "/leading", "trailing/", "in//between", "sp ace/ü", "*/>", "%2F", "x:y", "🚂"]
    payload = bytes(range(256))
    with MqttClient(here.port("mqtt")) as sender, MqttClient(there.port("mqtt")) as receiver:
        receiver.subscribe(f"{bridge.own}/#")
        for name in names:
            sender.publish(f"{bridge.own}/{name}", payload)
        for name in names:
            receiver.inbox.wait_for(f"{bridge.own}/{name}", payload)
        assert len(receiver.inbox.settle(0.3)) == len(names)


def test_fields_have_their_places_at_the_broker_and_come_through(bridge):
    here, there = bridge.gateways_through()
    sent = Properties(PacketTypes.PUBLISH)
    sent.ContentType = "application/json"
    sent.CorrelationData = b"request-1"
    sent.MessageExpiryInterval = 100
    sent.UserProperty = [("b", "1"), ("a", "2"), ("b", "3"), ("na:me", "l1\nl2")]
    with bridge.client() as far, MqttClient(here.port("mqtt")) as sender, MqttClient(there.port("mqtt")) as receiver:
        far.subscribe(bridge.address("x"))
        came = []
        receiver.paho.on_message = lambda _client, _data, message: came.append(message)
        receiver.subscribe(f"{bridge.own}/x")
        sender.publish(f"{bridge.own}/x", '{"x":1}', properties=sent)
        headers = far.inbox.wait_for_count(1)[0].headers
        assert headers["content-type"] == "application/json"
        assert headers["correlation-id"] == "request-1"
        assert headers["a"] == "2" and headers["b"] == "1" and headers["na:me"] == "l1\nl2"
        assert headers["persistent"] == "true"
        assert int(headers["expires"]) > 0 and ("expiration" in headers) == (bridge.kind is RABBITMQ)
        there.server.wait_until(lambda: came, "the message coming through")
        back = came[0].properties
        assert [pair for pair in back.UserProperty if pair[0] in ("a", "b", "na:me")] == sent.UserProperty
        assert {name for name, _ in back.UserProperty} <= {"a", "b", "na:me", "rialto-via"}, "nothing of the broker's own"
        assert back.ContentType == "application/json" and back.CorrelationData == b"request-1"
        assert 90 <= back.MessageExpiryInterval <= 100


def test_what_the_broker_gets_while_the_gateway_is_away_comes_later_and_in_order(bridge):
    gateway = bridge.gateway(routes="""
[[routes]]
from = "far:{own}/held"
to = "far:{own}/copy"
""")
    gateway.kill()
    with bridge.client() as far:
        far.subscribe(bridge.address("copy"))
        for number in range(100):
            far.publish(bridge.address("held"), str(number))
        gateway.start()
        assert [int(m.payload) for m in far.inbox.wait_for_count(100, within=60)] == list(range(100))
        assert len(far.inbox.settle(0.5)) == 100


def test_order_holds_both_ways(bridge):
    gateway = bridge.gateway()
    with bridge.client() as far, MqttClient(gateway.port("mqtt")) as mqtt:
        far.subscribe(bridge.address("out"))
        mqtt.subscribe(f"{bridge.own}/in")
        for number in range(1000):
            mqtt.paho.publish(f"{bridge.own}/out", str(number), qos=1)
            far.connection.send(bridge.address("in"), str(number), headers={"persistent": "true", **bridge.kind.sending})
        for inbox in (far.inbox, mqtt.inbox):
            assert [int(m.payload) for m in inbox.wait_for_count(1000, within=60)] == list(range(1000))


def test_tls(bridge):
    gateway = bridge.gateway(tls=True)
    with bridge.client() as far, MqttClient(gateway.port("mqtt")) as mqtt:
        far.subscribe(bridge.address("x"))
        mqtt.publish(f"{bridge.own}/x", "safe")
        far.inbox.wait_for(bridge.address("x"), "safe")
    assert PASSWORD not in gateway.log()


@pytest.mark.timeout(400)
def test_nothing_acknowledged_is_lost_when_the_broker_is_killed(bridge):
    here, there = bridge.gateways_through()
    with MqttClient(here.port("mqtt"), window=200) as sender, MqttClient(there.port("mqtt")) as receiver:
        receiver.subscribe(f"{bridge.own}/#")
        sent = [sender.paho.publish(f"{bridge.own}/x", str(number), qos=1) for number in range(300)]
        receiver.inbox.wait_for_count(50)
        bridge.broker.kill()
        sent += [sender.paho.publish(f"{bridge.own}/x", str(number), qos=1) for number in range(300, 600)]
        bridge.broker.restart()
        here.wait_for_backend("far", within=90)
        for message in sent:
            message.wait_for_publish(60)
            assert message.is_published()
        expected = {str(number).encode() for number in range(600)}
        there.server.wait_until(lambda: set(receiver.inbox.payloads()) == expected, "all 600 coming through", 180)


def test_a_wrong_password_is_said_and_not_shown(gateway_with, running_broker):
    kind, broker = running_broker
    url = broker.address("stomp", kind.ports[0]).replace(PASSWORD, "wr0ng")
    gateway = gateway_with(three_listeners(
        f'[backends.far]\nurl = "{url}"\ndialect = "{kind.dialect}"\n[[routes]]\nfrom = "bus:a/#"\nto = "far:{{topic}}"\n'))
    gateway.wait_for_log("answered:")
    assert "wr0ng" not in gateway.log()


@pytest.mark.parametrize("running_broker", [RABBITMQ], indirect=True, ids=["rabbitmq"])
def test_the_shipped_file_joins_mqtt_and_rabbitmq(running_broker, gateway_with):
    kind, broker = running_broker
    text = (ROOT / "configs/mqtt-to-rabbitmq.toml").read_text()
    text = text.replace("stomp://guest:guest@127.0.0.1:61613", broker.address("stomp", "stomp"))
    for port in ("1883", "61614", "8080"):
        text = text.replace(f'127.0.0.1:{port}"', f'{HOST}:{free_port()}"')
    gateway = gateway_with(text)
    gateway.wait_for_backend("rabbit")
    with kind.client(broker) as far, MqttClient(gateway.port("mqtt")) as mqtt:
        far.subscribe("/topic/devices.#")
        mqtt.subscribe("commands/#")
        mqtt.publish("devices/7/status", "on")
        far.publish("/topic/commands.7", "off")
        far.inbox.wait_for("/topic/devices.7.status", "on")
        mqtt.inbox.wait_for("commands/7", "off")
