#!/usr/bin/env python3
"""Says which statements of the standards have a test, and why the others have none: `coverage.py [--untested]`.

Reads statements.toml and the `@clause(…)` marks of the test files beside it; runs nothing.
"""

from __future__ import annotations

import ast
import collections
import pathlib
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent


def statements() -> dict[str, dict[str, str | dict[str, str]]]:
    """Version -> identifier -> a few words, or a table with `about` and `untestable`."""
    return tomllib.loads((HERE / "statements.toml").read_text())


def tests_by_clause() -> dict[str, list[str]]:
    """Identifier -> the tests whose mark names it."""
    found = collections.defaultdict(list)
    for path in sorted(HERE.glob("test_*.py")):
        for function in ast.parse(path.read_text()).body:
            if not isinstance(function, ast.FunctionDef) or not function.name.startswith("test_"):
                continue
            for mark in function.decorator_list:
                if isinstance(mark, ast.Call) and getattr(mark.func, "id", None) == "clause":
                    for argument in mark.args:
                        found[ast.literal_eval(argument)].append(f"{path.name}::{function.name}")
    return found


def problems() -> list[str]:
    """Statements with neither a test nor a reason, with both, and marks that name no statement."""
    named, known, wrong = tests_by_clause(), set(), []
    for version, entries in statements().items():
        for identifier, entry in entries.items():
            known.add(identifier)
            if isinstance(entry, dict) and identifier in named:
                wrong.append(f"{identifier} is called untestable, but {named[identifier][0]} names it")
            if isinstance(entry, str) and identifier not in named:
                wrong.append(f"{identifier} ({version}: {entry}) has neither a test nor a reason")
    wrong += [f"{where[0]} names {identifier}, which is no statement" for identifier, where in named.items()
              if identifier not in known]
    return wrong


def main() -> int:
    named = tests_by_clause()
    for version, entries in statements().items():
        untestable = {key: entry for key, entry in entries.items() if isinstance(entry, dict)}
        tested = [key for key in entries if key in named]
        print(f"MQTT {version}: {len(entries)} statements, {len(tested)} tested, {len(untestable)} untestable")
        for identifier, entry in entries.items():
            if isinstance(entry, dict):
                print(f"  {identifier:15} -   {entry['about']}: {entry['untestable']}")
            elif "--untested" not in sys.argv:
                print(f"  {identifier:15} {len(named[identifier]):<3} {entry}")
    wrong = problems()
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
