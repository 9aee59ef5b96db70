"""The brokers that take seconds to start: Kafka, Artemis, ActiveMQ, Qpid Broker-J and RabbitMQ.

Best one for a whole file (scope="module"), with topics of its own for each test.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.brokers import Broker
from tests.support.certs import Certificates
from tests.support.processes import HOST, Server, free_port

RUN = Path(__file__).with_name("run_broker")
USER, PASSWORD = "rialto", "bridge"


class LargeBroker(Broker):
    """What tests/support/run_broker starts. `ports` has a free port for each name that it was asked for, and for those
    that the broker can't do without; `port` is the first of them. With certificates it can do TLS.

    The user is USER with PASSWORD. It keeps across kill() and restart() what it promised to keep.
    """

    always: tuple[str, ...] = ()        # ports that this kind can't do without, the one for clients first

    def __init__(self, folder: Path, *port_names: str, certificates: Certificates | None = None, **settings: str | int):
        super().__init__(folder)
        self.ports = {name: free_port() for name in dict.fromkeys((*self.always, *port_names))}
        assert self.ports, f"{self.name}: which ports?"
        self.port = next(iter(self.ports.values()))
        self._certificates, self._settings = certificates, settings

    def address(self, scheme: str, port_name: str) -> str:
        """A url with the user in it."""
        return f"{scheme}://{USER}:{PASSWORD}@{HOST}:{self.ports[port_name]}"

    def start(self):
        (self.folder / "ready").unlink(missing_ok=True)
        self._server = Server(self.name, self._command(), self.folder / f"{self.name}.out")
        self._server.log_path = self.folder / "broker.log"
        self._wait_until_ready()
        return self

    def _command(self) -> list[str]:
        words = {**self.ports, **self._settings}
        if self._certificates:
            words |= {"cert": self._certificates.server.cert, "key": self._certificates.server.key}
        return [str(RUN), self.name, str(self.folder), *(f"{name}={value}" for name, value in words.items())]

    def _wait_until_ready(self) -> None:
        def says_so() -> bool:
            words = self.folder / "ready"
            return words.exists() and (wanted := words.read_text().strip()) != "" and wanted in self.server.log()
        self.server.wait_until(says_so, "saying that it is ready")
        self.server.wait_for_ports(*self.ports.values())


class Kafka(LargeBroker):
    """Apache Kafka in KRaft mode, one node. Ports: plain, sasl, ssl, sasl_ssl. `partitions=` of a new topic, 1 by default."""

    name = "kafka"
    always = ("plain", "controller")

    @property
    def url(self) -> str:
        return f"kafka://{HOST}:{self.port}"

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"


class Artemis(LargeBroker):
    """Apache ActiveMQ Artemis: AMQP 1.0, STOMP, MQTT and OpenWire on the port `all`, and over TLS on `tls`."""

    name = "artemis"
    always = ("all",)


class ActiveMq(LargeBroker):
    """ActiveMQ Classic. Ports: stomp, mqtt, amqp, openwire, stomps, amqps."""

    name = "activemq"


class QpidBrokerJ(LargeBroker):
    """Apache Qpid Broker-J. Ports: amqp, amqps. Addresses are EXCHANGE/KEY or a queue's name; queue.* is made when used."""

    name = "qpid"
    always = ("amqp",)


class RabbitMq(LargeBroker):
    """RabbitMQ with AMQP 1.0, and the plug-in for each further port: stomp, mqtt, web_stomp, web_mqtt, management;
    amqps and stomps for TLS. With the mqtt plug-in a first start takes some seconds longer."""

    name = "rabbitmq"
    always = ("amqp", "epmd", "dist")
