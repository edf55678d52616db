"""Sources whose errors quote values, by both paths: what is written of them, and shown, quotes none.

All are tables of one pipeline. A case is one entry: the rows that Spark fails at, or takes for something else.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.cli import run as stageprint
from stageprint.config.loader import parse_config
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.tables import column_profiles
from stageprint.serving import ServingProfiler
from stageprint.stores.delta.store import DeltaStore
from tests.support import planted

RUN = "2026-03-02"
ROWS = 30
SSN = [f"{at:03d}-77-{at * 37:04d}x" for at in range(ROWS)]
NAMES = [f"Anna{at}Zq Smith{at}xW" for at in range(ROWS)]
NUMBERS = [(1 << 47) + at * 7_654_321 for at in range(ROWS)]
VALUES: list[planted.Value] = [*SSN, *NAMES, *NUMBERS]
SENSITIVE = {"ssn": "off", "name": "hashed", "number": 1000}


@dataclass(frozen=True)
class Case:
    """A table.

    Attributes:
        source: Its source.
        status: What happens to it.
        says: What its error says; empty: it has none.
        more: Further keys of the table.
        columns: Further keys of its ``columns``.
    """

    source: Mapping[str, Any]
    status: str = "failed"
    says: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)


def people() -> pa.Table:
    return pa.table({"ssn": SSN, "name": NAMES, "number": NUMBERS, "plain": list(range(ROWS))})


def text_lines(*, header: bool = True, damage: Mapping[int, str] | None = None) -> str:
    lines = [f"{ssn},{name},{number},{at}" for at, (ssn, name, number) in enumerate(zip(SSN, NAMES, NUMBERS))]  # noqa: B905
    for at, line in (damage or {}).items():
        lines[at] = line
    return "\n".join([*(["ssn,name,number,plain"] if header else []), *lines]) + "\n"


def json_lines() -> str:
    lines = [f'{{"ssn": "{one}", "name": "{two}", "number": {three}, "plain": 1}}' for one, two, three in _zipped()]
    lines[7] = f'{{"ssn": "{SSN[7]}", "name": "{NAMES[7]}", "number": {NUMBERS[7]}, "plai'
    lines[9] = f'"{SSN[9]}"'
    return "\n".join(lines) + "\n"


def _zipped() -> Iterator[tuple[str, str, int]]:
    yield from zip(SSN, NAMES, NUMBERS, strict=True)


def write(root: Path) -> None:
    for name, text in (
        ("ragged", text_lines(damage={3: f"{SSN[3]},{NAMES[3]}", 5: f"{SSN[5]},{NAMES[5]},1,2,{SSN[6]},{NUMBERS[6]}"})),
        ("headless", text_lines(header=False)),
        ("whole", text_lines()),
    ):
        (root / f"{name}.csv").mkdir()
        (root / f"{name}.csv" / "a.csv").write_text(text)
    (root / "half.csv").mkdir()
    (root / "half.csv" / "a.csv").write_text(text_lines())
    (root / "half.csv" / "b.csv").write_text(text_lines(header=False))
    (root / "lines.json").mkdir()
    (root / "lines.json" / "a.json").write_text(json_lines())
    (root / "parquet").mkdir()
    pq.write_table(people(), root / "parquet" / "a.parquet")
    (root / "types").mkdir()
    pq.write_table(people(), root / "types" / "a.parquet")
    pq.write_table(people().set_column(2, "number", pa.array(SSN)), root / "types" / "b.parquet")
    for at in range(3):
        folder = root / "parts" / f"name={NAMES[at]}"
        folder.mkdir(parents=True)
        pq.write_table(people().drop_columns(["name"]), folder / "a.parquet")
    broken = root / "parts" / f"name={NAMES[1]}" / "a.parquet"
    broken.write_bytes(broken.read_bytes()[:-30] + b"x" * 30)
    folder = root / "days" / "day=2026-03-01"
    folder.mkdir(parents=True)
    pq.write_table(people(), folder / "a.parquet")


def views(spark: SparkSession, root: Path) -> None:
    frame = spark.read.parquet(f"{root}/parquet")
    frame.createOrReplaceTempView("faulty_people")
    raw = F.concat_ws(",", "ssn", "name", "number")
    frame.withColumn("_corrupt_record", raw).createOrReplaceTempView("faulty_records")
    frame.withColumn("_rescued_data", F.struct(raw.alias("row"))).createOrReplaceTempView("faulty_rescued")

    def fail(text: str) -> str:
        raise ValueError(text)

    spark.udf.register("faulty_udf", fail)


def sql(expression: str) -> dict[str, str]:
    return {"sql": f"SELECT *, {expression} AS more FROM faulty_people"}


def cases(root: Path) -> dict[str, Case]:
    def file(form: str, name: str, **options: Any) -> dict[str, Any]:
        return {"format": form, "path": f"{root}/{name}", **({"options": options} if options else {})}

    header = {"header": True, "inferSchema": True}
    lost = "a row of values may have been read as their names"
    return {
        "cast": Case(sql("CAST(ssn AS INT)"), says="CAST_INVALID_INPUT"),
        "overflow": Case(sql("CAST(number AS TINYINT)"), says="CAST_OVERFLOW"),
        "date": Case(sql("to_date(ssn, 'yyyy-MM-dd')"), says="CANNOT_PARSE_TIMESTAMP"),
        "number": Case(sql("to_number(ssn, '999')"), says="INVALID_FORMAT"),
        "raised": Case(sql("raise_error(ssn)"), says="USER_RAISED_EXCEPTION"),
        "element": Case(sql("element_at(map('a', 1), ssn)"), status="ok"),
        "json_function": Case(
            sql("from_json(ssn, 'a INT', map('mode', 'FAILFAST'))"), says="cannot be read to its end"
        ),
        "map_keys": Case(sql("map(ssn, 1, ssn, 2)"), says="DUPLICATED_MAP_KEY"),
        "udf": Case(sql("faulty_udf(ssn)"), says="PYTHON_EXCEPTION"),
        "unknown": Case({"sql": f"SELECT ssn, nobody FROM faulty_people WHERE ssn = '{0}'"}, says="UNRESOLVED_COLUMN"),
        "kinds": Case(file("parquet", "parquet"), status="ok", columns={"kinds": {"ssn": "integer"}}),
        "slices": Case(
            file("parquet", "parquet"), says="CAST_INVALID_INPUT", more={"slices": ["CAST(ssn AS INT) > 0"]}
        ),
        "records": Case({"sql": "SELECT * FROM faulty_records"}, status="ok"),
        "rescued": Case({"sql": "SELECT * FROM faulty_rescued"}, status="ok"),
        "ragged": Case(file("csv", "ragged.csv", **header), status="ok"),
        "ragged_dropped": Case(file("csv", "ragged.csv", **header, mode="DROPMALFORMED"), status="ok"),
        "ragged_failfast": Case(file("csv", "ragged.csv", **header, mode="FAILFAST"), says="could quote values"),
        "headless": Case(file("csv", "headless.csv", **header), says=lost),
        "headless_key": Case(file("csv", "headless.csv", **header), says=lost, more={"keys": ["ssn"]}),
        "half": Case(file("csv", "half.csv", **header), says="names none of the columns"),
        "json": Case(file("json", "lines.json"), status="ok"),
        "json_failfast": Case(file("json", "lines.json", mode="FAILFAST"), says="could quote values"),
        "types": Case(file("parquet", "types"), says="number"),
        "partition": Case(file("parquet", "parts"), says="cannot be read to its end"),
        "no_folder": Case(file("parquet", "parts/name=Nobody Here"), says="name=…"),
        "incremental": Case(file("parquet", "days"), status="ok", more={"incremental": "day", "keys": ["ssn"]}),
        "incremental_cast": Case(
            file("parquet", "days"), status="ok", more={"incremental": "day"}, columns={"kinds": {"ssn": "float"}}
        ),
        "incremental_headless": Case(file("csv", "headless.csv", **header), says=lost, more={"incremental": "day"}),
    }


def config(root: Path, path: str) -> Path:
    tables = [
        {
            "name": name,
            "source": dict(case.source),
            **case.more,
            "columns": {"sensitive": SENSITIVE, **case.columns},
            "checks": [
                {"custom_sql": "SELECT ssn FROM faulty_people"},
                {"custom_sql": "SELECT CAST(ssn AS INT) FROM faulty_people"},
                {"custom_sql": {"sql": "SELECT max(number) FROM faulty_people", "max": 0}},
            ]
            if name == "kinds"
            else [],
        }
        for name, case in cases(root).items()
    ]
    file = root / f"{path}.yml"
    stages = [{"name": "raw", "tables": tables}]
    content = {"pipeline": "people", "store": f"{root}/store-{path}", "engine": path, "stages": stages}
    file.write_text(yaml.safe_dump({**content, "notify": [{"sink": "log", "severity": "review"}]}))
    return file


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEPRINT_HASH_KEY", "a secret of the Spark tests, long enough")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def commands(file: Path, capfd: pytest.CaptureFixture[str]) -> dict[str, bytes]:
    """Run the commands that follow a profile, and return what each wrote."""
    shown = {}
    for words in (
        *(["profile"], ["compare"], ["check"], ["check", "--format", "json"], ["findings"]),
        *(["findings", "--format", "json"], ["report", "--out", str(file.with_suffix(".html"))]),
        ["notify", "--dry-run"],
    ):
        assert stageprint([*words, "--config", str(file), "--run", RUN]) != 70
        written = capfd.readouterr()
        shown[" ".join(words)] = (written.out + written.err).encode()
    return shown | {"report file": file.with_suffix(".html").read_bytes()}


@pytest.mark.slow
@pytest.mark.parametrize("path", ["spark", "dataframe"])
def test_errors_of_every_kind_quote_no_value(
    path: str, tmp_path: Path, spark: SparkSession, log: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    views(spark, tmp_path)
    file = config(tmp_path, path)
    shown = commands(file, capfd) | {"log": log.getvalue().encode()}
    store = DeltaStore(f"{tmp_path}/store-{path}", "people")
    rows = {row["table_name"]: row for row in store.read(TABLE_PROFILES, where(slice_key=None)).to_pylist()}
    found = {name: (rows[name]["status"], rows[name]["error"]) for name in cases(tmp_path)}
    searched = shown | planted.stored_bytes(tmp_path / f"store-{path}")
    assert not planted.hits(VALUES, searched)
    expected = {name: (case.status, case.says) for name, case in cases(tmp_path).items()}
    unlike = {
        name: found[name]
        for name, (status, says) in expected.items()
        if found[name][0] != status or says not in (found[name][1] or "")
    }
    assert not unlike
    records = store.read(column_profiles(), where(column_name=["_corrupt_record", "_rescued_data"])).to_pylist()
    assert {(row["column_name"], row["sensitive"]) for row in records} == {
        ("_corrupt_record", "off"),
        ("_rescued_data", "off"),
    }


@pytest.mark.slow
def test_the_search_finds_what_is_not_declared(
    tmp_path: Path, spark: SparkSession, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    views(spark, tmp_path)
    file = config(tmp_path, "spark")
    text = yaml.safe_load(file.read_text())
    for table in text["stages"][0]["tables"]:
        table["columns"].pop("sensitive")
    file.write_text(yaml.safe_dump(text))
    shown = commands(file, capfd)
    assert "in profile:" in "\n".join(planted.hits(VALUES, shown))
    store = DeltaStore(f"{tmp_path}/store-spark", "people")
    rows = {row["table_name"]: str(row["error"]) for row in store.read(TABLE_PROFILES).to_pylist()}
    quoting = {name for name, error in rows.items() if planted.hits(VALUES, {"": error.encode()})}
    assert {"cast", "overflow", "date", "raised", "udf", "map_keys", "no_folder"} <= quoting


def skew_config(root: Path, left: str, right: str) -> Path:
    file = root / "skew.yml"
    file.write_text(f"""\
