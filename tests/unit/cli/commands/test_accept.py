from __future__ import annotations

import pytest

from stageprint import cli
from tests.support.cli import Capture, Fakes


def test_a_finding_is_accepted_and_its_columns_are_named(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["accept", "f1", "-c", config, "--reason", "new prices"]) == 0
    assert fakes.marks.accepted == [("f1", "new prices")]
    assert fakes.desk.said == [("finding", "f1", "new prices")]
    assert capsys.readouterr().out == "accepted for 2 columns: raw.orders.price, joined.orders.price\n"


def test_the_first_characters_of_its_id_name_a_finding(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.finding_rows[:] = [
        {**fakes.store.finding_rows[0], "finding_id": name} for name in ("8bf86d144766dc07", "8bf8000000000000")
    ]
    assert cli.run(["accept", "8bf86d14", "-c", config]) == 0
    assert fakes.marks.accepted == [("8bf86d144766dc07", None)]
    assert cli.run(["accept", "8bf8", "-c", config]) == 2
    assert "2 findings begin with '8bf8'" in capsys.readouterr().err


@pytest.mark.usefixtures("fakes")
def test_the_finding_must_be_named(config: str, capsys: Capture) -> None:
    assert cli.run(["accept", "-c", config]) == 2
    assert "stageprint accept: Missing argument 'FINDING'" in capsys.readouterr().err
