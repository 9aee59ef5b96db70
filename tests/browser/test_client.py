"""/rialto.js in a real Chromium: what the module promises to pages."""

import time

import pytest

from tests.browser.demo_page import open_chromium
from tests.support.clients import LiveSocket, MqttClient
from tests.support.gateway import three_listeners
from tests.support.processes import HOST

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    chromium = open_chromium(tmp_path_factory.mktemp("profile"))
    chromium.set_script_timeout(60)
    yield chromium
    chromium.quit()


class Page:
    """A page of the gateway with `bus`, a connected client, and `wait(condition)`."""

    def __init__(self, browser, gateway):
        self._browser = browser
        browser.get(f"http://{HOST}:{gateway.port('web')}/healthz")
        self.run("""
            const { default: rialto } = await import("/rialto.js");
            window.connect = options => rialto("/ws", { minDelay: 50, ...options });
            window.wait = async (condition, what = condition) => {
              for (const end = Date.now() + 20000; !condition(); await new Promise(r => setTimeout(r, 20)))
                if (Date.now() > end) throw new Error("waited in vain: " + what);
            };
            window.bus = connect();
            await wait(() => bus.state == "open");""")

    def run(self, script: str):
        """Runs the body of an async function and returns what it returns."""
        done = self._browser.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            f"(async () => {{ {script} }})().then(value => done([value, null]), error => done([null, String(error)]));")
        assert done[1] is None, done[1]
        return done[0]


@pytest.fixture
def page(browser, gateway):
    return Page(browser, gateway)


def test_subscribe_calls_back_with_data_text_and_bytes(page, gateway):
    page.run("""window.got = [];
        await bus.subscribe("kinds/+", m => got.push([m.topic, m.data, m.text, m.bytes && [...m.bytes], m.string()])).ready;""")
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.publish("kinds/json", '{"c":21.5}')
        mqtt.publish("kinds/text", "grüß dich")
        mqtt.publish("kinds/bytes", b"\xff\x00\x01")
    assert page.run("await wait(() => got.length == 3); return got") == [
        ["kinds/json", {"c": 21.5}, None, None, '{"c":21.5}'],
        ["kinds/text", None, "grüß dich", None, "grüß dich"],
        ["kinds/bytes", None, None, [255, 0, 1], "\ufffd\0\u0001"]]


def test_an_iterator_gets_messages_and_leaving_it_unsubscribes(page):
    assert page.run("""
        const seen = [];
        const sub = bus.subscribe("loop/#");
        let closed = false;
        sub.addEventListener("close", () => closed = true);
        sub.ready.then(() => { for (const n of [1, 2, 3]) bus.publish("loop/x", n); });
        for await (const m of sub) { seen.push(m.json()); if (seen.length == 3) break; }
        return [seen, closed]""") == [[1, 2, 3], True]


def test_publish_tells_when_it_is_taken_and_carries_text_json_and_bytes(page, gateway):
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.subscribe("out/#", qos=1)
        assert page.run("""const a = await bus.publish("out/json", { on: true });
            const b = await bus.publish("out/text", "plain");
            const c = await bus.publish("out/bytes", new Uint8Array([255, 0, 7]), { retain: true });
            return a.seq < b.seq && b.seq < c.seq""")
        assert [(m.topic, m.payload) for m in mqtt.inbox.wait_for_count(3)] == [
            ("out/json", b'{"on":true}'), ("out/text", b"plain"), ("out/bytes", b"\xff\x00\x07")]


def test_from_last_gives_retained_values_and_then_says_live(page, gateway):
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.publish("last/x", "7", qos=1, retain=True)
    assert page.run("""const order = [];
        const sub = bus.subscribe("last/+", { from: "last" }, m => order.push([m.topic, m.retain, m.data]));
        sub.addEventListener("live", () => order.push("live"));
        await wait(() => order.length == 2);
        return order""") == [["last/x", True, 7], "live"]


def test_errors_are_typed_and_say_what_to_change(page):
    assert page.run("""
        const caught = [];
        try { await bus.subscribe("a/#/b").ready } catch (e) { caught.push([e.name, e.code, e.error, e.retry]) }
        try { await bus.publish("$SYS/x", 1) } catch (e) { caught.push([e.name, e.code, e.error, e.retry]) }
        return caught""") == [["RialtoError", 422, "bad_filter", False], ["RialtoError", 403, "forbidden", False]]


def test_two_subscriptions_with_the_same_filter_share_one_and_end_alone(page):
    assert page.run("""
        let one = 0, two = 0;
        const first = bus.subscribe("shared/#", () => one++), second = bus.subscribe("shared/#", () => two++);
        await first.ready; await second.ready;
        await bus.publish("shared/x", 1); await wait(() => one && two);
        await first.unsubscribe();
        await bus.publish("shared/x", 2); await wait(() => two == 2);
        return [one, two]""") == [1, 2]


