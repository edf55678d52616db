"""False findings of the decision rule and of common thresholds on healthy histories."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scripts.simulation.figures import Rate
from scripts.simulation.observe import observe
from scripts.simulation.others import RULES, flags_of
from scripts.simulation.roll import Known, roll
from scripts.simulation.world import SCENARIOS, make_world
from stageprint.model import Severity

LENGTHS = (0, 1, 2, 3, 5, 7, 14, 28)
"""Numbers of earlier runs that figures are stated for: the first three exactly, the others up to the next one."""


@dataclass
class Healthy:
    """The findings in healthy columns.

    Attributes:
        alerts: Number of earlier runs → columns at warning or above.
        digest: Number of earlier runs → columns in the digest or above.
        lasting: Columns at warning or above in two consecutive runs, at the longest history.
        others: Common threshold → columns flagged, at the longest history.
        known: Number of earlier runs → what the last store knows about its columns by then.
    """

    alerts: dict[int, Rate] = field(default_factory=dict)
    digest: dict[int, Rate] = field(default_factory=dict)
    lasting: Rate = field(default_factory=lambda: Rate(0, 0))
    others: dict[str, Rate] = field(default_factory=lambda: dict.fromkeys(RULES, Rate(0, 0)))
    known: dict[int, Known] = field(default_factory=dict)


def false_findings(
    noise: str,
    columns: int,
    runs: int,
    seeds: Iterable[int],
    lengths: Sequence[int] = LENGTHS,
    progress: Callable[[str], None] = lambda _: None,
) -> Healthy:
    """Decide healthy histories and count what is found, which is all false.

    Args:
        noise: The scenario.
        columns: Columns of a store.
        runs: Runs of a store, those of the history included.
        seeds: One store for each.
        lengths: Lengths of history that are counted separately.
        progress: Takes a line of progress.
    """
    found = Healthy()
    for seed in seeds:
        observed = observe(make_world(SCENARIOS[noise], columns, runs, seed), seed)
        before: NDArray[np.bool_] = np.zeros(columns, dtype=bool)
        for decided in roll(observed):
            length = max(each for each in lengths if each <= decided.run)
            alerting = decided.rank >= Severity.WARNING.rank
            _count(found.alerts, length, alerting)
            _count(found.digest, length, decided.rank >= Severity.REVIEW.rank)
            if length == max(lengths):
                found.lasting = _added(found.lasting, alerting & before)
                for name, flags in flags_of(observed, decided.run).items():
                    found.others[name] = _added(found.others[name], flags)
            if decided.run in lengths:
                found.known[decided.run] = decided.known
            before = alerting
            progress(f"  {noise}, seed {seed}, run {decided.run}: {int(alerting.sum())} of {columns:,} healthy columns")
    return found


def _count(rates: dict[int, Rate], length: int, flags: NDArray[np.bool_]) -> None:
    rates[length] = _added(rates.get(length, Rate(0, 0)), flags)


def _added(rate: Rate, flags: NDArray[np.bool_]) -> Rate:
    return Rate(rate.hits + int(flags.sum()), rate.trials + len(flags))
