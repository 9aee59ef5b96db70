"""The rooms of the repository, and whether the check that guards them sees what it should."""

import pytest

from tests.layering.check_includes import ROOT, violations


def test_every_include_of_the_repository_points_the_right_way():
    assert violations(ROOT) == []


@pytest.mark.parametrize("source, target, fine", [
    ("core/bus.cpp", "core/topic.hpp", True),
    ("core/bus.cpp", "adapters/mqtt/codec.hpp", False),
    ("core/bus.cpp", "bridge/config.hpp", False),
    ("adapters/mqtt/listener.cpp", "core/bus.hpp", True),
    ("adapters/mqtt/handlers/connect.cpp", "adapters/mqtt/codec.hpp", True),
    ("adapters/mqtt/listener.cpp", "adapters/stomp/codec.hpp", False),
    ("adapters/web/listener.cpp", "bridge/config.hpp", False),
    ("bridge/main.cpp", "core/error.hpp", True),
    ("bridge/builtin_adapters.cpp.in", "adapters/mqtt/adapter.hpp", True),
    ("bridge/runtime.cpp", "adapters/mqtt/codec.hpp", False),
    ("core/bus.cpp", "tests/support/fake.hpp", False),
])
def test_an_include_is_judged_by_its_rooms(tmp_path, source, target, fine):
    for path, text in ((target, ""), (source, f'// a comment\n#include "{target}"\n')):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert (violations(tmp_path.resolve()) == []) is fine


def test_an_include_beside_the_file_is_judged_too(tmp_path):
    (tmp_path / "adapters/mqtt").mkdir(parents=True)
    (tmp_path / "adapters/stomp").mkdir()
    (tmp_path / "adapters/stomp/codec.hpp").write_text("")
    (tmp_path / "adapters/mqtt/codec.cpp").write_text('#include "../stomp/codec.hpp"\n')
    assert violations(tmp_path.resolve()) == ["adapters/mqtt/codec.cpp:1: adapters/mqtt must not include adapters/stomp/codec.hpp"]
