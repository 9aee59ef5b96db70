"""A steady stream of numbered messages, each published once, and what the broker said of them."""

from __future__ import annotations

import threading
import time

from tests.matrix.crash.ends import End, Line

TICK = 0.02
WINDOW = 200            # unconfirmed messages
PATIENCE = 60           # seconds without any confirmation: no broker takes that long to come back
SIZE = 200


class Load:
    """Publishes to some topics in turn, in a thread of its own, and connects anew when the broker was killed. A context
    manager; it publishes from start() on.

    A message whose confirmation was not seen stays in doubt, and is not published again: whatever comes twice, the
    gateway sent twice.
    """

    def __init__(self, end: End, topics: list[str], rate: int):
        self._end, self._topics, self._each_tick = end, topics, max(1, round(rate * TICK))
        self._stop = threading.Event()
        self._last_word = time.monotonic()
        self._trouble: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.published = 0
        self.acknowledged: set[int] = set()

    def __enter__(self) -> "Load":
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def start(self) -> None:
        self._last_word = time.monotonic()
        self._thread.start()

    def finish(self) -> None:
        """Publishes no more, and waits for what the broker still has to say."""
        self._stop.set()
        self._thread.join()

    def check(self) -> None:
        silent = time.monotonic() - self._last_word
        assert silent < PATIENCE, f"{self._end.name}: the broker has confirmed nothing for {silent:.0f} s: {self._trouble!r}"

    def __str__(self) -> str:
        silent = time.monotonic() - self._last_word
        return (f"{self.published} published, {len(self.acknowledged)} acknowledged, the last {silent:.1f} s ago"
                + (f", trouble on the way: {self._trouble!r}" if self._trouble else ""))

    def topic_of(self, number: int) -> str:
        return self._topics[number % len(self._topics)]

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._end.line(self._topics) as line:
                    self._publish_on(line)
            except Exception as error:      # the broker was killed; check() notices when it is something else
                self._trouble = error
                time.sleep(0.1)

    def _publish_on(self, line: Line) -> None:
        open_numbers: set[int] = set()
        give_up_at = None
        while not self._stop.is_set() or open_numbers:
            began = time.monotonic()
            if self._stop.is_set():
                give_up_at = give_up_at or began + 20
                if began > give_up_at:
                    return
            else:
                for _ in range(min(self._each_tick, WINDOW - len(open_numbers))):
                    number, self.published = self.published, self.published + 1
                    open_numbers.add(number)
                    line.publish(number, self.topic_of(number), str(number).encode().ljust(SIZE))
            for number in line.confirmed(TICK):
                self.acknowledged.add(number)
                open_numbers.discard(number)
                self._last_word = time.monotonic()
            time.sleep(max(0.0, began + TICK - time.monotonic()))
