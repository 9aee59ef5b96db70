"""A backend of type ZeroMQ against pyzmq, both ways: bound and connected, many of each, with and without headers and keys."""

import signal
import subprocess

import pytest
import zmq
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.support.clients import LiveSocket, MqttClient
from tests.support.clients.zeromq import ZeromqPeer, join
from tests.support.gateway import BINARY, three_listeners
from tests.support.processes import HOST, free_port

MIRROR = """
[[routes]]
name = "to-mesh"
from = "bus:room/{rest...}"
to = "mesh:room/{rest...}"

[[routes]]
name = "from-mesh"
from = "mesh:room/{rest...}"
to = "bus:room/{rest...}"
"""
OUT = '[[routes]]\nfrom = "bus:room/{rest...}"\nto = "mesh:room/{rest...}"\n'
IN = '[[routes]]\nfrom = "mesh:room/{rest...}"\nto = "bus:room/{rest...}"\n'


def at(*ports: int, mark: str = "") -> str:
    """A list of endpoints, as TOML."""
    return str([f"{mark}tcp://{HOST}:{port}" for port in ports]).replace("'", '"')


def bridged(gateway_with, options: str, routes: str = MIRROR, **more):
    return gateway_with(three_listeners(f'[backends.mesh]\nurl = "zmq:"\n{options}\n{routes}'), **more)


def test_zeromq_and_mqtt_see_each_other_once(gateway_with):
    out = free_port()
    with ZeromqPeer("XPUB") as far_out, ZeromqPeer("SUB", connect=out, subscribe=("room/",)) as far_in:
        gateway = bridged(gateway_with, f"publish = {at(out)}\nsubscribe = {at(far_out.port)}")
        gateway.wait_for_backend("mesh")
        far_out.wait_for_subscription("room")
        with MqttClient(gateway.port("mqtt")) as mqtt:
            join(far_in, lambda topic: mqtt.publish(topic, "probe"), "room/probe")
            mqtt.subscribe("room/#")
            mqtt.publish("room/sp ace//ü", bytes(range(256)))
            far_in.inbox.wait_for("room/sp ace//ü", bytes(range(256)))
            far_out.send("room/a", bytes(range(256)))
            far_out.send("room/a", b"")
            far_out.send("room", "the parent")
            far_out.send("roommate", "not asked for")
            mqtt.inbox.wait_for_count(4)
            assert [(m.topic, m.payload) for m in mqtt.inbox.settle()] == [
                ("room/sp ace//ü", bytes(range(256))), ("room/a", bytes(range(256))), ("room/a", b""), ("room", b"the parent")]
            assert len(far_in.inbox.all()) == 1, "no echo of what ZeroMQ itself sent"


def test_headers_stand_in_a_part_of_their_own(gateway_with):
    out = free_port()
    with ZeromqPeer("XPUB") as far_out, ZeromqPeer("SUB", connect=out, subscribe=("room/",)) as far_in:
        gateway = bridged(gateway_with, f"publish = {at(out)}\nsubscribe = {at(far_out.port)}")
        far_out.wait_for_subscription("room")
        with MqttClient(gateway.port("mqtt")) as mqtt:
            join(far_in, lambda topic: mqtt.publish(topic, "probe"), "room/probe")
            properties = Properties(PacketTypes.PUBLISH)
            properties.ContentType = "application/json"
            properties.CorrelationData = b"\x00\xff"
            properties.UserProperty = [("colour", "red"), ("a:b", "l1\nl2"), ("colour", "blue")]
            mqtt.publish("room/1", "{}", properties=properties)
            far_in.inbox.wait_for("room/1", "{}")
            topic, block, body = far_in.frames[0]
            lines = block.decode().split("\r\n")
            assert (topic, body, lines.pop()) == (b"room/1", b"{}", "")
            users = [line for line in lines if line.startswith(("colour", "a\\c"))]
            assert users == ["colour: red", "a\\cb: l1\\nl2", "colour: blue"]
            assert "content-type: application/json" in lines
            assert "correlation-id: AP8=" in lines and "rialto-types: correlation-id=b" in lines
            assert any(line.startswith("rialto-via: ") and line.endswith("/to-mesh") for line in lines)

            mqtt.subscribe("room/2")
            far_out.send("room/2", "content-type: text/csv\r\nx: l1\\nl2\r\nretain: true\r\n", "1,2")
            message = mqtt.inbox.wait_for("room/2", "1,2")
            assert message.headers["content-type"] == "text/csv" and message.headers["x"] == "l1\nl2"
            with MqttClient(gateway.port("mqtt")) as late:
                late.subscribe("room/2")
                assert late.inbox.wait_for("room/2", "1,2").retained


