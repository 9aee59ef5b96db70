"""What happens to the lines."""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Callable, Sequence

from tests.support.relay import FAIR, Relay, Way, Weather

Strike = Callable[[Sequence[Relay], float, random.Random], None]


@dataclasses.dataclass(frozen=True)
class Fault:
    """`strike` returns when the fault is over; one that strands lines is over at once, and the lines stay as they are."""

    name: str
    about: str
    strike: Strike
    only_slows: bool = False        # no reason to give a connection up
    strands: bool = False


def weather(what: Weather) -> Strike:
    def strike(relays: Sequence[Relay], seconds: float, chance: random.Random) -> None:
        for relay in relays:
            relay.weather = what
        time.sleep(seconds)
        for relay in relays:
            relay.weather = FAIR
    return strike


def from_the_handshake_on(strike: Strike) -> Strike:
    def reset_first(relays: Sequence[Relay], seconds: float, chance: random.Random) -> None:
        for relay in relays:
            relay.reset()
        strike(relays, seconds, chance)
    return reset_first


def break_at_random(relays: Sequence[Relay], seconds: float, chance: random.Random) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        relay = chance.choice(relays)
        if chance.random() < 0.5:
            relay.reset()
        else:
            relay.cut()
            time.sleep(chance.uniform(0, 0.05))
            relay.restore()
        time.sleep(chance.uniform(0, 0.3))


def black_hole(relays: Sequence[Relay], seconds: float, chance: random.Random) -> None:
    for relay in relays:
        relay.hold()
    time.sleep(seconds)
    for relay in relays:
        relay.release()


def refuse(relays: Sequence[Relay], seconds: float, chance: random.Random) -> None:
    for relay in relays:
        relay.cut()
    time.sleep(seconds)
    for relay in relays:
        relay.restore()


def strand(ways: Way) -> Strike:
    def strike(relays: Sequence[Relay], seconds: float, chance: random.Random) -> None:
        for relay in relays:
            relay.strand(ways)
    return strike


def forget(relays: Sequence[Relay], seconds: float, chance: random.Random) -> None:
    for relay in relays:
        relay.forget()


FAULTS = (
    Fault("slow", "50 to 100 ms each way", weather(Weather(latency=0.05, jitter=0.05)), only_slows=True),
    Fault("narrow", "20 kB a second on each line", weather(Weather(octets_a_second=20_000, piece=512)), only_slows=True),
    Fault("octets", "one octet at a time, from the handshake on", from_the_handshake_on(weather(Weather(piece=1)))),
    Fault("cuts", "connections break at random moments, with FIN or RST", break_at_random),
    Fault("refused", "no connection at all", refuse),
    Fault("forgotten", "the broker forgets all connections and does not say so, as when the power fails", forget),
    Fault("black hole", "what is sent arrives seconds later, on old connections and new ones", black_hole),
    Fault("dead", "connections stay open, and nothing passes any more", strand(Way.BOTH), strands=True),
    Fault("deaf", "the same, but only from the gateway to the broker", strand(Way.TO_TARGET), strands=True),
    Fault("mute", "the same, but only from the broker to the gateway", strand(Way.FROM_TARGET), strands=True),
)
