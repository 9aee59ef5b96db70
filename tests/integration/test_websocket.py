"""MQTT, STOMP and the live socket through the web listener, and who may come in."""

import http.client
import json

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.support.clients import LiveSocket, MqttClient, StompClient
from tests.support.gateway import three_listeners
from tests.support.processes import HOST

FOREIGN = "https://elsewhere.example"
SUBPROTOCOLS = ["rialto.v1.json", "mqtt", "mqttv3.1", "v12.stomp", "v11.stomp", "v10.stomp"]


def upgrade_status(port, path="/ws", **options) -> int:
    """The HTTP status that answers a WebSocket handshake; 101 for one that was accepted."""
    try:
        with connect(f"ws://{HOST}:{port}{path}", proxy=None, **options):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.parametrize("version", ["3.1", "3.1.1", "5"])
@pytest.mark.parametrize("path", ["/mqtt", "/"])
def test_mqtt_over_websocket(gateway, version, path):
    topic = f"ws/{version}{path}"
    with MqttClient(gateway.port("web"), version, websocket=path) as web, MqttClient(gateway.port("mqtt")) as tcp:
        web.subscribe("down/#", qos=2)
        tcp.subscribe("up/#")
        tcp.publish(f"down/{topic}", "x" * 100_000, qos=2)
        web.publish(f"up/{topic}", "y" * 100_000, qos=2)
        web.inbox.wait_for(f"down/{topic}", "x" * 100_000)
        tcp.inbox.wait_for(f"up/{topic}", "y" * 100_000)


def test_stomp_over_websocket(gateway):
    with StompClient(gateway.port("web"), websocket="/stomp") as web, StompClient(gateway.port("stomp")) as tcp:
        web.subscribe("/topic/sw/down")
        tcp.subscribe("/topic/sw/up")
        tcp.publish("/topic/sw/down", "to the browser")
        web.publish("/topic/sw/up", "from the browser")
        assert web.inbox.wait_for_count(1)[0].payload == b"to the browser"
        assert tcp.inbox.wait_for_count(1)[0].payload == b"from the browser"


@pytest.mark.parametrize("offered, chosen", [
    (["rialto.v1.json"], "rialto.v1.json"),
    (["mqtt"], "mqtt"),
    (["mqttv3.1"], "mqttv3.1"),
    (["v12.stomp", "v11.stomp", "v10.stomp"], "v12.stomp"),
    (["v11.stomp", "v10.stomp"], "v11.stomp"),
    (["unknown", "mqtt"], "mqtt"),
])
def test_the_subprotocol_is_chosen_from_those_offered(gateway, offered, chosen):
    with connect(f"ws://{HOST}:{gateway.port('web')}/ws", proxy=None, subprotocols=offered) as socket:
        assert socket.subprotocol == chosen


def test_subprotocols_that_are_all_unknown_are_refused_with_the_list_of_known_ones(gateway):
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://{HOST}:{gateway.port('web')}/ws", proxy=None, subprotocols=["graphql-ws"])
    assert refused.value.response.status_code == 400
    assert b"rialto.v1.json" in refused.value.response.body


@pytest.mark.parametrize("path", ["/ws", "/mqtt", "/stomp", "/"])
@pytest.mark.parametrize("subprotocol", SUBPROTOCOLS)
def test_a_foreign_origin_is_refused_before_the_upgrade(gateway, path, subprotocol):
    assert upgrade_status(gateway.port("web"), path, origin=FOREIGN, subprotocols=[subprotocol]) == 403


@pytest.mark.parametrize("origin", [
    "http://127.0.0.1.elsewhere.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1", "http://localhost.example:{port}"])
def test_an_origin_that_only_looks_like_our_own_is_foreign(gateway, origin):
    port = gateway.port("web")
    assert upgrade_status(port, origin=origin.format(port=port), subprotocols=["rialto.v1.json"]) == 403


def test_our_own_origin_and_none_at_all_are_welcome(gateway):
    port = gateway.port("web")
    assert upgrade_status(port, origin=f"http://{HOST}:{port}", subprotocols=["rialto.v1.json"]) == 101
    assert upgrade_status(port, subprotocols=["rialto.v1.json"]) == 101


def test_an_origin_that_the_file_allows_is_welcome(gateway_with):
    config = three_listeners().replace('[listeners.web]', '[listeners.web]\nallowed_origins = ["https://app.example"]')
    port = gateway_with(config).port("web")
    assert upgrade_status(port, origin="https://app.example", subprotocols=["mqtt"]) == 101
    assert upgrade_status(port, origin="https://app.example.elsewhere", subprotocols=["mqtt"]) == 403


def test_a_plain_get_of_the_sockets_path_is_no_upgrade(gateway):
    connection = http.client.HTTPConnection(HOST, gateway.port("web"), timeout=10)
    connection.request("GET", "/ws")
    assert connection.getresponse().status in (400, 404, 426)
    connection.close()


def test_what_is_no_json_is_answered_and_the_third_time_ends_the_socket(gateway):
    with LiveSocket(gateway.port("web")) as live:
        for _ in range(3):
            live.socket.send("{not json")
        live._reader.join(10)
        assert not live._reader.is_alive(), "the gateway closed the socket"
        assert [event["code"] for event in live.events if event["op"] == "err"][:2] == [400, 400]
        assert live.socket.close_code == 4000


def test_nothing_but_connect_is_answered_before_connect(gateway):
    with connect(f"ws://{HOST}:{gateway.port('web')}/ws", proxy=None, subprotocols=["rialto.v1.json"]) as socket:
        socket.send(json.dumps({"op": "sub", "id": 1, "topic": "secret/#"}))
        answer = json.loads(socket.recv(timeout=10))
        assert answer["op"] == "err" and answer["code"] == 401
