#!/usr/bin/env python3
"""Fails when an #include points the wrong way between the rooms.

    core            knows nobody
    adapters/NAME   knows core and itself
    bridge          knows core, and of the adapters the one header that lists them (adapters/builtin_adapters.hpp)
                    and each adapter's entry header (adapters/NAME/adapter.hpp)

Run without arguments it checks the repository that it stands in.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = (".cpp", ".hpp", ".h", ".c", ".in")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


def room_of(path: str) -> str | None:
    """'core', 'adapters/mqtt', 'adapters', 'bridge', or None for what is no room of ours."""
    parts = path.split("/")
    if parts[0] == "adapters" and len(parts) > 2:
        return f"adapters/{parts[1]}"
    return parts[0] if parts[0] in ("core", "adapters", "bridge", "tests") else None


def allowed(source: str, target: str) -> bool:
    here, there = room_of(source), room_of(target)
    if here == there or there == "core":
        return True
    if here == "core" or here is None or there is None:
        return False
    if here == "bridge":
        return there == "adapters" or re.fullmatch(r"adapters/[a-z0-9_]+/adapter\.hpp", target) is not None
    # The list of built-in adapters calls each of them by its entry header; an adapter itself knows core alone.
    return here == "adapters" and re.fullmatch(r"adapters/[a-z0-9_]+/adapter\.hpp", target) is not None


def resolve(root: Path, source: Path, name: str) -> str | None:
    """The repository's path of an included file: from the root, or beside the one that includes it."""
    for candidate in (root / name, source.parent / name):
        if candidate.resolve().is_relative_to(root) and candidate.exists():
            return candidate.resolve().relative_to(root).as_posix()
    return name if room_of(name) else None      # a generated header keeps the name of its room


def violations(root: Path) -> list[str]:
    found = []
    for room in ("core", "adapters", "bridge"):
        for source in sorted((root / room).rglob("*")):
            if source.suffix not in SUFFIXES:
                continue
            text, path = source.read_text(encoding="utf-8"), source.relative_to(root).as_posix()
            for match in INCLUDE.finditer(text):
                target = resolve(root, source, match[1])
                if target and not allowed(path, target):
                    line = text.count("\n", 0, match.start()) + 1
                    found.append(f"{path}:{line}: {room_of(path)} must not include {target}")
    return found


def main() -> int:
    found = violations(ROOT)
    print("\n".join(found) or "every include points the right way")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
