"""Writes `docs/benchmarks.md` from the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scripts.bench.measure import Result

_HEAD = """\
# Benchmarks

Made by `make bench`; every figure comes from one run on one machine. `scan` is Spark reading all columns of the same
files into its `noop` sink in the same run: nothing is computed, so it is the floor for anything that reads through
Spark. Seconds are medians of the rounds, one uncounted round before; `ratio` is seconds over the scan's.

What the others do is not the same work: DuckDB's `SUMMARIZE` and Spark's `summary()` keep no sketch that could be
merged or compared later, and no frequent values; whylogs and ydata-profiling work on rows that pandas already holds, on
one core. The profile computes every metric and keeps every state of every column.
"""


def page(title_results: Mapping[str, Sequence[Result]], machine: Mapping[str, str], command: str) -> str:
    """Return the page."""
    parts = [_HEAD, "## Machine\n", "| | |\n|---|---|"]
    parts += [f"| {name} | {value} |" for name, value in {**machine, "command": f"`{command}`"}.items()]
    for title, results in title_results.items():
        parts += [f"\n## {title}\n", "| case | rows | columns | seconds | scan | ratio | rounds | |"]
        parts.append("|---|--:|--:|--:|--:|--:|--:|---|")
        parts += [_line(result) for result in results]
    return "\n".join(parts) + "\n"


def _line(result: Result) -> str:
    def shown(value: float | None) -> str:
        return "" if value is None else f"{value:.2f}"

    more = ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in result.more.items())
    return (
        f"| {result.name} | {result.rows:,} | {result.columns:,} | {shown(result.seconds)} | "
        f"{shown(result.scan_seconds)} | {shown(result.ratio)} | {len(result.rounds)} | {more} |"
    )