def test_what_is_no_message_is_dropped_and_counted(gateway_with):
    with ZeromqPeer("XPUB") as far:
        gateway = bridged(gateway_with, f"subscribe = {at(far.port)}", IN)
        far.wait_for_subscription("room")
        with MqttClient(gateway.port("mqtt")) as mqtt:
            mqtt.subscribe("#")
            far.send("room/a", "no header block", "body")
            far.send("room/+", "no topic")
            far.send("room/alone")
            far.send("room/a", "a: b", "c", "d")
            far.send("room/a", "sound")
            mqtt.inbox.wait_for("room/a", "sound")
            assert len(mqtt.inbox.settle(0.3)) == 1
        assert gateway.metrics()['rialto_backend_unmappable_total{backend="mesh"}'] == 4


def test_nothing_is_sent_that_nobody_has_subscribed_to(gateway_with):
    out = free_port()
    with ZeromqPeer("XSUB", connect=out, subscribe=("room/wanted",)) as wire:    # an XSUB hides nothing that arrives
        gateway = bridged(gateway_with, f"publish = {at(out)}", OUT)
        with MqttClient(gateway.port("mqtt")) as mqtt:
            join(wire, lambda topic: mqtt.publish(topic, "probe"), "room/wanted")
            before = gateway.metrics()['rialto_zeromq_unwanted_total{backend="mesh"}']
            for number in range(100):
                mqtt.publish(f"room/unwanted/{number}", "x" * 1000)
                mqtt.publish("room/wanted/x", str(number))
            wire.inbox.wait_for_count(100)
            assert {m.topic for m in wire.inbox.settle()} == {"room/wanted/x"}
            assert [int(m.payload) for m in wire.inbox.all()] == list(range(100))
            assert gateway.metrics()['rialto_zeromq_unwanted_total{backend="mesh"}'] == before + 100


def test_a_source_subscribes_to_the_smallest_prefixes(gateway_with):
    with ZeromqPeer("XPUB") as far:
        bridged(gateway_with, f"subscribe = {at(far.port)}", """
[[routes]]
from = ["mesh:plant/{x}/temperature", "mesh:plant/+/pressure", "mesh:hall/{rest...}", "mesh:hallway/door", "mesh:one/two"]
to = "bus:{topic}"
""")
        for prefix in ("plant/", "hall", "one/two"):
            far.wait_for_subscription(prefix)
        assert sorted(far.subscriptions) == [b"hall", b"one/two", b"plant/"]


def test_many_endpoints_of_each_kind_and_one_that_is_not_there(gateway_with):
    nobody, out1, out2, bound = (free_port() for _ in range(4))
    with (ZeromqPeer("XPUB") as first, ZeromqPeer("XPUB") as second,
          ZeromqPeer("SUB", subscribe=("room/",)) as connected_to, ZeromqPeer("SUB", connect=out1, subscribe=("room/",)) as on1,
          ZeromqPeer("SUB", connect=out2, subscribe=("room/",)) as on2):
        gateway = bridged(gateway_with, f"""
publish = {at(out1, out2)[:-1]}, ">tcp://{HOST}:{connected_to.port}"]
subscribe = {at(first.port, second.port, nobody)[:-1]}, "@tcp://{HOST}:{bound}"]
""")
        gateway.wait_for_backend("mesh")
        with MqttClient(gateway.port("mqtt")) as mqtt, ZeromqPeer("XPUB", connect=bound) as third:
            for publisher in (first, second, third):
                publisher.wait_for_subscription("room")
            for subscriber in (on1, on2, connected_to):
                join(subscriber, lambda topic: mqtt.publish(topic, "probe"), "room/probe")
            mqtt.subscribe("room/in/#")
            for number, publisher in enumerate((first, second, third)):
                publisher.send(f"room/in/{number}", "x")
                mqtt.inbox.wait_for(f"room/in/{number}", "x")
            for subscriber in (on1, on2, connected_to):
                subscriber.inbox.settle(0.2)
            mqtt.publish("room/out", "to all")
            for subscriber in (on1, on2, connected_to):
                subscriber.inbox.wait_for("room/out", "to all")
            with ZeromqPeer("XPUB", bind=nobody) as late:
                late.wait_for_subscription("room")
                late.send("room/in/late", "x")
                mqtt.inbox.wait_for("room/in/late", "x")