pipeline: people
store: {root}/store-skew
stages:
  - name: features
    tables: [{{name: people, source: {left}, keys: [ssn], columns: {{sensitive: {{ssn: off, name: off}}}}}}]
  - name: serving
    tables: [{{name: people, source: {right}, keys: [ssn]}}]
""")
    return file


def test_skew_of_sensitive_rows_shows_none(
    tmp_path: Path, spark: SparkSession, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    views(spark, tmp_path)
    good = '{sql: "SELECT ssn, name, plain, _corrupt_record FROM faulty_records"}'
    shown = {}
    for name, right, status in (
        ("differs", '{sql: "SELECT ssn, upper(name) AS name, plain, _corrupt_record || 1 AS _corrupt_record FROM '
                    'faulty_records"}', 0),
        ("cast", '{sql: "SELECT ssn, CAST(name AS INT) AS name FROM faulty_people"}', 3),
        ("headless", f'{{format: csv, path: "{tmp_path}/headless.csv", options: {{header: true}}}}', 3),
    ):  # fmt: skip
        file = skew_config(tmp_path, good, right)
        for form in ("table", "json"):
            words = ["skew", "--left", "features", "--right", "serving", "--run", RUN, "--format", form]
            assert stageprint([*words, "--config", str(file)]) == status, name
            written = capfd.readouterr()
            shown[f"{name} {form}"] = (written.out + written.err).encode()
    assert b"name" in shown["differs table"]
    found = planted.hits([*VALUES, *(name.upper() for name in NAMES)], shown)
    # The other side declares nothing; what its own columns are called is not known to be a value.
    assert not [one for one in found if "headless" not in one]


def test_windows_of_serving_processes(tmp_path: Path, capfd: pytest.CaptureFixture[str], log: io.StringIO) -> None:
    file = tmp_path / "serving.yml"
    file.write_text(f"""\
pipeline: people
store: {tmp_path}/store
stages:
  - name: serving
    role: serving
    tables:
      - name: people
        source: {{format: stageprint, path: "{tmp_path}/windows/{{run_id}}/"}}
        keys: [ssn]
        columns: {{sensitive: {{ssn: off, name: hashed, number: 1000}}}}
""")
    for replica in ("one", "two"):
        with ServingProfiler(parse_config(file.read_text()), run=RUN, replica=replica) as profiler:
            profiler.update(people())
            profiler.flush()
            profiler.update([{"ssn": {SSN[0]: 1}, "name": NUMBERS[0], "number": SSN[1], NAMES[0][:3]: SSN[2]}])
    # A key that did not fit: the table is marked, and the windows are ingested.
    assert stageprint(["ingest", "--config", str(file), "--run", RUN]) == 3
    written = capfd.readouterr()
    shown = {"console": (written.out + written.err).encode(), "log": log.getvalue().encode()}
    (row,) = DeltaStore(f"{tmp_path}/store", "people").read(TABLE_PROFILES).to_pylist()
    assert row["row_count"] == 2 * ROWS + 2
    for folder in ("windows", "store"):
        shown |= planted.stored_bytes(tmp_path / folder)
    assert not planted.hits(VALUES, shown)
