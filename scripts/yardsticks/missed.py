"""Planted faults that are no alert, and why: what the page says about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from scripts.yardsticks.planted import HEALTHY, Trial
from scripts.yardsticks.scoring import OURS, rounded, score

OF_ROWS: Final = frozenset({"volume", "biased sample"})
"""Classes of faults that change which rows there are, and no value."""

MAX_COLUMNS: Final = 8
"""Number of columns that the page lists."""


def counts(trials: Sequence[Trial]) -> dict[str, int]:
    """Return how many faults were planted and missed; and of these, how many leave as many rows as an earlier run had.

    The others are in the digest alone, or not told at all (``silent``).

    Args:
        trials: Trials with a fault.
    """
    missed = [trial for trial in trials if not trial.alert]
    others = [trial for trial in missed if not _usual_rows(trial)]
    return {
        "planted": len(trials),
        "missed": len(missed),
        "usual_rows": len(missed) - len(others),
        "digest": sum(bool(trial.severity) for trial in others),
        "silent": sum(not trial.severity for trial in others),
    }


def figures(trials: Sequence[Trial]) -> dict[str, Any]:
    """Return what is missed among trials of one length of history, beside the `counts` of each class.

    Returns:
        ``columns``: those with the most missed faults, and how many of these change values. ``visible``: per cent
        touched → recall without the faults of rows that leave as many as an earlier run had.
    """
    planted = [trial for trial in trials if trial.fault != HEALTHY]
    visible = score([trial for trial in planted if not _usual_rows(trial)], OURS["alert"])
    return {
        "columns": _columns(planted),
        "visible": {
            str(touched): rounded(visible.recall_at(touched))
            for touched, (some, _) in visible.by_touched.items()
            if some
        },
    }


def _usual_rows(trial: Trial) -> bool:
    return trial.fault in OF_ROWS and trial.rows_seen


def _columns(trials: Sequence[Trial]) -> dict[str, dict[str, int]]:
    missed = [trial for trial in trials if not trial.alert]
    most = Counter(trial.column for trial in missed).most_common(MAX_COLUMNS)
    return {
        column: {
            "planted": sum(trial.column == column for trial in trials),
            "missed": count,
            "of_values": sum(trial.column == column and trial.fault not in OF_ROWS for trial in missed),
        }
        for column, count in most
    }
