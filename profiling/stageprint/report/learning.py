"""What runs say first of columns that have too little history to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stageprint.model import TableKey
from stageprint.model.judged import Judged

MAX_RUNS_NAMED: Final = 3
"""Runs with a line of their own, those with the most columns that are still learning; the others are counted."""


def judged_in_all(judged: Mapping[str, Mapping[TableKey, Judged]]) -> dict[str, Judged]:
    """Return run → how many columns of all its tables were judged, and by what."""
    return {run: Judged.total(tables.values()) for run, tables in judged.items()}


def learning_lines(judged: Mapping[str, Judged]) -> list[str]:
    """Return one line for each run with columns that are still learning; of many runs only for some of them.

    Args:
        judged: Run → how many of its columns were judged; oldest run first.
    """
    learning = [(run, one) for run, one in judged.items() if one.learning]
    newest = list(judged)[-1:]
    by_need = sorted(learning, key=lambda item: (item[0] not in newest, not item[1].nothing, -item[1].learning))
    named = {run for run, _ in by_need[:MAX_RUNS_NAMED]}
    lines = [f"run {run}: {one.explained}" for run, one in learning if run in named]
    more = len(learning) - len(named)
    if more:
        lines.append(f"{more:,} more run{' has' if more == 1 else 's have'} columns that are still learning")
    return lines
