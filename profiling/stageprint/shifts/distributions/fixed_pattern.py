"""Texts that were always written one way are written another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

from stageprint.batch.text_formats import pattern_of
from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.features.labels import LabelShares
from stageprint.model import ColumnKind, Concern, NotComputable
from stageprint.shifts.base import ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Share, Wording
from stageprint.shifts.labels.fixed_labels import with_labels

MAX_TEXTS = 64
"""Largest number of distinct texts in a run; columns with more are left to the label statistics."""

MAX_PATTERNS = 8
"""Largest number of patterns in a run; columns with more have no such rule."""


class FixedPattern(ColumnRule):
    """Share of rows written in a new pattern, if at least 3 earlier runs all had the same few patterns.

    Formula: h(p) of that share.

    Patterns are those of `top_patterns`: ``late-2013-11`` is ``aaaa-9999-99``. A column whose labels are new in every
    run (batches, versions, dates) is still written in the same patterns. The floor asks for most of the rows: single
    odd labels are found by `fixed_labels` and `unseen_share`. A number that grows a digit makes no new pattern.
    """

    name: ClassVar[str] = "fixed_pattern"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FORMAT})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Share("{} of the values are written in a pattern that no earlier run had")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "share of non-null values; up to 64 different texts a run"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    min_effect: ClassVar[float] = 1.5
    critical_effect: ClassVar[float] = 3.0
    example: ClassVar[Example] = Example(["a-1", "b-2"] * 20, ["A_1"] * 40, 3.141592653589793, ColumnKind.STRING)

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return the share of rows in a new pattern."""
        found = with_labels(current, past)
        if isinstance(found, NotComputable):
            return found
        now, known = found
        if not all(labels.exact and len(labels.index) <= MAX_TEXTS for labels in (now, *known)):
            return NotComputable(f"more than {MAX_TEXTS} different texts in some run")
        usual = patterns(known[-1])
        if len(usual) > MAX_PATTERNS or any(patterns(run) != usual for run in known[:-1]):
            return NotComputable("the texts were not written in the same ways in every earlier run")
        new = [label for label in now.index if _pattern(label) not in usual and not _has_grown(label, usual)]
        share = float(sum(now.estimate[now.index[label]] for label in new))
        value = float(arcsine(min(1.0, share)))
        if value < self.min_effect:
            return Outcome(0.0)
        ways = ", ".join(sorted({_pattern(label) for label in new})[:3])
        return Outcome(value, detail=f"{ways}, before {', '.join(sorted(usual)[:3])}")


def _has_grown(label: str, usual: frozenset[str]) -> bool:
    """Return whether a text is written as others were, but that a number in it has a digit more, as 10 after 9."""
    pattern = _pattern(label)
    ends = [at for at in range(len(pattern)) if pattern[at] == "9" and pattern[at + 1 : at + 2] != "9"]
    return any(pattern[:at] + pattern[at + 1 :] in usual for at in ends)


def patterns(labels: LabelShares) -> frozenset[str]:
    """Return the ways in which labels are written."""
    return frozenset(_pattern(label) for label in labels.index)


@lru_cache(maxsize=4096)
def _pattern(text: str) -> str:
    return pattern_of(text)
