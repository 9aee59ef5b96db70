"""A short run of the matrix; `python -m tests.matrix.run` is the long one."""

import pytest

from tests.matrix.verdict import complaints, judge, table
from tests.matrix.world import NAMES, run_matrix

MESSAGES = 200


@pytest.mark.timeout(300)
def test_every_message_gets_from_every_place_to_every_place_with_all_its_fields(tmp_path):
    exchange, log = run_matrix(NAMES, tmp_path, MESSAGES)
    judged = judge(exchange, tmp_path / "gateway" / "rialto.toml")
    print(table(exchange, judged, MESSAGES), log[-3000:])
    assert complaints(judged) == []
    assert exchange.unknown == []
