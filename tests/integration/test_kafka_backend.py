"""A backend of type Kafka against a real Apache Kafka, both ways."""

import itertools
import time

import confluent_kafka
import pytest
from confluent_kafka.admin import AdminClient, NewTopic
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.support.clients import MqttClient
from tests.support.gateway import ROOT, three_listeners
from tests.support.large_brokers import PASSWORD, USER, Kafka
from tests.support.processes import HOST, free_port

QUICK = 'options = { "session.timeout.ms" = "1000", "heartbeat.interval.ms" = "100", "topic.metadata.refresh.interval.ms" = "200" }'
RELAY = """
[[routes]]
from = "log:{case}-in/#"
to = "log:{case}-out/{{1}}"
delivery = "at-least-once"
"""


@pytest.fixture(scope="module")
def kafka(tmp_path_factory, certificates):
    with Kafka(tmp_path_factory.mktemp("kafka"), "sasl", "ssl", "sasl_ssl", certificates=certificates, partitions=4) as broker:
        yield broker


@pytest.fixture
def case(request) -> str:
    """A name that no other test uses at the broker."""
    return request.node.name.partition("[")[0].replace("_", "").replace("test", "t", 1)[:60] + str(next(COUNT))


COUNT = itertools.count()


def bridged(gateway_with, url: str, routes: str, options: str = QUICK, listeners: bool = True, name: str = "plant"):
    backend = f'[gateway]\nname = "{name}"\n[backends.log]\nurl = "{url}"\n{options}\n{routes}'
    gateway = gateway_with(three_listeners(backend) if listeners else backend)
    return gateway


def wait_for_members(kafka: Kafka, group: str, count: int, within: float = 60) -> None:
    """Until so many gateways are in the group, and it is settled."""
    admin, deadline = AdminClient({"bootstrap.servers": kafka.bootstrap}), time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            found = admin.describe_consumer_groups([group])[group].result()
            if found.state.name == "STABLE" and len(found.members) == count:
                return
        except confluent_kafka.KafkaException as error:
            # A broker that was just started reads what it knows of its groups first.
            if error.args[0].code() not in (confluent_kafka.KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
                                            confluent_kafka.KafkaError.COORDINATOR_NOT_AVAILABLE,
                                            confluent_kafka.KafkaError.NOT_COORDINATOR):
                raise
        time.sleep(0.05)
    raise AssertionError(f"the group '{group}' never had {count} members")


def make_topic(kafka: Kafka, name: str, partitions: int = 1) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})  # lives until it has answered
    admin.create_topics([NewTopic(name, partitions, 1)])[name].result(30)


def producer(kafka: Kafka) -> confluent_kafka.Producer:
    return confluent_kafka.Producer({"bootstrap.servers": kafka.bootstrap, "linger.ms": 0})


def records(kafka: Kafka, topic: str, enough, within: float = 60) -> list:
    """Reads `topic` from its beginning until `enough(records)`."""
    consumer = confluent_kafka.Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": f"test-{topic}-{next(COUNT)}",
                                         "auto.offset.reset": "earliest", "topic.metadata.refresh.interval.ms": 200})
    found, deadline = [], time.monotonic() + within
    try:
        consumer.subscribe([topic])
        while not enough(found):
            assert time.monotonic() < deadline, f"only {len(found)} records came to {topic}"
            record = consumer.poll(0.2)
            if record is not None and not record.error():
                found.append(record)
        return found
    finally:
        consumer.close()


def mqtt_properties() -> Properties:
    properties = Properties(PacketTypes.PUBLISH)
    properties.ContentType = "application/json"
    properties.CorrelationData = b"\xff\x00\x01"
    properties.PayloadFormatIndicator = 1
    properties.UserProperty = [("b", "1"), ("a", "2"), ("b", "3"), ("key", "device-7")]
    return properties


