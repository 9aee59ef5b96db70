"""mqtts, stomps and https with a certificate, and the client's own where the file asks for it."""

import ssl

import pytest

from tests.support.clients import LiveSocket, MqttClient, StompClient, mosquitto_pub, mosquitto_sub
from tests.support.gateway import Gateway
from tests.support.processes import HOST, free_port


def secure_config(certificates, extra="") -> str:
    tls = f'tls = {{ cert = "{certificates.server.cert}", key = "{certificates.server.key}"{extra} }}'
    return "\n".join(f'[listeners.{name}]\nurl = "{scheme}://{HOST}:{free_port()}"\n{tls}'
                     for name, scheme in (("mqtt", "mqtts"), ("stomp", "stomps"), ("web", "https")))


@pytest.fixture(scope="module")
def secure(tmp_path_factory, certificates):
    with Gateway(tmp_path_factory.mktemp("secure"), secure_config(certificates)) as running:
        yield running


def test_every_protocol_speaks_tls(secure, certificates):
    context = certificates.trusting()
    with (MqttClient(secure.port("mqtt"), tls=context) as mqtt,
          MqttClient(secure.port("web"), tls=certificates.trusting(), websocket="/mqtt") as web_mqtt,
          StompClient(secure.port("stomp"), ca=certificates.ca) as stomp,
          LiveSocket(secure.port("web"), tls=context) as live,
          mosquitto_sub(secure.port("mqtt"), "tls/#", "--cafile", str(certificates.ca)) as printed):
        for client in (mqtt, web_mqtt, live):
            client.subscribe("tls/#")
        stomp.subscribe("/topic/tls/#")
        mosquitto_pub(secure.port("mqtt"), "tls/x", "safe", "--cafile", str(certificates.ca), "-q", "1")
        for inbox in (mqtt.inbox, web_mqtt.inbox, live.inbox, printed):
            inbox.wait_for("tls/x", "safe")
        assert stomp.inbox.wait_for_count(1)[0].payload == b"safe"
        for number, publish in enumerate((mqtt.publish, web_mqtt.publish)):
            publish(f"tls/{number}", "s" * 200_000)
            live.inbox.wait_for(f"tls/{number}", "s" * 200_000)
        live.publish("tls/live", text="from the browser")
        mqtt.inbox.wait_for("tls/live", "from the browser")


def test_plain_bytes_at_a_tls_port_end_that_connection_alone(secure, certificates):
    with MqttClient(secure.port("mqtt"), tls=certificates.trusting()) as healthy:
        with pytest.raises(Exception):
            MqttClient(secure.port("mqtt"))
        healthy.subscribe("still/#")
        healthy.publish("still/here", "yes")
        healthy.inbox.wait_for("still/here", "yes")
    secure.wait_for_log("TLS handshake failed")


def test_old_versions_of_tls_are_refused(secure):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, OSError)):
        MqttClient(secure.port("mqtt"), tls=context)


def test_verify_client_lets_in_who_shows_a_certificate_and_nobody_else(gateway_with, certificates):
    gateway = gateway_with(secure_config(certificates, f', ca = "{certificates.ca}", verify_client = true'))
    with MqttClient(gateway.port("mqtt"), tls=certificates.trusting(with_client=True)) as known:
        known.subscribe("in/#")
        known.publish("in/x", "welcome")
        known.inbox.wait_for("in/x", "welcome")
    for client, port in ((MqttClient, "mqtt"), (LiveSocket, "web")):
        with pytest.raises(Exception):
            client(gateway.port(port), tls=certificates.trusting())
