"""Columns of one label at a time, which goes to another one now and then: a season, a version, a supplier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stageprint.features.column import ColumnFeatures

MIN_RUNS_OF_A_LABEL: Final = 3
"""Runs in a row that a label must have been there alone, before and after a past change, to be a state that lasts."""


def one_label_at_a_time(runs: Sequence[ColumnFeatures]) -> bool:
    """Return whether a text column of one label went to another one in the past, and does so again now.

    A run in which it changes may hold both labels. Each change in the past must have lasted: a label that came for one
    run and went is an accident, however often it happens.

    Args:
        runs: The runs with values, oldest first, the current one last.
    """
    held = [_labels(run) for run in runs]
    if any(not 0 < len(labels) <= 2 for labels in held):
        return False
    *past, now = held
    lasting = _states(past[:-1] if len(past[-1]) == 2 else past)
    if lasting is None or len(lasting) < 2:
        return False
    # Of the oldest label the history may hold the last run or two.
    known = lasting[1:] if len(lasting) > 2 else lasting
    if any(runs_of < MIN_RUNS_OF_A_LABEL for _, runs_of in known):
        return False
    last, _ = lasting[-1]
    if len(past[-1]) == 2:
        return last in past[-1] and now == past[-1] - {last}
    return now != {last} and (len(now) == 1 or last in now)


def _labels(run: ColumnFeatures) -> frozenset[str]:
    """Return the labels of a run; empty where they are not all known."""
    if run.labels is None or not run.labels.exact:
        return frozenset()
    return frozenset(run.labels.index)


def _states(past: Sequence[frozenset[str]]) -> list[tuple[str, int]] | None:
    """Return each label that was there alone, in the order of the runs, with the number of its runs.

    None where a run of two labels does not lie between the runs of the one and of the other.
    """
    found: list[tuple[str, int]] = []
    for before, labels, after in zip((frozenset[str](), *past), past, (*past[1:], frozenset[str]()), strict=False):
        if len(labels) == 2:
            if found and (len(before) != 1 or len(after) != 1 or before | after != labels):
                return None
            continue
        (label,) = labels
        if found and found[-1][0] == label and before == labels:
            found[-1] = (label, found[-1][1] + 1)
        else:
            found.append((label, 1))
    return found
