"""Planted faults that are no alert, and why: what the page says about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from scripts.yardsticks.planted import HEALTHY, Trial

OF_ROWS: Final = frozenset({"volume", "biased sample"})
"""Classes of faults that change which rows there are, and no value."""

MAX_COLUMNS: Final = 8
"""Number of columns that the page lists."""


def figures(trials: Sequence[Trial]) -> dict[str, Any]:
    """Return what is missed among trials of one length of history, by class and by column.

    Returns:
        ``faults``: class → number planted, missed, of these with as many rows as an earlier run had, of the others in
        the digest and not told at all. ``columns``: those with the most missed ones, and how many of these change
        values.
        ``visible``: per cent touched → recall without the faults of rows that leave as many as an earlier run had.
    """
    planted = [trial for trial in trials if trial.fault != HEALTHY]
    return {
        "faults": {
            f"{kind}: {fault}": _counts([trial for trial in planted if (trial.kind, trial.fault) == (kind, fault)])
            for kind, fault in dict.fromkeys((trial.kind, trial.fault) for trial in planted)
        },
        "columns": _columns(planted),
        "visible": {
            str(touched): _recall([trial for trial in planted if trial.touched == touched and not _usual_rows(trial)])
            for touched in sorted({trial.touched for trial in planted}, reverse=True)
        },
    }


def _usual_rows(trial: Trial) -> bool:
    return trial.fault in OF_ROWS and trial.rows_seen


def _counts(trials: Sequence[Trial]) -> dict[str, int]:
    missed = [trial for trial in trials if not trial.alert]
    others = [trial for trial in missed if not _usual_rows(trial)]
    return {
        "planted": len(trials),
        "missed": len(missed),
        "usual_rows": len(missed) - len(others),
        "digest": sum(bool(trial.severity) for trial in others),
        "silent": sum(not trial.severity for trial in others),
    }


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


def _recall(trials: Sequence[Trial]) -> float | None:
    return round(sum(trial.alert for trial in trials) / len(trials), 3) if trials else None
