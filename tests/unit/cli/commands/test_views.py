from __future__ import annotations

from stageprint import cli
from tests.support.cli import Capture, Fakes


def test_a_store_at_a_path_prints_statements_only(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert isinstance(fakes.views, str)
    assert cli.run(["views", "-c", config]) == 0
    assert capsys.readouterr().out == "CREATE TEMPORARY VIEW open_findings AS SELECT 1;\n"


def test_a_schema_of_a_catalog_gets_views(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.views = ["open_findings", "column_history"]
    assert cli.run(["views", "-c", config]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "./observability.open_findings",
        "./observability.column_history",
    ]
