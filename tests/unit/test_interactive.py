"""Profiles and comparisons in three lines: what they take, what they say, and how they show themselves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import stageprint
from stageprint import cli
from stageprint.errors import SourceError, UsageError
from tests.support.cli import Capture

RANDOM = np.random.default_rng(2)
BEFORE = pd.DataFrame(
    {
        "id": range(600),
        "price": RANDOM.gamma(2, 30, 600),
        "<b>city": RANDOM.choice(["Rome", "Oslo"], 600),
        "at": pd.date_range("2026-03-01", periods=600, freq="min"),
    }
)
AFTER = BEFORE.assign(price=BEFORE.price * 100)


class Stream:
    """What any library that speaks Arrow's C stream hands out, Polars among them."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return pa.Table.from_pandas(BEFORE).__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize("data", [BEFORE, pa.Table.from_pandas(BEFORE), Stream()], ids=["pandas", "Arrow", "C stream"])
def test_tables_in_memory_are_profiled(data: object) -> None:
    found = stageprint.profile(data, keys=["id"], event_time="at")
    assert found.row_count == 600
    by_name = found.to_pandas()
    assert list(by_name.index) == list(BEFORE.columns)
    assert by_name.loc["price", "mean"] == pytest.approx(BEFORE.price.mean())
    assert str(by_name.loc["at", "max_text"]).startswith("2026-03-01")
    shown = repr(found)
    assert shown.startswith("table: 600 rows, 4 columns\n")
    assert "Rome" in shown or "Oslo" in shown
    html = found._repr_html_()
    assert "&lt;b&gt;city" in html
    assert "<b>city" not in html


def test_two_tables_are_compared_and_the_cause_is_named() -> None:
    found = stageprint.compare(BEFORE, AFTER, name="orders", keys=["id"])
    (finding,) = found.findings
    assert (finding["cause"], finding["column"]) == ("unit_change", "price")
    assert finding["sentence"].startswith("orders.price is 100 times what it was (median ")
    assert "__" not in repr(found) + found._repr_html_()
    assert list(found.to_pandas()["cause"]) == ["unit_change"]
    assert found.before.columns[1]["max"] * 100 == pytest.approx(found.after.columns[1]["max"])


def test_equal_tables_have_no_findings_and_say_how_much_that_means() -> None:
    found = stageprint.compare(BEFORE, BEFORE)
    assert list(found.findings) == []
    assert repr(found) == "no findings: 4 columns of table compared; only what is gross or exact shows at once"
    assert repr(found) in found._repr_html_()


def test_other_things_are_refused_in_words() -> None:
    with pytest.raises(UsageError, match=r"expected a table: a Spark, pandas or Polars DataFrame.*got list"):
        stageprint.profile([1, 2])
    with pytest.raises(SourceError, match=r"the source has no column 'ids' . did you mean 'id'"):
        stageprint.profile(BEFORE, keys=["ids"])
    with pytest.raises(SourceError, match="cannot be read as a table"):
        stageprint.profile(pd.DataFrame({"mixed": [1, "a"]}))


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, frame in (("old", BEFORE), ("new", AFTER)):
        Path(name).mkdir()
        pq.write_table(pa.Table.from_pandas(frame), f"{name}/orders.parquet")
        frame.to_csv(f"{name}.csv", index=False)
    return tmp_path


@pytest.mark.usefixtures("files")
def test_files_are_scanned_and_compared_without_a_configuration(capsys: Capture) -> None:
    assert cli.run(["scan", "old", "new.csv"]) == 0
    shown = capsys.readouterr().out
    assert "old: 600 rows, 4 columns" in shown
    assert "new: 600 rows, 4 columns" in shown
    assert cli.run(["scan", "old.csv", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["column_name"] for row in rows] == list(BEFORE.columns)
    assert rows[1]["mean"] == pytest.approx(BEFORE.price.mean())
    assert cli.run(["diff", "old", "new", "--key", "id", "--fail-on", "warning"]) == 1
    assert "new.price is 100 times what it was" in capsys.readouterr().out
    assert cli.run(["diff", "old.csv", "new.csv", "--fail-on", "never", "--format", "json"]) == 0
    assert [row["cause"] for row in json.loads(capsys.readouterr().out)] == ["unit_change"]
    assert cli.run(["diff", "old.csv", "old/orders.parquet"]) == 0


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["scan", "gone.csv"], "'gone.csv' does not exist"),
        (["scan", "."], "expected files of one format"),
        (["diff", "old", "new", "--key", "prize"], "the source has no column 'prize'"),
    ],
)
def test_what_cannot_be_scanned_says_why(words: list[str], text: str, capsys: Capture) -> None:
    assert cli.run(words) == 3
    assert text in capsys.readouterr().err


def test_in_a_notebook_the_text_has_its_table_and_nothing_else_is_displayed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = repr(stageprint.profile(pa.table({"price": [19.9, 24.5]}), name="orders"))
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    assert repr(stageprint.profile(pa.table({"price": [19.9, 24.5]}), name="orders")) == plain
    assert "price" in plain
    assert capsys.readouterr().out == ""