def test_push_and_pull_keep_all_in_order_and_wait_for_who_is_not_there_yet(gateway_with):
    out, into = free_port(), free_port()
    gateway = bridged(gateway_with, f"push = {at(out)}\npull = {at(into, mark='@')}", """
[[routes]]
from = "bus:jobs/{rest...}"
to = "mesh:jobs/{rest...}"
[[routes]]
from = "mesh:done/{rest...}"
to = "bus:done/{rest...}"
""")
    with (MqttClient(gateway.port("mqtt"), window=1000) as giver, MqttClient(gateway.port("mqtt")) as taker,
          ZeromqPeer("PUSH", connect=into) as pusher):
        taker.subscribe("done/#")
        for number in range(2000):
            giver.paho.publish("jobs/a", str(number), qos=1)
            pusher.send("done/a", str(number))
        assert [int(m.payload) for m in taker.inbox.wait_for_count(2000, within=30)] == list(range(2000))
        with ZeromqPeer("PULL", connect=out) as worker:     # nobody was there before: all of them have waited
            assert [int(m.payload) for m in worker.inbox.wait_for_count(2000, within=30)] == list(range(2000))
            assert len(worker.inbox.settle(0.3)) == 2000


def test_a_subscriber_that_stands_still_holds_messages_back_and_loses_none(gateway_with):
    out, count = free_port(), 5000
    slow = zmq.Context.instance().socket(zmq.SUB)
    slow.rcvhwm, slow.linger, slow.rcvtimeo = 1, 0, 20_000
    slow.setsockopt(zmq.RCVBUF, 4096)
    slow.setsockopt(zmq.SUBSCRIBE, b"room/")
    slow.connect(f"tcp://{HOST}:{out}")
    gateway = bridged(gateway_with, f"publish = {at(out)}\nsend_hwm = 10\nformat = 'two-part'", OUT)
    payload = b"x" * 2000
    with slow, MqttClient(gateway.port("mqtt"), window=1000) as mqtt:
        while not slow.poll(50):
            mqtt.publish("room/probe", "probe")
        for number in range(count):
            mqtt.paho.publish("room/a", str(number).encode() + b" " + payload, qos=1)
        received = []
        while len(received) < count:
            topic, body = slow.recv_multipart()
            if topic == b"room/a":
                received.append(int(body.split()[0]))
        assert received == list(range(count))


def test_plain_forms(gateway_with):
    out, raw_out = free_port(), free_port()
    with (ZeromqPeer("XPUB") as far, ZeromqPeer("SUB", connect=out, subscribe=("",)) as pairs,
          ZeromqPeer("SUB", connect=raw_out, subscribe=("",)) as singles):
        gateway = gateway_with(three_listeners(f"""
[backends.pairs]
url = "zmq:"
publish = {at(out)}
format = "two-part"
[backends.raw]
url = "zmq:"
publish = {at(raw_out)}
subscribe = {at(far.port)}
format = "one-part"
topic = "plant/raw"
[[routes]]
from = "bus:room/{{rest...}}"
to = ["pairs:room/{{rest...}}", "raw:anything"]
[[routes]]
from = "raw:plant/raw"
to = "bus:in/raw"
"""))
        far.wait_for_subscription("")
        with MqttClient(gateway.port("mqtt")) as mqtt:
            properties = Properties(PacketTypes.PUBLISH)
            properties.UserProperty = [("a", "b")]
            join(pairs, lambda topic: mqtt.publish(topic, "probe", properties=properties), "room/probe")
            join(singles, lambda _: mqtt.publish("room/probe", "probe"), "")
            pairs.inbox.settle(0.2)
            pairs.frames.clear()
            mqtt.publish("room/1", "body", properties=properties)
            pairs.inbox.wait_for("room/1", "body")
            pairs.inbox.settle(0.2)
            assert pairs.frames == [[b"room/1", b"body"]] and singles.frames == [[b"body"]]
            mqtt.subscribe("in/#")
            far.send("whatever it is")
            mqtt.inbox.wait_for("in/raw", "whatever it is")


