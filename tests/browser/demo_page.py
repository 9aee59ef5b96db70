"""The demo page, as a person uses it. The one place that knows its element ids."""

from __future__ import annotations

import shutil
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
         "--no-proxy-server", "--window-size=1000,800")


def open_chromium(profile: Path) -> webdriver.Chrome:
    """Debian's own Chromium without a window, with a fresh profile."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))


class DemoPage:
    """Its fields and what it shows."""

    def __init__(self, browser: webdriver.Chrome, url: str):
        self._browser = browser
        browser.get(url)

    def wait_until_open(self) -> None:
        self._wait(lambda: self._text("state") == "open", "the page says that it is connected")

    def state(self) -> str:
        return self._text("state")

    def wait_for_state(self, other_than: str) -> None:
        self._wait(lambda: self._text("state") != other_than, f"the state is no longer {other_than}")

    def subscribe(self, topic_filter: str) -> None:
        self._fill("filter", topic_filter)
        self._browser.find_element(By.ID, "subscribe").click()

    def publish(self, topic: str, payload: str) -> None:
        self._fill("topic", topic)
        self._fill("payload", payload)
        self._browser.find_element(By.ID, "send").click()

    def wait_for_message(self, *words: str) -> None:
        """Until the list shows one entry that holds all of these."""
        self._wait(lambda: any(all(word in entry for word in words) for entry in self.messages()),
                   f"{words} in the list of messages")

    def messages(self) -> list[str]:
        return self._browser.execute_script(
            "return [...document.getElementById('messages').children].map(entry => entry.innerText)")

    def complaints(self) -> list[str]:
        """Errors of the page's console."""
        return [entry["message"] for entry in self._browser.get_log("browser") if entry["level"] == "SEVERE"]

    def _text(self, element_id: str) -> str:
        return self._browser.find_element(By.ID, element_id).text.strip()

    def _fill(self, element_id: str, text: str) -> None:
        field = self._browser.find_element(By.ID, element_id)
        field.clear()
        field.send_keys(text)

    def _wait(self, condition, what: str) -> None:
        WebDriverWait(self._browser, 30, poll_frequency=0.05).until(
            lambda _: condition(), f"waited in vain: {what}; state '{self._text('state')}', messages {self.messages()[:5]}")
