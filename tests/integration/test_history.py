"""[[history]]: what late and returning readers of the live socket, and GET /history, are given."""

import json
import signal
import urllib.parse

import pytest

from tests.support.clients import LiveSocket, MqttClient
from tests.support.gateway import Gateway, three_listeners

HISTORY = '[[history]]\ntopic = "live/#"\nmessages = 100\n'


def history_of(gateway, *topics: str, **more) -> tuple[int, dict | str]:
    query = urllib.parse.urlencode([*(("topic", topic) for topic in topics), *more.items()])
    status, text = gateway.get(f"/history?{query}")
    return status, json.loads(text) if status == 200 else text


def data_of(messages: list[dict]) -> list:
    return [message["data"] for message in messages]


def live_data(live: LiveSocket, count: int) -> list:
    return [json.loads(message.payload) for message in live.inbox.wait_for_count(count)]


def cursor_of(live: LiveSocket) -> dict:
    """Where a reader is that has seen all so far."""
    answer = live.subscribe("live/#")
    live.request("unsub", topic="live/#")
    return {"epoch": live.connected["epoch"], "seq": answer["seq"]}


def test_a_reader_that_comes_back_gets_what_it_missed(gateway_with):
    gateway = gateway_with(three_listeners(HISTORY))
    with MqttClient(gateway.port("mqtt")) as mqtt:
        with LiveSocket(gateway.port("web")) as live:
            mqtt.publish("live/a", "1")
            cursor = cursor_of(live)
        for number in range(2, 52):
            mqtt.publish(f"live/{number % 3}", str(number))
        with LiveSocket(gateway.port("web")) as live:
            answer = live.subscribe("live/#", **{"from": cursor})
            assert (answer["recovered"], answer["replay"]) == (True, 50)
            mqtt.publish("live/a", "52")
            assert live_data(live, 51) == list(range(2, 53))
        for number in range(100):
            mqtt.publish("live/a", str(number))
        with LiveSocket(gateway.port("web")) as live:
            answer = live.subscribe("live/#", **{"from": cursor})
            assert (answer["recovered"], answer["replay"]) == (False, 100), "more than the history keeps has come"


def test_the_history_is_read_over_http(gateway_with):
    gateway = gateway_with(three_listeners(HISTORY))
    with MqttClient(gateway.port("mqtt")) as mqtt:
        for number in range(10):
            mqtt.publish(f"live/{number % 2}", str(number))
        mqtt.publish("other", "99")
        status, answer = history_of(gateway, "live/+")
        assert (status, data_of(answer["messages"])) == (200, list(range(10)))
        assert data_of(history_of(gateway, "live/1")[1]["messages"]) == [1, 3, 5, 7, 9]
        assert data_of(history_of(gateway, "live/1", "other", "live/0", limit=3)[1]["messages"]) == [7, 8, 9]
        page = history_of(gateway, "#", limit=4)[1]["messages"]
        assert data_of(history_of(gateway, "#", limit=4, before=page[0]["seq"])[1]["messages"]) == [2, 3, 4, 5]
    assert history_of(gateway)[0] == 400
    for wrong in ({"limit": "many"}, {"limit": 1001}, {"before": -1}):
        assert history_of(gateway, "live/#", **wrong)[0] == 400
    assert history_of(gateway, "a/#/b")[0] == 400
    assert history_of(gateway, "$share/g/live/#")[0] == 400


def test_without_a_history_there_is_none_until_the_file_says_so(gateway_with):
    listeners = three_listeners()
    gateway = gateway_with(listeners)
    assert history_of(gateway, "live/#")[0] == 404
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.publish("live/a", "1")
        gateway.file.write_text(listeners + HISTORY)
        gateway.server.send(signal.SIGHUP)
        gateway.wait_for_log("reloaded")
        mqtt.publish("live/a", "2")
        assert data_of(history_of(gateway, "live/#")[1]["messages"]) == [2]


@pytest.mark.parametrize("where", ["folder", "redis"])
def test_readers_go_on_after_a_restart_and_are_told_after_a_kill(tmp_path, redis, where):
    place = f'data_dir = "{tmp_path}/data"' if where == "folder" else f'store = "{redis.url}"'
    gateway = Gateway(tmp_path / "gateway", f'[gateway]\nname = "keeps"\n{place}\n{three_listeners(HISTORY)}')
    with gateway:
        with MqttClient(gateway.port("mqtt")) as mqtt, LiveSocket(gateway.port("web")) as live:
            cursor = cursor_of(live)
            for number in range(20):
                mqtt.publish("live/a", str(number))
        assert gateway.server.stop() == 0
        gateway.start()
        with MqttClient(gateway.port("mqtt")) as mqtt, LiveSocket(gateway.port("web")) as live:
            answer = live.subscribe("live/#", **{"from": cursor})
            assert (answer["recovered"], answer["replay"]) == (True, 20)
            mqtt.publish("live/b", "20")
            assert live_data(live, 21) == list(range(21))
        gateway.kill()
        gateway.start()
        with LiveSocket(gateway.port("web")) as live:
            assert live.connected["epoch"] != cursor["epoch"]
            assert live.subscribe("live/#", **{"from": cursor})["recovered"] is False
            assert live.subscribe("live/+", **{"from": {"last": 100}})["replay"] == 21, "what was acknowledged is there"
            assert live_data(live, 21) == list(range(21))
