"""Every fault of a column at three magnitudes, drawn at random: the cause named first against the one planted.

The seed is none of those that thresholds were looked at with.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import numpy as np

from stageprint.diagnosis.evidence import Evidence
from stageprint.model import Finding
from tests.unit.diagnosis.faults import LABEL_FAULTS, NUMERIC_FAULTS, TIME_FAULTS, label_case, numeric_case, time_case
from tests.unit.diagnosis.scenarios import FAMILIES, top

SEED = 20_130_601
SIZES = ((2000, (0, 1, 2)), (40_000, (1,)))
RIGHT = 0.95
"""Share of the scenarios whose cause must be named first."""


def cases() -> Iterator[tuple[str, str, Evidence]]:
    """Yield (scenario, expected cause, evidence)."""
    for n, levels in SIZES:
        for level in levels:
            for number, name in enumerate(NUMERIC_FAULTS):
                rng = np.random.default_rng([SEED, n, level, number])
                yield name, *numeric_case(name, FAMILIES[rng.integers(len(FAMILIES))], rng, n, level)
            for number, name in enumerate(LABEL_FAULTS):
                rng = np.random.default_rng([SEED + 1, n, level, number])
                yield name, *label_case(name, int(rng.choice([5, 12, 40])), rng, n, level)
            for number, name in enumerate(TIME_FAULTS):
                rng = np.random.default_rng([SEED + 2, n, level, number])
                yield name, *time_case(name, rng, n, level)


def test_the_planted_cause_is_named_first() -> None:
    confusion: dict[str, Counter[str]] = {}
    right = total = 0
    for name, expected, evidence in cases():
        finding = top(evidence)
        check_form(finding)
        total += 1
        right += finding.cause == expected
        confusion.setdefault(name, Counter())[finding.cause] += 1
    table = "\n".join(f"{name:18}{dict(found)}" for name, found in confusion.items())
    assert right >= RIGHT * total, f"{right} of {total}\n{table}"


def check_form(finding: Finding) -> None:
    """Check what holds for every finding: strict JSON, a plain line that names the place, figures between 0 and 1."""
    json.dumps(finding.evidence, allow_nan=False)
    assert "\n" not in finding.sentence
    assert finding.sentence.endswith(".")
    assert not finding.sentence.endswith("..")
    assert f"{finding.origin.stage}.{finding.origin.table}" in finding.sentence
    assert finding.first_run in finding.sentence
    assert 0 < finding.confidence <= 1
    assert finding.cause not in finding.alternatives
