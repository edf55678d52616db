"""Writes the reference pages that are made from the registries: metrics, shifts, checks, causes, sinks in ``docs/``.

``--check`` writes nothing and exits with 1 where a page is not what the code says.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf, isfinite
from pathlib import Path
from typing import Final

from scripts.docs.alerts import alerts_page
from scripts.docs.causes import cause_pages
from scripts.docs.checks import checks_page
from scripts.docs.first_look import first_look_page
from scripts.docs.reliability import reliability_page
from stageprint.metrics.base import Metric, all_metrics
from stageprint.model import ALL_KINDS, NUMERIC, TEMPORAL, TIMESTAMPS, ColumnKind, Concern
from stageprint.shifts import CalibrationGroup, Shift, all_shifts
from stageprint.shifts.base import ColumnRelation, ColumnRule, ColumnShift, RelationRule

ROOT: Final = Path(__file__).resolve().parents[2]

_GROUPS: Final = (("numbers", NUMERIC), ("dates and timestamps", TEMPORAL), ("timestamps", TIMESTAMPS))
_NAMES: Final = {
    ColumnKind.BOOLEAN: "booleans",
    ColumnKind.INTEGER: "integers",
    ColumnKind.FLOAT: "floats",
    ColumnKind.DECIMAL: "decimals",
    ColumnKind.DATE: "dates",
    ColumnKind.STRING: "strings",
}

_METRICS: Final = """\
# Metrics

<!-- Written by `make docs` from profiling/stageprint/metrics; edit the metric's file, not this page. -->

Every metric is a column of `column_profiles`, with the name and type given here. A null is never a zero: this page says
what it means, and the column `not_computable` holds the reason for each column of each run. Counts and shares leave out
NaN unless they say otherwise. Where dates and timestamps are numbers, they are days and microseconds since 1970-01-01
UTC.

An *exact* metric has no error at any size of the data, except for the rounding of doubles. The others are exact as long
as their sketch or sample holds every value; beyond that, the source names the method and its error bound.

"""


_SHIFTS: Final = """\
# Shift statistics and rules

<!-- Written by `make docs` from profiling/stageprint/shifts; edit the statistic's file, not this page. -->

A comparison computes the statistics on this page for every column and table. Each result is one row of `shifts`; the
column `statistic` holds the name given here. A null `value` is never a zero: `reason` says why there is none. `error`
is the part of the value that sketch error alone can explain; the rest is the *residual*.

A shift whose residual is below the *floor* (the minimum effect) is not reported. An alert whose residual reaches the
*critical* value is critical. Both are in the statistic's unit and can be set for a statistic, a table or a column
(`decision.overrides`, [configuration.md](configuration.md)). [decisions.md](decisions.md) says how a shift
above its floor is judged. A statistic with the floor "–" never alerts; it is stored because people look for it.

A *relation* compares a column with the upstream column that it comes from, in the same run, and asks whether the two
differ more than they did in earlier runs. Causes select statistics by what they are *about*.

In the formulas R is the reference and C the current run, p a share of rows, F a cumulative distribution, and S the
usual spread of the reference: its interquartile range ÷ 1.349, else its standard deviation, else 1. h(p) = 2·arcsin√p
is the arcsine scale, on which a change in a share counts the same wherever the share lies.

"""

_EXCEPTIONS: Final = """\
All statistics are judged in the same way ([decisions.md](decisions.md)), with these exceptions:

{exceptions}

"""

_RULES: Final = """\
## Rules

A rule either holds or is broken; it has no p value. It is broken if its value reaches the floor. A rule about all
earlier runs needs at least three of them.

