"""Qpid Proton's Python client, whose calls wait for the server."""

from __future__ import annotations

import proton
import proton.utils

from tests.support.processes import HOST


def connect(port: int, **options) -> proton.utils.BlockingConnection:
    """`user`, `password`, `allowed_mechs`, `ssl_domain` and so on are Proton's."""
    scheme = "amqps" if "ssl_domain" in options else "amqp"
    return proton.utils.BlockingConnection(f"{scheme}://{HOST}:{port}", timeout=10, **options)


def octets(message: proton.Message) -> bytes:
    """The body of a message that is one data section, or the text of one that is a string."""
    return message.body.encode() if isinstance(message.body, str) else bytes(message.body)


def types_in(value) -> object:
    """The value with Proton's type beside each part: an int and a long are no longer equal."""
    if isinstance(value, dict):
        return {types_in(name): types_in(each) for name, each in value.items()}
    if isinstance(value, list):
        return [types_in(each) for each in value]
    return type(value).__name__, value
