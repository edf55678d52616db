"""Damaged sources: each really is what its name says, written into a folder of its own."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.orc as po
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake

from tests.support.planted_faults import with_people

FILES: Final = 3
ROWS_PER_FILE: Final = 400

Make = Callable[[Path], object]


@dataclass(frozen=True)
class Damage:
    """A damaged source.

    Attributes:
        name: Name of its table.
        fault: What is wrong with it, in words.
        format: The source's format.
        make: Writes it below a folder that exists.
        file: The file or folder that the message must name.
        reason: The innermost reason, which the message must give; None: the table is profiled nevertheless.
        options: The source's reader options.
        path: The source's path below the folder.
    """

    name: str
    fault: str
    format: str
    make: Make
    file: str
    reason: str | None
    options: Mapping[str, Any] = field(default_factory=dict)
    path: str = "data"

    def source(self, folder: Path) -> dict[str, Any]:
        """Return the source in the configuration."""
        options = {"options": dict(self.options)} if self.options else {}
        return {"format": self.format, "path": str(folder / self.path), **options}


def rows(number: int = 0) -> pa.Table:
    """Return the rows of a healthy file; values are planted in some columns (`tests.support.planted_faults`)."""
    start = number * ROWS_PER_FILE
    ids = np.arange(start, start + ROWS_PER_FILE)
    table = pa.table(
        {"id": ids, "city": [f"city-{i % 17}" for i in ids.tolist()], "price": np.round(ids * 1.25 % 97, 2)}
    )
    return with_people(table, start)


def parquet(folder: Path) -> list[Path]:
    """Write a healthy table of `FILES` Parquet files, and return them."""
    data = folder / "data"
    data.mkdir()
    paths = [data / f"part-{number}.parquet" for number in range(FILES)]
    for number, path in enumerate(paths):
        # Large pages without compression or dictionary, so that bytes in the middle of the file are values.
        pq.write_table(rows(number), path, compression="none", use_dictionary=False)
    return paths


def _changed(number: int, change: Callable[[bytes], bytes]) -> Make:
    def make(folder: Path) -> None:
        path = parquet(folder)[number]
        path.write_bytes(change(path.read_bytes()))

    return make


def _random(content: bytes) -> bytes:
    return np.random.default_rng(5).bytes(len(content))


def _corrupt_page(content: bytes) -> bytes:
    # The first page's header follows the magic; its sizes then make no sense, and the footer is good.
    return content[:4] + b"\xff" * 60 + content[64:]


def delta(folder: Path, versions: int = 4) -> Path:
    """Write a healthy Delta table of some versions, and return its folder."""
    data = folder / "data"
    for number in range(versions):
        write_deltalake(data, rows(number), mode="append")
    return data


def _log(version: int) -> str:
    return f"_delta_log/{version:020}.json"


def _delta_gap(folder: Path) -> None:
    (delta(folder) / _log(1)).unlink()


def _delta_lost_file(folder: Path) -> None:
    table = DeltaTable(delta(folder))
    Path(table.file_uris()[1]).unlink()


def _delta_vacuumed(folder: Path) -> None:
    data = delta(folder)
    write_deltalake(data, rows(9), mode="overwrite")
    DeltaTable(data).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)


def _delta_of_tomorrow(folder: Path) -> None:
    data = delta(folder, versions=1)
    protocol = {"protocol": {"minReaderVersion": 99, "minWriterVersion": 99}}
    (data / _log(1)).write_text(json.dumps(protocol) + "\n")


def _delta_unknown_feature(folder: Path) -> None:
    data = delta(folder, versions=1)
    features = {"readerFeatures": ["timeTravelling"], "writerFeatures": ["timeTravelling"]}
    protocol = {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, **features}}
    (data / _log(1)).write_text(json.dumps(protocol) + "\n")


def _delta_log_cut(folder: Path) -> None:
    log = delta(folder) / _log(3)
    log.write_text(log.read_text()[:-40])


def _delta_log_empty(folder: Path) -> None:
    (folder / "data" / "_delta_log").mkdir(parents=True)


def _delta_file_cut(folder: Path) -> None:
    path = Path(DeltaTable(delta(folder)).file_uris()[1])
    path.write_bytes(path.read_bytes()[:-100])


def _orc(folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    for number in range(FILES):
        po.write_table(rows(number), data / f"part-{number}.orc")
    last = data / "part-2.orc"
    whole = last.read_bytes()
    # What stands last in an ORC file is the length of what comes before it: cut here, that is 0.
    last.write_bytes(whole[: whole.rindex(0, 0, len(whole) // 2) + 1])


def _csv_lines(number: int = 0) -> str:
    table = rows(number)
    lines = [",".join(map(str, row.values())) for row in table.to_pylist()]
    return "\n".join([",".join(table.column_names), *lines]) + "\n"


def _gzip_cut(folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    (data / "a.csv.gz").write_bytes(gzip.compress(_csv_lines().encode()))
    whole = gzip.compress(_csv_lines(1).encode())
    (data / "b.csv.gz").write_bytes(whole[: len(whole) // 2])


def _csv_of_no_encoding(folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    (data / "a.csv").write_text(_csv_lines())


def _json_lines(folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    lines = [json.dumps(row) for row in rows().to_pylist()]
    lines[200] = lines[200][:-5]
    (data / "a.json").write_text("\n".join(lines) + "\n")


def _csv_as_parquet(folder: Path) -> None:
    parquet(folder)[1].write_text(_csv_lines(1))


def _orc_as_parquet(folder: Path) -> None:
    po.write_table(rows(1), parquet(folder)[1])


def _parquet_as_orc(folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    po.write_table(rows(0), data / "part-0.orc")
    pq.write_table(rows(1), data / "part-1.orc")


def _schema_conflict(folder: Path) -> None:
    path = parquet(folder)[2]
    table = rows(2)
    pq.write_table(table.set_column(2, "price", pa.array([f"{x} EUR" for x in table["price"].to_pylist()])), path)


def _file_as_folder(folder: Path) -> None:
    (folder / "data").write_text("a note, where the folder of the table was\n")


def _empty_folder(folder: Path) -> None:
    (folder / "data").mkdir()


def _no_folder(folder: Path) -> None:
    (folder / "dta").mkdir()


def _only_marker(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "_SUCCESS").write_bytes(b"")


_CUT: Final = "it is not a whole Parquet file: its end was cut off, or it is of another format"
_UNDECODABLE: Final = "a part of it cannot be decoded: the file is damaged"
_GONE: Final = "the file is gone, although the table lists it"
_NO_TABLE: Final = "there is no Delta table: its _delta_log has no commit"
_NOT_ORC: Final = "it is not a whole ORC file: its end was cut off, or it is of another format"
_NO_SCHEMA: Final = "no file there says which columns there are"


def _of_parquet(name: str, fault: str, number: int, change: Callable[[bytes], bytes], reason: str | None) -> Damage:
    return Damage(name, fault, "parquet", _changed(number, change), f"part-{number}.parquet", reason)


DAMAGED: Final = (
    _of_parquet("truncated", "Parquet file cut in half", 1, lambda b: b[: len(b) // 2], _CUT),
    _of_parquet("truncated_first", "the first Parquet file cut in half", 0, lambda b: b[: len(b) // 2], _CUT),
    _of_parquet("footer_cut", "the last 8 bytes of a Parquet file are gone", 1, lambda b: b[:-8], _CUT),
    _of_parquet(
        "footer_garbled", "Parquet footer overwritten", 1, lambda b: b[:-400] + b"\xa5" * 392 + b[-8:], _UNDECODABLE
    ),
    _of_parquet("garbage", "random bytes instead of Parquet", 2, _random, _CUT),
    _of_parquet("empty_first", "the first Parquet file has 0 bytes", 0, lambda _: b"", None),
    _of_parquet("empty_middle", "a Parquet file in the middle has 0 bytes", 1, lambda _: b"", None),
    _of_parquet("empty_last", "the last Parquet file has 0 bytes", 2, lambda _: b"", None),
    _of_parquet("wrong_magic", "magic bytes of a Parquet file changed", 1, lambda b: b[:-4] + b"PARX", _CUT),
    _of_parquet("corrupt_page", "corrupt page inside a good footer", 1, _corrupt_page, _UNDECODABLE),
    Damage("csv_as_parquet", "CSV named .parquet", "parquet", _csv_as_parquet, "part-1.parquet", _CUT),
    Damage("orc_as_parquet", "ORC named .parquet", "parquet", _orc_as_parquet, "part-1.parquet", _CUT),
    Damage(
        "schema_conflict",
        "a column has another type in one file",
        "parquet",
        _schema_conflict,
        "part-2.parquet",
        "column 'price' is double in part-0.parquet, part-1.parquet and string in part-2.parquet",
    ),
    Damage("file_as_folder", "a text file where the table's folder was", "parquet", _file_as_folder, "data", _CUT),
    Damage(
        "below_a_file",
        "a folder in the path is a file",
        "parquet",
        _file_as_folder,
        "data/month",
        "data is a file, not a folder",
        path="data/month",
    ),
    Damage("empty_folder", "folder without files", "parquet", _empty_folder, "data", _NO_SCHEMA),
    Damage("only_marker", "folder with a _SUCCESS marker and no data", "parquet", _only_marker, "data", _NO_SCHEMA),
    Damage("no_folder", "folder missing", "parquet", _no_folder, "data", "does not exist – did you mean"),
    Damage(
        "csv_encoding",
        "CSV read in an encoding that Spark does not know",
        "csv",
        _csv_of_no_encoding,
        "data",
        "expects one of the iso-8859-1",
        options={"header": True, "encoding": "utf-88"},
    ),
    Damage(
        "gzip_cut",
        "gzip file that ends early",
        "csv",
        _gzip_cut,
        "b.csv.gz",
        "the compressed file is cut off or damaged",
        options={"header": True},
    ),
    Damage(
        "json_lines",
        "malformed JSON line, with mode FAILFAST",
        "json",
        _json_lines,
        "data",
        "a record is malformed, and the source's option `mode` is FAILFAST",
        options={"mode": "FAILFAST"},
    ),
    Damage("orc_cut", "ORC file cut in half", "orc", _orc, "part-2.orc", _NOT_ORC),
    Damage("parquet_as_orc", "Parquet named .orc", "orc", _parquet_as_orc, "part-1.orc", _NOT_ORC),
    Damage(
        "delta_gap",
        "Delta log without one of its versions",
        "delta",
        _delta_gap,
        "data",
        "the Delta log has a gap: it holds only the versions 0, 2, 3",
    ),
    Damage(
        "delta_file_missing",
        "a data file of a Delta table is missing",
        "delta",
        _delta_lost_file,
        ".parquet",
        _GONE,
    ),
    Damage(
        "delta_vacuumed",
        "a Delta version whose files were vacuumed",
        "delta",
        _delta_vacuumed,
        ".parquet",
        _GONE,
        options={"versionAsOf": 2},
    ),
    Damage(
        "delta_protocol",
        "Delta table of a newer protocol",
        "delta",
        _delta_of_tomorrow,
        "data",
        "the Delta table is of a newer protocol than this Delta reads",
    ),
    Damage(
        "delta_feature",
        "Delta table with a feature that nobody knows",
        "delta",
        _delta_unknown_feature,
        "data",
        "lacks: timeTravelling",
    ),
    Damage(
        "delta_log_cut",
        "Delta commit cut off",
        "delta",
        _delta_log_cut,
        "00000000000000000003.json",
        "a commit of the Delta log is damaged",
    ),
    Damage("delta_log_empty", "Delta table without a commit", "delta", _delta_log_empty, "data", _NO_TABLE),
    Damage("delta_file_cut", "a data file of a Delta table is cut off", "delta", _delta_file_cut, ".parquet", _CUT),
    Damage(
        "delta_no_version",
        "a Delta version that does not exist",
        "delta",
        delta,
        "data",
        "the Delta table has no version 77: it has 0 to 3",
        options={"versionAsOf": 77},
    ),
    Damage("delta_not", "Parquet folder read as Delta", "delta", parquet, "data", _NO_TABLE),
)


def healthy(damage: Damage, folder: Path) -> None:
    """Write a whole table in the place and the format of a damaged one."""
    data = folder / damage.path
    data.parent.mkdir(parents=True, exist_ok=True)
    if damage.format == "delta":
        write_deltalake(data, rows())
        return
    data.mkdir()
    if damage.format == "parquet":
        pq.write_table(rows(), data / "part-0.parquet")
    elif damage.format == "orc":
        po.write_table(rows(), data / "part-0.orc")
    elif damage.format == "csv":
        (data / "a.csv").write_text(_csv_lines())
    else:
        (data / "a.json").write_text("\n".join(json.dumps(row) for row in rows().to_pylist()) + "\n")
