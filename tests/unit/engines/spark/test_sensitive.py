"""What Spark's tasks do with sensitive columns: the secret reaches every part, and errors hold no value."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stageprint.engines.parquet.model import DataFile, Rules, SourceColumn
from stageprint.engines.spark.arrow_scan import MAX_COLUMNS_PER_PART, distribute, profile_part
from stageprint.engines.spark.arrow_source import ArrowSource
from stageprint.engines.spark.scan import PROBLEM, partial_states
from stageprint.errors import StateError
from stageprint.fingerprint import TableFingerprint, TablePlan, merge_partials, plan_column
from stageprint.model import ColumnKind
from stageprint.states.frequent_items import FrequentItemsState

SECRET = b"a secret of the tests, long enough"
PEOPLE = [f"{at % 7:03d}-77-{at % 7 * 37:04d}" for at in range(70)]
STRING = ColumnKind.STRING


def source(folder: Path, plan: TablePlan, *, damaged: bool = False) -> ArrowSource:
    """Return a table of one file in a folder named after a value; damaged: its pages cannot be read."""
    file = folder / f"ssn={PEOPLE[1]}" / "part-0.parquet"
    file.parent.mkdir()
    columns = {column.path: PEOPLE for column in plan.columns}
    pq.write_table(pa.table(columns), file, compression="none", use_dictionary=False)
    if damaged:
        content = file.read_bytes()
        file.write_bytes(b"PAR1" + b"\x00" * (len(content) // 4) + content[4 + len(content) // 4 :])
    wanted = tuple(SourceColumn(column.path, pa.string()) for column in plan.columns)
    return ArrowSource(plan, (), wanted, Rules(), (DataFile(str(file), file.stat().st_size),))


def hashed(columns: int) -> TablePlan:
    return TablePlan(
        tuple(plan_column(f"c{at}", at, "string", STRING, sensitive="hashed", secret=SECRET) for at in range(columns)),
        (("c0",),),
        hash_key=SECRET,
    )


@pytest.mark.parametrize("columns", [1, MAX_COLUMNS_PER_PART + 1])
def test_every_part_of_a_table_hashes_with_its_secret(columns: int, tmp_path: Path) -> None:
    plan = hashed(columns)
    whole = TableFingerprint(plan)
    whole.update(pa.record_batch([PEOPLE] * columns, [f"c{at}" for at in range(columns)]))
    expected = dict(whole.partials())
    found: dict[int, list[bytes]] = {}
    for parts in distribute([source(tmp_path, plan)], 2):
        for part in parts:
            for row in profile_part(part).to_pylist():
                assert row["member"] != PROBLEM, row["partial"]
                found.setdefault(row["index"], []).append(row["partial"])
    for index in (0, columns - 1, -1):
        ours, theirs = (merge_partials(plan, index, blobs) for blobs in (found[index], [expected[index]]))
        assert {name: state.to_bytes() for name, state in ours.items()} == {
            name: state.to_bytes() for name, state in theirs.items()
        }
    items = merge_partials(plan, columns - 1, found[columns - 1])[FrequentItemsState.name]
    assert isinstance(items, FrequentItemsState)
    assert not {item.item for item in items.items()} & set(PEOPLE)


def test_the_reason_why_a_file_cannot_be_read_holds_no_value(tmp_path: Path) -> None:
    plan = TablePlan((plan_column("c0", 0, "string", ColumnKind.INTEGER, sensitive="off"),))
    texts = [
        row["partial"].decode()
        for place in ("cast", "damaged")
        for parts in distribute([source(_folder(tmp_path, place), plan, damaged=place == "damaged")], 2)
        for part in parts
        for row in profile_part(part).to_pylist()
    ]
    cast, damaged = texts
    assert cast.startswith("the rows cannot be read: ArrowInvalid (column 'c0'); the rest of the message")
    assert "ssn=…/part-0.parquet" in damaged
    for text in texts:
        assert "the table has sensitive columns" in text
        assert not [value for value in PEOPLE if value in text]


def test_an_error_of_the_general_path_holds_no_value_and_no_cause() -> None:
    plan = TablePlan((plan_column("c0", 0, "string", ColumnKind.INTEGER, sensitive="off"),))
    batch = pa.record_batch([PEOPLE], ["c0"])
    with pytest.raises(StateError, match=r"ArrowInvalid \(column 'c0'\)") as raised:
        list(partial_states(plan)([batch]))
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    assert not [value for value in PEOPLE if value in str(raised.value)]


def _folder(root: Path, name: str) -> Path:
    folder = root / name
    folder.mkdir()
    return folder
