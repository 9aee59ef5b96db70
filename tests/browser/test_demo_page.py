"""The demo page at / in a real Chromium, with mosquitto's programs and a STOMP client on the other side."""

import pytest

from tests.browser.demo_page import DemoPage, open_chromium
from tests.support.clients import MqttClient, StompClient, mosquitto_pub, mosquitto_sub
from tests.support.processes import HOST

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    chromium = open_chromium(tmp_path_factory.mktemp("profile"))
    yield chromium
    chromium.quit()


@pytest.fixture
def page(browser, gateway):
    page = DemoPage(browser, f"http://{HOST}:{gateway.port('web')}/")
    page.wait_until_open()
    return page


def test_a_message_from_mosquitto_pub_appears_on_the_page(page, gateway):
    page.subscribe("browser/#")
    with MqttClient(gateway.port("mqtt")) as probe:
        probe.subscribe("browser/#")
        # The page shows no confirmation of its subscription, so a retained message proves it.
        mosquitto_pub(gateway.port("mqtt"), "browser/ready", "yes", "-r")
        page.wait_for_message("browser/ready", "yes")
        mosquitto_pub(gateway.port("mqtt"), "browser/speed", "21.5 km/h", "-q", "1")
        page.wait_for_message("browser/speed", "21.5 km/h")
    assert page.complaints() == []


def test_what_the_page_publishes_reaches_mosquitto_sub_and_stomp(page, gateway):
    with (mosquitto_sub(gateway.port("mqtt"), "page/#", "-q", "1") as printed, StompClient(gateway.port("stomp")) as stomp):
        stomp.subscribe("/topic/page/*")
        page.publish("page/hello", "from a person")
        assert b"from a person" in printed.wait_for_count(1)[0].payload
        assert printed.all()[0].topic == "page/hello"
        assert b"from a person" in stomp.inbox.wait_for_count(1)[0].payload
    assert page.complaints() == []


def test_a_payload_that_looks_like_html_is_shown_as_text(page, gateway):
    page.subscribe("evil/#")
    mosquitto_pub(gateway.port("mqtt"), "evil/x", "<img src=x onerror=document.title='owned'>", "-r")
    page.wait_for_message("evil/x", "<img src=x onerror=")
    assert page._browser.title != "owned"


def test_the_page_comes_back_by_itself_after_the_gateway_was_killed(browser, gateway_with):
    from tests.support.gateway import three_listeners
    gateway = gateway_with(three_listeners())
    page = DemoPage(browser, f"http://{HOST}:{gateway.port('web')}/")
    page.wait_until_open()
    page.subscribe("again/#")
    gateway.kill()
    page.wait_for_state(other_than="open")
    gateway.start()
    page.wait_until_open()
    mosquitto_pub(gateway.port("mqtt"), "again/x", "back", "-r")
    page.wait_for_message("again/x", "back")


def test_our_client_module_and_its_types_are_served(gateway):
    status, script = gateway.get("/rialto.js")
    assert status == 200 and "export default" in script
    status, types = gateway.get("/rialto.d.ts")
    assert status == 200 and "export" in types
