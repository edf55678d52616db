from __future__ import annotations

from stageprint.diagnosis.base import candidates
from stageprint.diagnosis.causes.malformed_rows import MalformedRows
from stageprint.diagnosis.example import two_tables

ROWS = {"x": [float(number) for number in range(100)]}


def test_malformed_rows_explain_the_nulls_they_leave() -> None:
    now = {"x": [*ROWS["x"][:75], *[None] * 25]}
    evidence, key = two_tables(ROWS, now, malformed_rows=(0, 25))
    best = candidates(evidence, key)[0]
    assert best.cause.name == "malformed_rows"
    assert best.fit.evidence == {"malformed_rows": 25, "rows": 100}
    assert "25 malformed rows since run-2" in best.fit.sentence
    assert "25.0 % of its 100 rows" in best.fit.sentence


def test_a_table_whose_rows_were_parsed_is_not_explained_by_them() -> None:
    evidence, key = two_tables(ROWS, {"x": [1.0] * 100})
    assert MalformedRows().explain(evidence, key) is None
    evidence, key = two_tables(ROWS, ROWS, malformed_rows=(3, 3))
    assert MalformedRows().explain(evidence, key) is None