def test_curve_both_ways(gateway_with, tmp_path):
    out, (public, secret) = free_port(), zmq.curve_keypair()
    far_public, far_secret = zmq.curve_keypair()
    key_file = tmp_path / "key"
    key_file.write_bytes(secret + b"\n")
    curve = f'curve = {{ secret_key = "${{file:{key_file}}}", server_key = "{far_public.decode()}" }}'
    stranger = (*zmq.curve_keypair(), zmq.curve_keypair()[0])
    with (ZeromqPeer("XPUB", server_secret=far_secret) as far_out,
          ZeromqPeer("SUB", connect=out, subscribe=("room/",), client_keys=(*zmq.curve_keypair(), public)) as far_in,
          ZeromqPeer("SUB", connect=out, subscribe=("room/",), client_keys=stranger) as wrong_key,
          ZeromqPeer("SUB", connect=out, subscribe=("room/",)) as no_key):
        gateway = bridged(gateway_with, f"publish = {at(out)}\nsubscribe = {at(far_out.port)}\n{curve}")
        gateway.wait_for_backend("mesh")
        far_out.wait_for_subscription("room")
        with MqttClient(gateway.port("mqtt")) as mqtt:
            join(far_in, lambda topic: mqtt.publish(topic, "probe"), "room/probe")
            mqtt.subscribe("room/#")
            far_out.send("room/in", "secret")
            mqtt.inbox.wait_for("room/in", "secret")
            mqtt.publish("room/out", "secret")
            far_in.inbox.wait_for("room/out", "secret")
            assert wrong_key.inbox.settle(0.3) == [] and no_key.inbox.all() == []
        assert secret.decode() not in gateway.log()


def test_a_server_with_another_key_is_told(gateway_with):
    with ZeromqPeer("XPUB", server_secret=zmq.curve_keypair()[1]) as far:
        curve = f'curve = {{ server_key = "{zmq.curve_keypair()[0].decode()}" }}'
        gateway = bridged(gateway_with, f"subscribe = {at(far.port)}\n{curve}", IN)
        gateway.wait_for_log("CURVE")
        assert gateway.metrics()['rialto_backend_up{backend="mesh"}'] == 0
        assert far.subscriptions == []


@pytest.mark.parametrize("options, complaint", [
    ('subscribe = ["tcp://*:1"]', "subscribe: 'tcp://*:1' is no endpoint"),
    ('publish = ["tcp://*:1"]\ncurve = { secret_key = "short" }', "curve: 'secret_key' is no key"),
    ('subscribe = ["tcp://h:1"]\ncurve = { }', "curve: 'curve' needs 'server_key'"),
    ('push = ["tcp://*:1"]', "nothing can be read from 'mesh'"),
])
def test_mistakes_are_found_by_check(tmp_path, options, complaint):
    file = tmp_path / "rialto.toml"
    file.write_text(f'[backends.mesh]\nurl = "zmq:"\n{options}\n{IN}')
    checked = subprocess.run([BINARY, "check", file], capture_output=True, text=True, timeout=10)
    assert checked.returncode != 0 and complaint in checked.stderr


def test_a_publisher_that_comes_late_goes_and_comes_back_is_found(gateway_with):
    port = free_port()
    gateway = bridged(gateway_with, f"subscribe = {at(port)}", IN)
    gateway.wait_for_backend("mesh", up=False)
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.subscribe("room/#")
        for number in range(2):
            with ZeromqPeer("XPUB", bind=port) as far:
                gateway.wait_for_backend("mesh")
                far.wait_for_subscription("room")
                far.send("room/a", str(number))
                mqtt.inbox.wait_for("room/a", str(number))
            gateway.wait_for_backend("mesh", up=False)


def test_a_bound_endpoint_stays_where_it_is_when_routes_change(gateway_with):
    port = free_port()
    mesh = three_listeners(f'[backends.mesh]\nurl = "zmq:"\nsubscribe = {at(port, mark="@")}\n')
    gateway = gateway_with(mesh + IN)
    with MqttClient(gateway.port("mqtt")) as mqtt, ZeromqPeer("XPUB", connect=port) as far:
        mqtt.subscribe("#")
        far.wait_for_subscription("room")
        gateway.file.write_text(mesh + IN.replace("mesh:room", "mesh:hall").replace("bus:room", "bus:hall"))
        gateway.server.send(signal.SIGHUP)
        far.wait_for_subscription("hall")
        far.send("room/a", "not any more")
        far.send("hall/a", "now")
        mqtt.inbox.wait_for("hall/a", "now")
        assert len(mqtt.inbox.settle(0.3)) == 1


def test_zeromq_reaches_a_browser(gateway_with):
    with ZeromqPeer("XPUB") as far:
        gateway = bridged(gateway_with, f"subscribe = {at(far.port)}",
                          '[[routes]]\nfrom = "mesh:prices/{name}"\nto = "bus:live/{name}"\n')
        far.wait_for_subscription("prices/")
        with LiveSocket(gateway.port("web")) as live:
            live.subscribe("live/+")
            for number in range(200):
                far.send("prices/gold", "content-type: application/json\r\nsource: lme\r\n", f'{{"bid":{number}}}')
            messages = live.inbox.wait_for_count(200)
            assert [m.payload.decode() for m in messages] == [f'{{"bid":{number}}}' for number in range(200)]
            assert messages[0].headers["content-type"] == "application/json" and messages[0].headers["source"] == "lme"
