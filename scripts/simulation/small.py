"""Small stores: 100 columns × 12 runs, healthy throughout or with extreme faults in the last run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scripts.simulation.figures import Rate
from scripts.simulation.observe import Observed, observe
from scripts.simulation.roll import roll
from scripts.simulation.world import SCENARIOS, make_world
from stageprint.model import Severity

Ints = NDArray[np.int64]

COLUMNS, RUNS = 100, 12


@dataclass(frozen=True)
class Small:
    """What was found.

    Attributes:
        silent: Healthy stores without a warning in any of their runs.
        extreme: Extreme faults that were critical.
    """

    silent: Rate
    extreme: Rate


def small_stores(seeds: Sequence[int], noise: str = "t4") -> Small:
    """Decide small stores, the last run of each once healthy and once with extreme faults.

    Args:
        seeds: One store for each.
        noise: The scenario.
    """
    silent = critical = planted = 0
    for seed in seeds:
        observed = observe(make_world(SCENARIOS[noise], COLUMNS, RUNS, seed), seed)
        ranks = np.array([decided.rank for decided in roll(observed)])
        silent += int((ranks < Severity.WARNING.rank).all())
        broken, hit = break_three_columns(observed)
        *_, last = roll(broken)
        critical += int((last.rank[hit] >= Severity.CRITICAL.rank).sum())
        planted += len(hit)
    return Small(Rate(silent, len(seeds)), Rate(critical, planted))


def break_three_columns(observed: Observed) -> tuple[Observed, Ints]:
    """Break the last run of three columns: values × 1,000, all labels new, 60 % nulls; return it and which columns."""
    floats, strings, _ = observed.of_kind
    lost = int(floats[1])
    parts = ("cdf", "mean", "variance", "shares", "unseen", "nulls")
    broken = replace(observed, **{name: getattr(observed, name).copy() for name in parts})
    broken.cdf[-1, 0] = 0.0
    broken.mean[-1, 0] += 2000.0
    broken.variance[-1, 0] *= 1e6
    broken.shares[-1, 0] = 0.0
    broken.unseen[-1, 0] = 1.0
    broken.nulls[-1, lost] = int(0.6 * observed.world.rows[-1, lost])
    return broken, np.array([floats[0], strings[0], lost])
