"""One end of a route for each kind of broker: who publishes there, and who keeps what came."""

from tests.matrix.crash.ends.end import End, Line

__all__ = ["End", "Line"]
