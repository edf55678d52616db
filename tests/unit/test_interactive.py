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


@pytest.mark.parametrize(
    ("after", "cause", "severity"),
    [
        (BEFORE.rename(columns={"price": "amount"}), "column_renamed", "critical"),
        (BEFORE.drop(columns="price"), "schema_change", "critical"),
        (BEFORE.assign(more=1), "schema_change", "review"),
        (BEFORE[BEFORE.columns[::-1]], "schema_change", "review"),
        (BEFORE.assign(id=BEFORE.id.astype(str)), "type_change", "critical"),
        (BEFORE.iloc[:0], "partial_load", "critical"),
        (BEFORE.sample(250, random_state=1), "partial_load", "warning"),
        (pd.concat([BEFORE, BEFORE]), "duplicated_load", "warning"),
    ],
)
def test_what_is_exact_or_gross_is_told_of_the_table_itself(after: pd.DataFrame, cause: str, severity: str) -> None:
    found = stageprint.compare(BEFORE, after, name="orders", keys="id" if cause == "duplicated_load" else ())
    assert [(one["cause"], one["severity"], one["table"]) for one in found.findings] == [(cause, severity, "orders")]
    assert "no known cause" not in repr(found)


def test_rows_from_elsewhere_and_lazy_tables_are_tables() -> None:
    class Lazy:
        """What polars hands out before it is asked for rows."""

        def collect(self) -> Stream:
            return Stream()

    Lazy.__module__ = "polars.lazyframe"
    columns = {"a": [1, 2], "b": ["x", None]}
    assert [one["column_name"] for one in stageprint.profile(columns).columns] == ["a", "b"]
    rows = stageprint.profile([{"a": 1}, {"a": None, "b": "x"}])
    assert [(one["column_name"], one["null_share"]) for one in rows.columns] == [("a", 0.5), ("b", 0.5)]
    assert stageprint.profile(Lazy()).row_count == 600


def test_an_index_with_a_name_is_a_column_as_in_the_file_that_pandas_writes(tmp_path: Path) -> None:
    indexed = BEFORE.set_index("at")
    indexed.to_parquet(tmp_path / "indexed.parquet")
    for data in (indexed, tmp_path / "indexed.parquet"):
        assert {one["column_name"] for one in stageprint.profile(data).columns} == set(BEFORE.columns)
    assert "at" not in {one["column_name"] for one in stageprint.profile(indexed.reset_index(drop=True)).columns}


def test_a_table_without_columns_has_no_rows(tmp_path: Path) -> None:
    pq.write_table(pa.table({}), tmp_path / "none.parquet")
    for data in (pd.DataFrame(), tmp_path / "none.parquet"):
        assert (stageprint.profile(data).row_count, len(stageprint.profile(data).columns)) == (0, 0)


def test_other_things_are_refused_in_words() -> None:
    with pytest.raises(UsageError, match=r"expected a table: a Spark, pandas or Polars DataFrame.*got list"):
        stageprint.profile([1, 2])
    with pytest.raises(SourceError, match=r"the source has no column 'ids' . did you mean 'id'"):
        stageprint.profile(BEFORE, keys=["ids"])
    with pytest.raises(SourceError, match="cannot be read as a table"):
        stageprint.profile(pd.DataFrame({"mixed": [1, "a"]}))
    with pytest.raises(SourceError, match="Duplicate column names found"):
        stageprint.profile(pd.DataFrame([[1, 2]], columns=["a", "a"]))


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
    assert cli.run(["diff", "old", "new", "--key", "id"]) == 1
    assert "new.price is 100 times what it was" in capsys.readouterr().out
    assert cli.run(["diff", "old.csv", "new.csv", "--fail-on", "never", "--format", "json"]) == 0
    assert [row["cause"] for row in json.loads(capsys.readouterr().out)] == ["unit_change"]
    assert cli.run(["diff", "old.csv", "old/orders.parquet"]) == 0


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["scan", "gone.csv"], "'gone.csv' does not exist"),
        (["scan", "odl.csv"], "did you mean 'old.csv'?"),
        (["scan", "."], "expected files of one format"),
        (["diff", "old", "new", "--key", "prize"], "the source has no column 'prize'"),
    ],
)
def test_what_cannot_be_scanned_says_why(words: list[str], text: str, capsys: Capture) -> None:
    assert cli.run(words) == 3
    assert text in capsys.readouterr().err


@pytest.mark.usefixtures("files")
def test_files_are_read_by_their_names_and_first_lines_and_one_that_fails_ends_nothing(capsys: Capture) -> None:
    BEFORE.to_csv("my orders.v2.csv.gz", index=False, sep=";")
    Path("broken.parquet").write_bytes(b"PAR1 nothing PAR1")
    assert cli.run(["scan", "broken.parquet", "my orders.v2.csv.gz"]) == 3
    captured = capsys.readouterr()
    assert captured.out.startswith("my_orders_v2: 600 rows, 4 columns\n")
    assert captured.err.count("\n") == 1
    assert "not a whole Parquet file" in captured.err


def test_names_of_columns_are_whole_whatever_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = {name: ["x" * 40] * 3 for name in ("a_rather_long_name", "another_rather_long_name")}
    monkeypatch.delenv("COLUMNS", raising=False)
    assert "x" * 31 in repr(stageprint.profile(wide))
    monkeypatch.setenv("COLUMNS", "70")
    shown = repr(stageprint.profile(wide)).splitlines()
    assert all(any(name in line for line in shown) for name in wide)
    assert max(map(len, shown[1:4])) <= 70


def test_in_a_notebook_the_text_has_its_table_and_nothing_else_is_displayed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = repr(stageprint.profile(pa.table({"price": [19.9, 24.5]}), name="orders"))
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    assert repr(stageprint.profile(pa.table({"price": [19.9, 24.5]}), name="orders")) == plain
    assert "price" in plain
    assert capsys.readouterr().out == ""
