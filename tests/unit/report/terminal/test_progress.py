from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

from rich.console import Console

from stageprint.model import TableKey
from stageprint.model.outcomes import TableOutcome
from stageprint.report.terminal.progress import LiveProgress, PlainProgress, make_progress

GOOD = TableOutcome("2013-05", TableKey("raw", "flights"), "ok", 28_796, 19, 1.44)
BAD = TableOutcome("2013-05", TableKey("raw", "weather"), "failed", None, None, 0.1, "csv source 'x' is not there")
UNKNOWN = TableOutcome("2013-05", TableKey("raw", "planes"), "failed", None, None, 0.1)


def _plain() -> tuple[PlainProgress, io.StringIO]:
    stream = io.StringIO()
    progress = make_progress(Console(file=stream, width=40, markup=False, highlight=False))
    assert isinstance(progress, PlainProgress)
    return progress, stream


def test_a_line_a_step_whatever_its_length() -> None:
    progress, stream = _plain()
    progress.start(132, "tables")
    for step in (GOOD, BAD, UNKNOWN, "wrote table_profiles [2 rows]"):
        progress.advance(step)
    progress.close()
    assert stream.getvalue().splitlines() == [
        "tables (132)",
        "[  1/132] 2013-05 raw.flights ok 28,796 rows, 19 columns, 1.4 s",
        "[  2/132] 2013-05 raw.weather failed csv source 'x' is not there",
        "[  3/132] 2013-05 raw.planes failed for an unknown reason",
        "[  4/132] wrote table_profiles [2 rows]",
    ]


def test_the_next_phase_counts_anew() -> None:
    progress, stream = _plain()
    progress.start(1, "tables")
    progress.advance("one")
    progress.start(12, "runs")
    progress.advance("two")
    assert stream.getvalue().splitlines()[-1] == "[ 1/12] two"


def test_steps_of_several_threads_are_numbered_once_each() -> None:
    progress, stream = _plain()
    progress.start(200, "tables")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(progress.advance, [GOOD] * 200))
    numbers = [line[1:4] for line in stream.getvalue().splitlines()[1:]]
    assert sorted(numbers) == [f"{number:>3}" for number in range(1, 201)]


def test_on_a_terminal_a_bar_moves_and_failures_stay() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=160, color_system=None)
    progress = make_progress(console)
    assert isinstance(progress, LiveProgress)
    progress.advance("a step before the start is no error")
    progress.start(2, "tables")
    progress.advance(GOOD)
    progress.advance(BAD)
    progress.start(1, "runs [of all]")
    progress.close()
    shown = stream.getvalue()
    assert "2013-05 raw.weather failed csv source 'x' is not there" in shown
    assert "0/1" in shown
    progress.close()
