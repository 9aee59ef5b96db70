"""Runs the Eclipse Paho interoperability suites for MQTT 3.1.1 and 5.0 against the gateway.

    git clone https://github.com/eclipse/paho.mqtt.testing /tmp/paho
    python3 -m tests.interoperability.paho /tmp/paho [TEST ...]

The suites are not part of this project. They want two things of a server that are settings here: a keep-alive of at most
60 seconds, and a filter that nobody may subscribe to. Nothing else may use the same gateway meanwhile.
"""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tests.support.gateway import ROOT, Gateway
from tests.support.processes import HOST, free_port

SUITES = {"client_test": "", "client_test5": "client_test5/"}  # and what each puts in front of its topics
TOPICS = ("TopicA", "TopicA/B", "Topic/C", "TopicA/C", "/TopicA")
FILTERS = ("TopicA/+", "+/C", "#", "/#", "/+", "+/+", "TopicA/#")
CONFIG = """
[listeners.mqtt]
url = "mqtt://{host}:{port}"
max_keep_alive = 60
refuse_subscriptions = ["test/nosubscribe"]
"""


def run_suite(checkout: Path, suite: str, port: int, tests: list[str]) -> bool:
    """In this process, with the globals that the suite's own main would have set."""
    sys.path.insert(0, str(checkout / "interoperability"))
    module = __import__(suite)
    prefix = SUITES[suite]
    module.topic_prefix = prefix
    module.topics = [prefix + topic for topic in TOPICS]
    module.wildtopics = [prefix + pattern for pattern in FILTERS]
    module.nosubscribe_topics = ("test/nosubscribe",)
    module.setData = lambda: None
    module.host, module.port = HOST, port
    logging.getLogger().setLevel(logging.ERROR)
    return unittest.main(module, argv=[suite, *tests], verbosity=2, exit=False, warnings="ignore").result.wasSuccessful()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=Path, help="a clone of paho.mqtt.testing")
    parser.add_argument("tests", nargs="*", help="such as Test.test_basic; default: all")
    parser.add_argument("--suite", choices=SUITES, help="only this one")
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.port:  # one suite in a process of its own: the two have modules of the same names
        return not run_suite(arguments.checkout.resolve(), arguments.suite, arguments.port, arguments.tests)
    failed = False
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, Gateway(Path(folder), CONFIG.format(host=HOST, port=port)):
        for suite in [arguments.suite] if arguments.suite else SUITES:
            command = [sys.executable, "-m", "tests.interoperability.paho", arguments.checkout.resolve(), "--suite", suite,
                       "--port", str(port), *arguments.tests]
            failed |= subprocess.run(command, cwd=ROOT, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
