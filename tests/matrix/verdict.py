"""What came of an exchange, against what the gateway said beforehand, as a table."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from pathlib import Path

from tests.matrix.exchange import Cell, Exchange, read_topic
from tests.matrix.places import Place
from tests.matrix.samples import FIELDS, sample
from tests.support.gateway import BINARY

TARGET = re.compile(r"^\s+to\s+([\w-]+):")
LOSES = re.compile(r"^\s+loses (.+?)(?: \(.*\))?$")
SUPERSCRIPTS = "¹²³⁴⁵⁶⁷⁸⁹"


def predicted_losses(configuration: Path, source: Place) -> dict[str, set[str]]:
    """Of each backend that the source's messages go to, the fields that `rialto explain` says it can't carry."""
    address = f"{source.backend}:{read_topic(source, 'plain/one')}"
    said = subprocess.run([BINARY, "explain", configuration, address], capture_output=True, text=True, check=True, timeout=20)
    losses: dict[str, set[str]] = {}
    backend = ""
    for line in said.stdout.splitlines():
        if target := TARGET.match(line):
            backend = target[1]
            losses.setdefault(backend, set())
        elif loses := LOSES.match(line):
            losses[backend] |= set(loses[1].split(", "))
    return losses


@dataclasses.dataclass(frozen=True)
class Judged:
    cell: Cell
    complaints: list[str]           # empty: the cell is as it should be
    changed: dict[str, str]


def judge(exchange: Exchange, configuration: Path) -> list[Judged]:
    """All that arrived once, in order, unchanged, but for the fields whose loss was announced."""
    judged = []
    for source in exchange.places.values():
        predicted = predicted_losses(configuration, source)
        said = {name for name, attribute in FIELDS.items() if any(getattr(source.says(sample(n)), attribute) for n in range(1, 40))}
        for sink in exchange.places.values():
            cell = exchange.cells[source.name, sink.name]
            complaints = list(cell.troubles)
            announced = predicted[sink.backend] & said
            for name, how in cell.changed.items():
                if name not in announced:
                    complaints.append(f"{name} {how}: {cell.examples[name]}")
            for name in sorted(announced - set(cell.changed)):
                complaints.append(f"{name} arrives, and was said to be lost")
            judged.append(Judged(cell, complaints, cell.changed))
    return judged


def table(exchange: Exchange, judged: list[Judged], count: int) -> str:
    """Markdown: rows are sources, columns are sinks."""
    names = list(exchange.places)
    of_cell = {(each.cell.source, each.cell.sink): each for each in judged}
    notes: dict[str, str] = {}

    def text(source: str, sink: str) -> str:
        each = of_cell[source, sink]
        if each.complaints:
            return "✗"
        if not each.changed:
            return "✓"
        note = ", ".join(each.changed)
        return "✓" + notes.setdefault(note, SUPERSCRIPTS[len(notes)])

    lines = ["| from ↓ to → | " + " | ".join(names) + " |", "| --- |" + " :-: |" * len(names)]
    lines += [f"| **{source}** | " + " | ".join(text(source, sink) for sink in names) + " |" for source in names]
    lines += ["", f"✓ all {count:,} messages, each once and in order, with all that the sender said"]
    lines += [f"{mark} but for: {note}" for note, mark in notes.items()]
    if any(each.complaints for each in judged):
        lines.append("✗ not as it should be")
    return "\n\n".join(["\n".join(lines[:len(names) + 2]), "  \n".join(lines[len(names) + 3:])]) + "\n"


def complaints(judged: list[Judged]) -> list[str]:
    return [f"{each.cell.source} to {each.cell.sink}: {complaint}" for each in judged for complaint in each.complaints]