def test_an_abort_signal_unsubscribes(page):
    assert page.run("""
        const stop = new AbortController();
        let count = 0, closed = false;
        const sub = bus.subscribe("abort/#", { signal: stop.signal }, () => count++);
        sub.addEventListener("close", () => closed = true);
        await sub.ready;
        await bus.publish("abort/x", 1); await wait(() => count == 1);
        stop.abort();
        await bus.publish("abort/x", 2); await bus.publish("abort/x", 3);
        return [count, closed]""") == [1, True]


def test_an_iterator_that_is_too_slow_loses_the_oldest_and_is_told(page):
    assert page.run("""
        const sub = bus.subscribe("flood/#", { buffer: 2 });
        let lost = 0;
        sub.addEventListener("gap", e => lost = e.lost);
        await sub.ready;
        const iterator = sub[Symbol.asyncIterator](), first = iterator.next();
        for (let n = 0; n < 6; n++) await bus.publish("flood/x", n);
        await first;
        await wait(() => lost >= 1);
        const next = await iterator.next();
        await iterator.return();
        return next.value.data > 1 && lost >= 1""")


def test_after_an_outage_it_comes_back_subscribes_again_and_sends_what_waited_once(browser, gateway_with):
    gateway = gateway_with(three_listeners())
    page = Page(browser, gateway)
    page.run("""window.got = []; window.states = []; window.ready = [];
        bus.addEventListener("state", e => states.push(e.state));
        const sub = bus.subscribe("again/#", m => got.push(m.data));
        sub.addEventListener("ready", e => ready.push(e.recovered));
        await sub.ready;""")
    gateway.kill()
    page.run("""await wait(() => bus.state != "open");
        window.waiting = Promise.all([1, 2, 3].map(n => bus.publish("again/x", n)));""")
    time.sleep(0.5)
    gateway.start()
    page.run("await waiting; await wait(() => got.length >= 3)")
    assert page.run("return got") == [1, 2, 3]
    assert page.run("return ready") == [None, False]        # something may have been missed, and it says so
    states = page.run("return states")
    assert states[0] == "waiting" and states[-1] == "open" and "reconnecting" in states


def test_what_came_while_it_was_away_is_caught_up_from_the_history(browser, gateway_with, tmp_path):
    gateway = gateway_with(f'[gateway]\ndata_dir = "{tmp_path}/data"\n' + three_listeners('[[history]]\ntopic = "live/#"\n'))
    page = Page(browser, gateway)
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.publish("live/a", "0")
        page.run("""window.got = []; window.others = []; window.ready = [];
            const sub = bus.subscribe("live/#", { from: { last: 10 } }, m => got.push(m.data));
            sub.addEventListener("ready", e => ready.push(e.recovered));
            bus.subscribe("live/b", m => others.push(m.data));
            await sub.ready; await wait(() => got.length == 1);
            window.dispatchEvent(new Event("pagehide"));""")
        for number in range(1, 30):
            mqtt.publish("live/a", str(number))
        page.run('window.dispatchEvent(new Event("pageshow")); await wait(() => got.length >= 30)')
        mqtt.publish("live/b", "30")
        page.run("await wait(() => got.length >= 31 && others.length >= 1)")
    assert gateway.server.stop() == 0
    gateway.start()
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.publish("live/a", "31")
        page.run("await wait(() => got.length >= 32)")
        mqtt.publish("live/a", "32")
        page.run("await wait(() => got.length >= 33)")
    assert page.run("return got") == list(range(33))
    assert page.run("return others") == [30]
    assert page.run("return ready") == [None, True, True]


def test_a_page_that_is_hidden_lets_go_and_comes_back_when_shown(page):
    assert page.run("""const states = [];
        bus.addEventListener("state", e => states.push(e.state));
        window.dispatchEvent(new Event("pagehide"));
        const after = bus.state;
        window.dispatchEvent(new Event("pageshow"));
        await wait(() => bus.state == "open");
        return [after, states[0], states.at(-1)]""") == ["waiting", "waiting", "open"]


def test_close_ends_everything_and_connect_begins_anew(page):
    assert page.run("""
        const other = connect({ connect: false });
        const idle = other.state;
        const sub = other.connect().subscribe("x/#");
        let ended = false;
        sub.addEventListener("close", () => ended = true);
        const waiting = other.publish("x/y", 1).catch(e => e.name);
        other.close();
        const failed = await waiting;
        other.connect();
        await wait(() => other.state == "open");
        other.close();
        return [idle, failed, ended, other.state]""") == ["idle", "RialtoError", True, "closed"]


def test_a_publish_with_the_same_key_is_published_once(page, gateway):
    with LiveSocket(gateway.port("web")) as live:
        live.subscribe("once/#")
        assert page.run("""const a = await bus.publish("once/x", 1, { key: "k-once" });
            const b = await bus.publish("once/x", 1, { key: "k-once" });
            return a.seq == b.seq""")
        page.run("""await bus.publish("once/x", "end")""")
        assert [m.payload for m in live.inbox.wait_for_count(2)] == [b"1", b"end"]