"""


def shifts_page() -> str:
    """Return ``docs/shifts.md``."""
    shifts = all_shifts().values()
    statistics = [shift for shift in shifts if not shift.deterministic]
    rules = [shift for shift in shifts if shift.deterministic]
    head = ("name", "what it is", "applies to", "about", "unit", "convention", "floor", "critical", "source")
    exceptions = _EXCEPTIONS.format(exceptions="\n".join(f"- {line}." for line in _exceptions(statistics)))
    tables = [
        _table(noun, head, map(_shift_row, each)) for noun, each in (("statistics", statistics), ("rules", rules))
    ]
    return f"{_SHIFTS}{tables[0]}\n{exceptions}{_RULES}{tables[1]}"


def _exceptions(statistics: Sequence[Shift]) -> Iterator[str]:
    """Yield what is special about the way some statistics are judged."""
    for shift in statistics:
        if shift.capped_by:
            names = ", or else ".join(f"`{name}`" for name in shift.capped_by)
            yield f"`{shift.name}` scores at most as high as {names}, which sees the same shift and varies less"
    for shift in statistics:
        if isfinite(shift.extreme_effect):
            yield f"`{shift.name}`: a shift of {shift.extreme_effect:g} or more can alert early in a small store"
    early = _names(shift for shift in statistics if shift.needs_no_history)
    yield f"These can alert after one or two earlier runs, because they almost never move in healthy columns: {early}"
    never = _names(shift for shift in statistics if not isfinite(shift.persistence))
    yield f"A second run never confirms these, because a healthy column keeps them moved for some runs: {never}"
    for group in CalibrationGroup:
        if group is Shift.calibration_group:
            continue
        members = _names(shift for shift in statistics if shift.calibration_group == group)
        yield f"Scores over two runs are calibrated in a group of their own: {members}"


def _names(shifts: Iterable[Shift]) -> str:
    return ", ".join(f"`{shift.name}`" for shift in shifts)


def _shift_row(shift: Shift) -> tuple[str, ...]:
    return (
        f"`{shift.name}`",
        _meaning(shift),
        _object_of(shift),
        ", ".join(concern.value for concern in Concern if concern in shift.concerns),
        _cell(shift.unit),
        _cell(shift.convention),
        _figure(shift.min_effect if shift.used_in_decision else inf),
        _figure(shift.critical_effect if shift.used_in_decision else inf),
        _cell(shift.source),
    )


def _object_of(shift: Shift) -> str:
    if isinstance(shift, (ColumnShift, ColumnRule)):
        return kinds_text(shift.kinds)
    return f"relations of {kinds_text(shift.kinds)}" if isinstance(shift, (ColumnRelation, RelationRule)) else "tables"


def _figure(value: float) -> str:
    return f"{value:g}" if isfinite(value) else "–"


def metrics_page() -> str:
    """Return ``docs/metrics.md``."""
    metrics = all_metrics().values()
    head = ("metric", "what it is", "kinds of column", "unit", "SQL type", "exact or sketch", "null means", "source")
    return f"{_METRICS}{_table('metrics', head, map(_metric_row, metrics))}"


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "docs/metrics.md": metrics_page,
    "docs/shifts.md": shifts_page,
    "docs/checks.md": checks_page,
    "docs/alerts.md": alerts_page,
    "docs/first-look.md": first_look_page,
    "docs/reliability.md": reliability_page,
}
"""What makes each page; those of the causes are `cause_pages`."""


def _metric_row(metric: Metric) -> tuple[str, ...]:
    return (
        f"`{metric.name}`",
        _meaning(metric),
        kinds_text(metric.kinds),
        _cell(metric.unit),
        f"`{metric.sql_type}`",
        "exact" if metric.exact else "sketch",
        _cell(metric.null_means),
        _cell(metric.source),
    )


def _table(noun: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return how many rows there are, and the table."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    top = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head))]
    return "\n".join([f"There are {len(lines)} {noun}.", "", *top, *lines, ""])


def _meaning(plugin: Metric | Shift) -> str:
    """Return the first paragraph of a plug-in's docstring and its formula as one cell."""
    first, *others = inspect.cleandoc(type(plugin).__doc__ or "").split("\n\n")
    formulas = [text for text in others if text.startswith("Formula: ")]
    return _cell("<br>".join([first, *formulas]))


def _cell(text: str) -> str:
    """Return a docstring's text as one cell of a table."""
    return " ".join(text.replace("``", "`").split()).replace("|", "\\|")


def kinds_text(kinds: frozenset[ColumnKind]) -> str:
    """Return kinds of column in words, such as ``numbers, dates``.

    Example:
        >>> kinds_text(NUMERIC | {ColumnKind.STRING})
        'numbers, strings'
    """
    if kinds == ALL_KINDS:
        return "all"
    found, left = [], set(kinds)
    for name, group in _GROUPS:
        if group <= left:
            found.append(name)
            left -= group
    return ", ".join([*found, *(_NAMES.get(kind, kind.value) for kind in ColumnKind if kind in left)])


def stale_pages(root: Path = ROOT) -> dict[Path, str]:
    """Return the pages that are not what the code says, with what they should be."""
    pages = {name: make() for name, make in PAGES.items()} | cause_pages()
    wanted = {root / name: text for name, text in pages.items()}
    return {path: text for path, text in wanted.items() if not path.is_file() or path.read_text("utf-8") != text}


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write the pages that are stale, or with ``--check`` name them; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.docs", description="Write the reference pages that are made from the code."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a page is stale")
    check = parser.parse_args(arguments).check
    stale = stale_pages(root)
    for path, text in stale.items():
        name = path.relative_to(root).as_posix()
        if check:
            print(f"{name} is not what the code says: run `make docs` and commit the page", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"wrote {name}")
    return int(check and bool(stale))
