"""From one AMQP 1.0 client of the gateway to another: what no other protocol has room for."""

from __future__ import annotations

import contextlib
import uuid

import proton
import pytest

from tests.support.clients.amqp import connect, types_in
from tests.support.gateway import Gateway
from tests.support.processes import HOST, free_port

LISTENERS = '[listeners.amqp]\nurl = "amqp://{host}:{amqp}"\n[listeners.web]\nurl = "http://{host}:{web}"\n'
RARE = {"int": proton.int32(5), "short": proton.short(-3), "ulong": proton.ulong(5), "float": proton.float32(1.5), "char": proton.char("x")}
BODIES = ["text", b"octets", proton.int32(7), {proton.int32(1): proton.ubyte(2)}, {"a": proton.int32(1), "b": [proton.float32(0.5)]},
          [proton.timestamp(5), uuid.UUID(int=3)]]


@pytest.fixture
def file(tmp_path) -> str:
    return f'[gateway]\ndata_dir = "{tmp_path}/data"\n' + LISTENERS.format(host=HOST, amqp=free_port(), web=free_port())


def sent(address: str, body: object) -> proton.Message:
    return proton.Message(body=body, properties=RARE, id=proton.ulong(9), address=address, durable=True)


def check(message: proton.Message, body: object) -> None:
    assert types_in(message.properties) == types_in(RARE)
    received = bytes(message.body) if isinstance(message.body, memoryview) else message.body
    assert types_in(received) == types_in(body)
    assert message.id == 9


@pytest.mark.parametrize("body", BODIES, ids=repr)
def test_every_type_comes_as_it_was_sent(file, tmp_path, body):
    with Gateway(tmp_path / "gateway", file) as gateway, contextlib.closing(connect(gateway.port("amqp"))) as client:
        receiver = client.create_receiver("typed/#", credit=10)
        client.create_sender("typed/a").send(sent("typed/a", body))
        check(receiver.receive(timeout=10), body)


def test_a_queue_on_disk_keeps_the_types(file, tmp_path):
    with Gateway(tmp_path / "gateway", file) as gateway:
        with contextlib.closing(connect(gateway.port("amqp"))) as client:
            sender = client.create_sender("/queue/typed")
            for body in BODIES:
                sender.send(sent("/queue/typed", body))
        gateway.kill()
        gateway.start()
        with contextlib.closing(connect(gateway.port("amqp"))) as client:
            receiver = client.create_receiver("/queue/typed", credit=10)
            for body in BODIES:
                check(receiver.receive(timeout=10), body)
                receiver.accept()
