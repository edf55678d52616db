"""Compares the result tables of two stores row by row: behaviour is frozen while code moves.

    python -m tests.support.golden EXPECTED_STORE FOUND_STORE [--renamed OLD=NEW …]

Rows are matched by their keys. Times, paths, versions and sketch bytes are left out. Quantile sketches toss coins, so
stores whose profiles were made twice agree in exact figures only: `--profiles` compares these, and `FROM_SKETCHES`
within a tolerance. Texts for people are counted apart from figures. The exit status is 1 where a figure differs.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from deltalake import DeltaTable

KEYS: Final = {
    "shifts": ("run_id", "stage", "table_name", "slice_key", "slice_value", "column_name", "statistic", "baseline"),
    "findings": ("run_id", "finding_id", "baseline"),
    "check_results": ("run_id", "stage", "table_name", "column_name", "check_name", "expected"),
    "calibration": ("run_id", "baseline", "column_kind", "statistic", "backtests", "behaviour", "runs"),
    "runs": ("run_id",),
    "table_profiles": ("run_id", "stage", "table_name", "slice_key", "slice_value"),
    "column_profiles": ("run_id", "stage", "table_name", "slice_key", "slice_value", "column_name"),
}
"""Of each result table the columns that name a row."""

PROFILES: Final = frozenset({"runs", "table_profiles", "column_profiles"})

LEFT_OUT: Final = frozenset(
    {
        *(
            "started_at",
            "ended_at",
            "first_profiled_at",
            "profiled_at",
            "checked_at",
            "found_at",
            "seconds",
            "config_hash",
        ),
        *("stageprint_version", "spark_version", "delta_version", "source_location", "source_version", "source_bytes"),
        *("states", "compact_features", "compact_features_version", "keys", "quality"),
    }
)
TEXTS: Final = frozenset({"explanation", "sentence", "message", "reason", "not_computable", "observed"})
FROM_SKETCHES: Final = frozenset(
    {
        *("median", "quantiles", "quantile_grid_101", "length_median", "distinct_count", "distinct_share"),
        *("distinct_count_lower", "distinct_count_upper", "distinct_share_lower", "distinct_share_upper"),
    }
)
_RELATIVE_TOLERANCE: Final = 1e-9

Row = Mapping[str, Any]


@dataclass
class Differences:
    """What differs between two stores.

    Attributes:
        figures: Differences of figures and of rows that one store lacks, as text.
        texts: Rows with another text, by table and column.
        rows: Rows compared, by table.
    """

    figures: list[str] = field(default_factory=list)
    texts: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)


def compare(expected: Path, found: Path, renamed: Mapping[str, str], *, profiles: bool = False) -> Differences:
    """Compare two stores.

    Args:
        expected: The folder of one.
        found: The folder of the other.
        renamed: Columns of the first store's tables by their names in the second.
        profiles: Whether profiles are compared too.
    """
    result = Differences()
    for table in KEYS:
        if table in PROFILES and not profiles:
            continue
        one, other = (_read(folder / table, table, renamed) for folder in (expected, found))
        result.figures += _compare(table, one, other, result)
    return result


def _read(folder: Path, table: str, renamed: Mapping[str, str]) -> dict[tuple[Any, ...], Row]:
    if not folder.exists():
        return {}
    stored = DeltaTable(str(folder)).to_pyarrow_table()
    stored = stored.rename_columns([renamed.get(name, name) for name in stored.column_names])
    stored = stored.select([name for name in stored.column_names if name not in LEFT_OUT])
    rows = stored.to_pylist()
    known = [name for name in KEYS[table] if name in stored.column_names]
    return {tuple(row[name] for name in known): row for row in rows}


def _compare(
    table: str, expected: Mapping[tuple[Any, ...], Row], found: Mapping[tuple[Any, ...], Row], result: Differences
) -> Iterator[str]:
    result.rows[table] = len(expected)
    for key in sorted(expected.keys() ^ found.keys(), key=str):
        yield f"{table} {key}: only {'expected' if key in expected else 'found'}"
    for key in sorted(expected.keys() & found.keys(), key=str):
        one, other = expected[key], found[key]
        for name in sorted(one.keys() & other.keys()):
            if _same(one[name], other[name], loosely=name in FROM_SKETCHES):
                continue
            if name in TEXTS:
                result.texts[f"{table}.{name}"] += 1
            elif table == "findings" and name == "evidence":
                result.texts["findings.evidence"] += 1
            else:
                yield f"{table} {key}: {name}: expected {one[name]!r}, found {other[name]!r}"


def _same(one: Any, other: Any, *, loosely: bool) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return loosely or math.isclose(one, other, rel_tol=_RELATIVE_TOLERANCE, abs_tol=1e-300)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[k], other[k], loosely=loosely) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(_same(a, b, loosely=loosely) for a, b in pairs)
    return bool(one == other)


def main(arguments: Sequence[str]) -> int:
    """Print what differs between two stores."""
    parser = argparse.ArgumentParser(description="Compare the result tables of two stores.")
    parser.add_argument("expected", type=Path)
    parser.add_argument("found", type=Path)
    parser.add_argument("--renamed", nargs="*", default=[], metavar="OLD=NEW")
    parser.add_argument("--profiles", action="store_true")
    parser.add_argument("--show", type=int, default=40)
    options = parser.parse_args(arguments)
    renamed = dict(pair.split("=", 1) for pair in options.renamed)
    result = compare(options.expected, options.found, renamed, profiles=options.profiles)
    for line in _limited(result.figures, options.show):
        print(line)
    print(f"rows {dict(result.rows)}; figures that differ: {len(result.figures)}; texts: {dict(result.texts)}")
    return 1 if result.figures else 0


def _limited(lines: Sequence[str], most: int) -> Iterable[str]:
    yield from lines[:most]
    if len(lines) > most:
        yield f"… and {len(lines) - most} more"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