def test_all_fields_go_from_mqtt_to_kafka_and_back(gateway_with, kafka, case):
    make_topic(kafka, f"{case}.a-2Eb.-C3-BC")
    gateway = bridged(gateway_with, kafka.url, f"""
[backends.again]    # what a backend wrote itself is an echo
url = "{kafka.url}"
{QUICK}

[[routes]]
from = "bus:out/{{rest...}}"
to = "log:{case}/{{rest...}}"

[[routes]]
from = "again:{case}/{{rest...}}"
to = "bus:back/{{rest...}}"
""", name=case)
    gateway.wait_for_log("backend reading")  # a member may not have said yet where it begins
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.subscribe("back/#")
        mqtt.publish("out/a.b/\u00fc", "{}", properties=mqtt_properties())
        arrived = mqtt.inbox.wait_for("back/a.b/\u00fc", "{}")
    [record] = records(kafka, f"{case}.a-2Eb.-C3-BC", lambda found: found)
    headers = [(name, value) for name, value in record.headers() if not name.startswith("rialto-via")]
    assert headers == [("rialto-body", b"text"), ("content-type", b"application/json"), ("correlation-id", b"\xff\x00\x01"),
                       ("b", b"1"), ("a", b"2"), ("b", b"3"), ("rialto-added", b"timestamp")]
    assert record.key() == b"device-7"
    assert arrived.headers["content-type"] == "application/json"
    assert arrived.headers["a"] == "2" and arrived.headers["key"] == "device-7"


def test_in_one_topic_the_address_is_key_and_header(gateway_with, kafka, case):
    make_topic(kafka, case, partitions=4)
    gateway = bridged(gateway_with, f"{kafka.url}/{case}", """
[[routes]]
from = "bus:out/#"
to = "log:{topic}"

[[routes]]
from = "log:in/#"
to = "bus:{topic}"
""", name=case)
    gateway.wait_for_log("backend reading")  # a member may not have said yet where it begins
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.subscribe("in/#")
        mqtt.publish("out/a b", "1")
        other = producer(kafka)
        other.produce(case, "by header", "a key", headers=[("rialto-topic", b"in/x/y")])
        other.produce(case, "by key", "in/z")
        other.produce(case, "nobody asked", "elsewhere")
        other.flush(30)
        assert mqtt.inbox.wait_for("in/x/y", "by header")
        assert mqtt.inbox.wait_for("in/z", "by key")
        assert len(mqtt.inbox.settle(0.5)) == 2
    [ours] = [r for r in records(kafka, case, lambda found: len(found) == 4) if r.value() == b"1"]
    assert ours.key() == b"out/a b"
    assert ("rialto-topic", b"out/a b") in ours.headers()


def test_a_topic_that_comes_into_being_later_is_read_from_its_beginning(gateway_with, kafka, case):
    gateway = bridged(gateway_with, kafka.url, f'[[routes]]\nfrom = "log:{case}/#"\nto = "bus:{{topic}}"\n', name=case)
    gateway.wait_for_log("backend reading")
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.subscribe("#")
        other = producer(kafka)
        for number in range(20):
            other.produce(f"{case}.new", str(number), "one key")
        other.flush(30)
        assert [m.payload for m in mqtt.inbox.wait_for_count(20, within=30)] == [str(n).encode() for n in range(20)]


@pytest.mark.parametrize("scheme, port, options", [
    ("kafka", "sasl", ""),
    ("kafka", "sasl", 'options = { "sasl.mechanism" = "SCRAM-SHA-256" }'),
    ("kafkas", "ssl", 'tls = { ca = "CA" }'),
    ("kafkas", "sasl_ssl", 'tls = { ca = "CA" }'),
], ids=["PLAIN", "SCRAM", "TLS", "PLAIN in TLS"])
def test_passwords_and_tls(gateway_with, kafka, case, certificates, scheme, port, options):
    login = f"{USER}:{PASSWORD}@" if "sasl" in port else ""
    gateway = bridged(gateway_with, f"{scheme}://{login}{HOST}:{kafka.ports[port]}",
                      f'[[routes]]\nfrom = "bus:out"\nto = "log:{case}"\n', options.replace("CA", str(certificates.ca)), name=case)
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.publish("out", "through")
    assert [r.value() for r in records(kafka, case, lambda found: found)] == [b"through"]


