"""redis-py, as publisher and pattern subscriber of Redis pub/sub."""

from __future__ import annotations

import redis

from tests.support.clients.inbox import Inbox, Received


class RedisClient:
    """Publishes, and receives what `subscribe` asked for in a thread of its own."""

    def __init__(self, client: redis.Redis):
        self.inbox = Inbox()
        self._redis = client
        self._pubsub = client.pubsub()
        self._thread = None

    def __enter__(self) -> "RedisClient":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        if self._thread:
            self._thread.stop()
            self._thread.join(5)
        self._pubsub.close()
        self._redis.close()

    def subscribe(self, pattern: str) -> None:
        """PSUBSCRIBE; once per client."""
        assert self._thread is None
        self._pubsub.psubscribe(**{pattern: self._take})
        confirmation = self._pubsub.get_message(timeout=10)
        assert confirmation and confirmation["type"] == "psubscribe", confirmation
        self._thread = self._pubsub.run_in_thread(sleep_time=0.1, daemon=True, exception_handler=self._end)

    def publish(self, channel: str, payload: bytes | str) -> int:
        """Returns how many received it."""
        return self._redis.publish(channel, payload)

    @staticmethod
    def _end(error, pubsub, thread) -> None:
        """Redis is gone: so is this subscriber."""
        assert isinstance(error, redis.ConnectionError), error
        thread.stop()

    def _take(self, message) -> None:
        self.inbox.put(Received(message["channel"].decode(), message["data"]))
