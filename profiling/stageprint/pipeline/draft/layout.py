"""Reads paths of data: which part of a path is the run, which the stage, which the table."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final

from stageprint.pipeline.draft.lineage import rank_of

RUN: Final = "{run_id}"

_DATE: Final = re.compile(
    r"(?<!\d)(?:19|20)\d{2}-?(?:0[1-9]|1[0-2])(?:-?(?:0[1-9]|[12]\d|3[01]))?(?:[T_-]?\d{2}(?:[:-]?\d{2}){0,2}Z?)?(?!\d)"
    r"|(?<!\d)(?:19|20)\d{2}-?W\d{2}(?!\d)"
)
_COUNTED: Final = re.compile(r"(?i)^(run|batch|v|version|snapshot|load|job|week|day|month|release)[-_.]?\d+$")
_PARTITION: Final = re.compile(r"^([A-Za-z_][\w]*)=(.+)$")
_RUN_PARTITIONS: Final = frozenset(
    {"run", "run_id", "runid", "run_date", "date", "dt", "ds", "day", "month", "snapshot", "snapshot_date", "batch",
     "batch_id", "load_date", "partition_date", "as_of", "asof", "version"}
)  # fmt: skip
"""Partition columns that tell runs apart, whatever their values."""

_NOT_A_NAME: Final = re.compile(r"[\s{}./\\:]+")
_PART: Final = re.compile(
    r"(?i)(?:part|data|file|chunk|split|shard|batch|output|partition)"
    r"|(?:part|data|file|chunk|split|shard|batch|output|partition)?[-_.]?"
    r"(?:\d+|[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12})(?:[-_.]\w+)*"
)
"""Names of the files of one table, as writers number them."""


@dataclass(frozen=True)
class Place:
    """A file or folder that holds a table of one run.

    Attributes:
        path: Its path below the folder that is looked through.
        format: Format of its files.
        options: Options of the reader.
        files: Number of its files.
    """

    path: str
    format: str
    options: Mapping[str, str] = field(default_factory=dict)
    files: int = 1


@dataclass(frozen=True)
class Template:
    """The places of one table in all runs.

    Attributes:
        path: Their path, with ``{run_id}`` where they differ.
        format: Format of the files.
        options: Options of the reader.
        stage: Name of the stage.
        table: Name of the table.
        runs: The runs, in the order of their names; empty: the path names none.
    """

    path: str
    format: str
    options: Mapping[str, str]
    stage: str
    table: str
    runs: tuple[str, ...]


def templates(places: Iterable[Place], default_stage: str = "raw") -> list[Template]:
    """Return the tables that places are of, in the order of stages and names.

    A run is a date or a month in the name of a folder, of a file or of a partition (``dt=2026-03-01``), or a folder
    such as ``run_7`` that has others beside it.

    Args:
        places: The places.
        default_stage: Stage of tables that lie in no folder of their own.
    """
    found = _named_by_folders(list(places))
    beside: dict[str, set[str]] = defaultdict(set)
    for place in found:
        parts = place.path.split("/")
        for at, part in enumerate(parts):
            beside["/".join(parts[:at])].add(part)
    groups: dict[tuple[str, str], dict[str | None, Place]] = defaultdict(dict)
    for place in found:
        template, run = _split(place.path, beside)
        groups[template, place.format][run] = place
    above = [_folders(path) for path, _ in groups]
    shared = _shared(above)
    return sorted(
        (_template(path, fmt, group, shared, default_stage) for (path, fmt), group in groups.items()),
        key=lambda one: (one.stage, one.table),
    )


def _named_by_folders(places: Sequence[Place]) -> list[Place]:
    """Return the places with the folder in place of a file that is alone there and has a name that says nothing.

    So has one that files alone in folders beside have too, as in ``orders/p.parquet`` and ``customers/p.parquet``. The
    folder is then the table, unless it is a run or, by its name, a stage: ``raw/orders.parquet`` and
    ``features/orders.parquet`` are a table in two stages.
    """
    inside: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        inside[place.path.rpartition("/")[0]].append(place)
    alone = {folder: some[0] for folder, some in inside.items() if folder and len(some) == 1 and _is_file(some[0])}
    same: dict[tuple[str, str], list[str]] = defaultdict(list)
    for folder, place in alone.items():
        name = folder.rpartition("/")[2]
        if not (_DATE.search(name) or _COUNTED.match(name) or _PARTITION.match(name) or rank_of(name)):
            same[folder.rpartition("/")[0], PurePosixPath(place.path).name].append(folder)
    named = {folder for folders in same.values() if len(folders) > 1 for folder in folders}
    return [
        replace(place, path=folder) if (folder := place.path.rpartition("/")[0]) in named else place for place in places
    ]


def _is_file(place: Place) -> bool:
    return place.format != "delta" and "." in PurePosixPath(place.path).name


def names_one_table(folder: str, names: Sequence[str]) -> bool:
    """Tell whether the files of a folder are parts of one table: numbered, named alike, or one named as the folder."""
    stems = {PurePosixPath(name).name.split(".")[0] for name in names}
    if len(names) == 1:
        stem = stems.pop()
        return _PART.fullmatch(stem) is not None or stem == folder
    return all(_PART.fullmatch(stem) for stem in stems) or len({_without_numbers(stem) for stem in stems}) == 1


def has_run(name: str) -> bool:
    """Tell whether the name of a file has a date in it, so that each such file is a run."""
    return _DATE.search(PurePosixPath(name).name) is not None


def is_run_partition(name: str) -> bool:
    """Tell whether a partition column tells runs apart, by its name."""
    return name.lower() in _RUN_PARTITIONS


def plain_name(text: str) -> str:
    """Return a text as the name of a stage or table.

    Example:
        >>> plain_name("01 raw.data")
        '01_raw_data'
    """
    return _NOT_A_NAME.sub("_", text).strip("_") or "table"


def _without_numbers(stem: str) -> str:
    return re.sub(r"\d+", "#", stem)


def _split(path: str, beside: Mapping[str, set[str]]) -> tuple[str, str | None]:
    """Return a path with its run replaced, and the run; None: it names none."""
    parts = path.split("/")
    for at, part in enumerate(parts):
        others = beside["/".join(parts[:at])]
        found = _run_in(part, others, is_last=at == len(parts) - 1)
        if found is not None:
            template, run = found
            rest = [template if one == part else one for one in parts[at:]]
            return "/".join([*parts[:at], *rest]), run
    return path, None


def _run_in(part: str, others: set[str], *, is_last: bool) -> tuple[str, str] | None:
    partition = _PARTITION.match(part)
    if partition is not None:
        name, value = partition[1], partition[2]
        is_run = name.lower() in _RUN_PARTITIONS or _DATE.fullmatch(value)
        return (f"{name}={RUN}", value) if is_run else None
    if _DATE.fullmatch(part) or (_COUNTED.match(part) and len(others) > 1 and all(map(_COUNTED.match, others))):
        return RUN, part
    match = _DATE.search(part)
    if match is None:
        return None
    # A date in a longer name is the run where others differ in nothing but the date, or it is a file's name.
    alike = {_DATE.sub("", other) for other in others}
    if is_last or len(alike) < len(others):
        return part.replace(match[0], RUN, 1), match[0]
    return None


def _parts(path: str) -> list[str]:
    """Return the parts of a path that are neither a run nor a partition."""
    return [part for part in path.split("/") if part != RUN and not _PARTITION.match(part)]


def _folders(path: str) -> list[str]:
    return [plain_name(part.replace(RUN, "").strip("-_. ")) for part in _parts(path)[:-1]]


def _shared(folders: Sequence[list[str]]) -> int:
    """Return how many folders above all tables are the same, and so no part of a stage; 0 where there is one stage."""
    if len({tuple(one) for one in folders}) < 2:
        return 0
    least, most = min(folders), max(folders)
    same = next((at for at, (a, b) in enumerate(zip(least, most, strict=False)) if a != b), min(len(least), len(most)))
    return min(same, *(len(one) - 1 for one in folders))


def _template(path: str, fmt: str, group: Mapping[str | None, Place], shared: int, default_stage: str) -> Template:
    runs = tuple(sorted(run for run in group if run is not None))
    parts = _parts(path)
    last = PurePosixPath(parts[-1]).name if parts else "table"
    stem = last.split(".")[0] if fmt != "delta" and "." in last else last
    table = plain_name(stem.replace(RUN, "").strip("-_. "))
    stage = "_".join(_folders(path)[max(shared, 0) :]) or default_stage
    options = next(iter(group.values())).options
    return Template(path, fmt, options, stage, table, runs)
