"""Writes `docs/benchmarks.md` from the results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from scripts.benchmarks.measure import Result
from scripts.benchmarks.results import Measured
from scripts.benchmarks.sections import SECTIONS

_HEAD: Final = """\
# Benchmarks

What does a fingerprint cost? About as much as reading the table: the fast path takes little more than a bare Spark scan
of the same files, and a fraction of what other profilers take. This page has the measurements.

How to read the tables:

- `scan` is Spark reading all columns of the same files into its `noop` sink, in the same run. Nothing is computed, so
  it is the floor for anything that reads through Spark. `ratio` is `seconds` divided by `scan`.
- Seconds are medians over the rounds, after a first round that is not counted, unless a section says otherwise.
- *Busy* is the average number of processes that wanted a core in the minute before and the minute after a section. If
  it is well above the number of cores, other work was running; then trust ratios more than seconds.

`make bench` measures everything, writes `docs/benchmarks.json` and makes this page from it; `make bench ONLY=lineitem`
measures one section.
"""


def page(sections: Mapping[str, Measured]) -> str:
    """Return the page."""
    parts = [_HEAD, *_summary(sections)]
    for name, section in SECTIONS.items():
        parts += [f"\n## {section.title}\n", section.text, ""]
        measured = sections.get(name)
        if measured is None:
            parts.append("Not measured yet.")
            continue
        parts += _table(measured)
        if name == "growth":
            parts += ["", "![Seconds against rows, columns, files and tables](benchmarks.svg)"]
        parts += ["", _measured_by(measured)]
    parts += ["\n## Machine\n", "| | |", "|---|---|"]
    latest = max(sections.values(), key=lambda measured: measured.when, default=None)
    parts += [f"| {name} | {value} |" for name, value in (latest.machine if latest else {}).items()]
    return "\n".join(parts) + "\n"


def _measured_by(measured: Measured) -> str:
    before, after = measured.busy
    shown = "" if before is None else f", busy {before:.1f} before and {after:.1f} after on {measured.machine['cores']}"
    return f"Measured {measured.when} by `{measured.command}`{shown} cores."


def _table(measured: Measured) -> list[str]:
    scans = any(result.scan_seconds for result in measured.results)
    head = ["case", "rows", "columns", "seconds", *(["scan", "ratio"] if scans else []), "rounds", ""]
    lines = [f"| {' | '.join(head)} |", "|---|" + "--:|" * (len(head) - 2) + "---|"]
    for result in measured.results:
        more = "; ".join(
            f"{name.replace('_', ' ')} {value:,}" if isinstance(value, int) else f"{name.replace('_', ' ')} {value}"
            for name, value in result.more.items()
        )
        cells = [
            f"`{result.name}`",
            f"{result.rows:,}",
            f"{result.columns:,}",
            _shown(result.seconds),
            *([_shown(result.scan_seconds), _shown(result.ratio)] if scans else []),
            f"{len(result.rounds)}",
            more,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if value < 100 else f"{value:,.0f}"


_FLOORS: Final = (
    ("drain_map_in_arrow", "`mapInArrow`", "≤ 1.15 ×"),
    ("drain_as_we_set_it", "`mapInArrow` in batches of its own", "–"),
)
"""Case of the lineitem section, how it is called, and the aim: what the general path is held against."""

_PLACES: Final = {
    "S3-compatible store": ("reach", "profile_s3", "≤ 1.5 ×"),
    "Delta with its features": ("reach", "profile_delta", "≤ 1.5 ×"),
    "512 small files": ("files", "profile_files", "≤ 1.6 ×"),
}
"""Where the rows are → section, case and aim of the fast path over the bare scan."""


def _summary(sections: Mapping[str, Measured]) -> Iterator[str]:
    """Yield the figures that were aimed at, each from the section that measured it."""
    yield "## Against the aims\n"
    yield "| figure | aim | measured | of | busy |"
    yield "|---|---|--:|---|--:|"

    def found(section: str, name: str) -> Result | None:
        results = sections[section].results if section in sections else ()
        return next((result for result in results if result.name == name and result.seconds), None)

    def ratio(one: Result | None, two: Result | None) -> float | None:
        return one.seconds / two.seconds if one and two and one.seconds and two.seconds else None

    def aim(figure: str, wanted: str, value: float | None, unit: str, section: str, result: Result | None) -> str:
        if value is None or result is None:
            return f"| {figure} | {wanted} | not measured yet | | |"
        digits = 0 if unit == "MiB" else 2
        before, after = sections[section].busy
        busy = "" if before is None or after is None else f"{max(before, after):.0f}"
        of = f"{result.rows:,} rows × {result.columns:,} columns"
        if "tables" in result.more:
            of = f"{result.more['tables']:,} tables"
        return f"| {figure} | {wanted} | {value:,.{digits}f} {unit} | {of} | {busy} |"

    fast, general = found("lineitem", "profile_arrow"), found("lineitem", "profile_dataframe")
    duckdb, summary = found("lineitem", "duckdb_summarize"), found("lineitem", "spark_summary")
    whylogs = found("peers", "whylogs")
    yield aim("fast path over the bare scan", "≤ 2.5 ×", fast.ratio if fast else None, "×", "lineitem", fast)
    yield from (
        aim(f"general path over draining {what}", wanted, ratio(general, drain), "×", "lineitem", drain)
        for what, wanted, drain in ((what, wanted, found("lineitem", name)) for name, what, wanted in _FLOORS)
    )
    yield aim("DuckDB `SUMMARIZE` over the fast path", "≥ 2.5 ×", ratio(duckdb, fast), "×", "lineitem", duckdb)
    yield aim("Spark `summary()` over the fast path", "≥ 15 ×", ratio(summary, fast), "×", "lineitem", summary)
    for place, (section, one, wanted) in _PLACES.items():
        there = found(section, one)
        yield aim(f"fast path over the bare scan, {place}", wanted, there.ratio if there else None, "×", section, there)
    core, local = found("local", "profile_one_core"), found("local", "profile_local")
    decode, own, ducks = (found("local", name) for name in ("decode", "profile_arrow", "duckdb_summarize"))
    yield aim("one core over pyarrow's decoding", "≤ 2.5 ×", ratio(core, decode), "×", "local", core)
    yield aim("local engine over the fast path", "≤ 1.0 ×", ratio(local, own), "×", "local", local)
    yield aim("local engine over DuckDB `SUMMARIZE`", "≤ 0.4 ×", ratio(local, ducks), "×", "local", local)
    small = found("local", "profile_small_table")
    yield aim("a small table, whole process", "< 2 s", small.seconds if small else None, "s", "local", small)
    imports = found("reading", "import pyarrow, numpy")
    reads = [one for one in (sections["reading"].results if "reading" in sections else ()) if one.name[:5] == "read "]
    slowest = max(reads, key=lambda one: one.seconds or 0.0, default=None)
    yield aim("slowest command that reads, over imports", "≤ 5 ×", ratio(slowest, imports), "×", "reading", slowest)
    rates = [result.more["values_a_core_second"] for result in (found("peers", "profile_arrow"), whylogs) if result]
    faster = rates[0] / rates[1] if len(rates) == 2 else None
    yield aim("values per second per core, against whylogs'", "≥ 5 ×", faster, "×", "peers", whylogs)
    peaks = [
        (result.more["worker_peak_mib"], name, result)
        for name, section in sections.items()
        for result in section.results
        if isinstance(result.more.get("worker_peak_mib"), int)
    ]
    peak, section, largest = max(peaks, key=lambda found: found[0], default=(None, "", None))
    yield aim("most memory of a Python worker, all sections", "< 700 MiB", peak, "MiB", section, largest)
    many = found("many", "profile_many")
    each = many.more["seconds_a_table"] if many else None
    yield aim("small tables, each", "≤ 0.25 s", each, "s", "many", many)
    command = found("overhead", "stageprint_profile")
    over = ratio(command, found("overhead", "bare_script"))
    yield aim("`stageprint profile` over a bare script", "≤ 1.3 ×", over, "×", "overhead", command)
    compared = found("comparing", "compare_apart")
    both = compared.more["jvm_peak_mib"] + compared.more["driver_python_peak_mib"] if compared else None
    yield aim("driver of a comparison, JVM and Python", "< 2,048 MiB", both, "MiB", "comparing", compared)