@pytest.mark.parametrize("url, options, said", [
    (f"kafka://{USER}:wrong@{HOST}:{{sasl}}", "", "uthentication"),
    (f"kafkas://{HOST}:{{ssl}}", "", "certificate"),
], ids=["password", "certificate"])
def test_what_is_wrong_with_a_connection_is_said(gateway_with, kafka, url, options, said):
    gateway = bridged(gateway_with, url.format(**kafka.ports), '[[routes]]\nfrom = "bus:out"\nto = "log:x"\n', options)
    gateway.server.wait_until(lambda: said in gateway.log(), f"saying '{said}'")


def test_a_gateway_that_is_killed_loses_nothing(gateway_with, kafka, case):
    make_topic(kafka, f"{case}-2Din.x")
    gateway = bridged(gateway_with, kafka.url, RELAY.format(case=case), name=case)
    gateway.wait_for_log("backend reading")  # a member may not have said yet where it begins
    other, total = producer(kafka), 6000
    for number in range(total):
        other.produce(f"{case}-2Din.x", str(number))
        if number in (1500, 3000, 4500):
            other.flush(30)
            gateway.kill()
            gateway.start()
    other.flush(30)
    found = records(kafka, f"{case}-2Dout.x", lambda found: len({r.value() for r in found}) == total, within=90)
    firsts = list(dict.fromkeys(int(r.value()) for r in found))
    assert firsts == list(range(total)), "in order"


def test_gateways_that_come_and_go_share_the_work_without_loss(gateway_with, kafka, case):
    make_topic(kafka, f"{case}-2Din.x", partitions=4)
    first = bridged(gateway_with, kafka.url, RELAY.format(case=case), name=case)
    first.wait_for_log("backend reading")
    wait_for_members(kafka, case, 1)
    other, numbers, keys = producer(kafka), itertools.count(), [f"key{n}" for n in range(16)]

    def produce(count: int) -> None:
        for number in itertools.islice(numbers, count):
            other.produce(f"{case}-2Din.x", str(number), keys[number % len(keys)])
        other.flush(30)

    produce(2000)
    second = bridged(gateway_with, kafka.url, RELAY.format(case=case), name=case)
    produce(2000)
    wait_for_members(kafka, case, 2)
    produce(2000)
    assert second.server.stop() == 0
    produce(2000)
    second.start()
    produce(1000)
    first.kill()
    produce(1000)
    total = next(numbers)
    found = records(kafka, f"{case}-2Dout.x", lambda found: len({r.value() for r in found}) == total, within=90)
    assert len(found) < 2 * total, "a rebalance is no reason to send everything again"
    for key in keys:
        firsts = list(dict.fromkeys(int(r.value()) for r in found if r.key() == key.encode()))
        assert firsts == sorted(firsts), f"order within {key}"
    first.start()


def test_the_shipped_file(gateway_with, kafka):
    config = (ROOT / "configs/mqtt-to-kafka.toml").read_text().replace("127.0.0.1:9092", kafka.bootstrap)
    gateway = gateway_with(config.replace(":1883", f":{free_port()}").replace(":8080", f":{free_port()}"))
    with MqttClient(gateway.port("mqtt")) as device:
        gateway.wait_for_backend("log")
        device.subscribe("commands/7/#")
        device.publish("sensors/7/temperature", "21.5")
        other = producer(kafka)
        other.produce("commands.7.stop", "now")
        other.flush(30)
        device.inbox.wait_for("commands/7/stop", "now", within=30)
    assert [r.value() for r in records(kafka, "sensors.7.temperature", lambda found: found)] == [b"21.5"]
