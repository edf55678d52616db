"""The changes that explain how a column differs between two sides: offset, factor, rounding, recoding and others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from stageprint.skew.records import Suspicion
from stageprint.skew.tally import ROUNDING_DIGITS, DifferenceTally

MIN_EXPLAINED_SHARE: Final = 0.95
"""Share of the rows in question that a change must explain to be suspected."""

_HOUR_SECONDS: Final = 3600.0


def suspicions(tally: DifferenceTally, *, values: bool = True) -> tuple[Suspicion, ...]:
    """Return the changes that explain the differences, those of most rows first.

    Args:
        tally: The differences.
        values: Whether the sentences may name values; False for a sensitive column.
    """
    found = [
        _filled(tally.fills, tally.left_null, "null_to_value", "null on the left is {} on the right", values),
        _filled(tally.losses, tally.right_null, "value_to_null", "{} on the left is null on the right", values),
        _transformation(tally, tally.differing - tally.left_null - tally.right_null, values),
    ]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: -one.rows))


def _transformation(tally: DifferenceTally, rows: int, values: bool) -> Suspicion | None:
    if rows <= 0:
        return None
    explanations = (_shifted_hours, _offset, _factor, _spelling, _rounding)
    candidates = [*(explain(tally, rows) for explain in explanations), _recoding(tally, rows, values)]
    found = [one for one in candidates if one is not None and one.share >= MIN_EXPLAINED_SHARE and one.rows > 1]
    # Of two that explain equally much, the simpler one: it stands first.
    return max(found, key=lambda one: one.share, default=None)


def _shifted_hours(tally: DifferenceTally, rows: int) -> Suspicion | None:
    if not tally.seconds:
        return None
    # Two offsets at most: summer time and winter time.
    common = [(value, count) for value, count in tally.seconds.most_common(2) if value % (_HOUR_SECONDS / 4) == 0]
    total = sum(count for _, count in common)
    if common and common[0][1] / rows >= MIN_EXPLAINED_SHARE:
        common, total = common[:1], common[0][1]
    hours = " or ".join(f"{value / _HOUR_SECONDS:+g} h" for value, _ in common)
    return Suspicion("shifted_hours", total, total / rows, f"the right is {hours} from the left")


def _offset(tally: DifferenceTally, rows: int) -> Suspicion | None:
    counter = tally.seconds or tally.offsets
    if not counter:
        return None
    value, count = counter.most_common(1)[0]
    unit = " s" if tally.seconds else ""
    return Suspicion("offset", count, count / rows, f"the right is the left {value:+g}{unit}")


def _factor(tally: DifferenceTally, rows: int) -> Suspicion | None:
    if not tally.factors:
        return None
    value, count = tally.factors.most_common(1)[0]
    return Suspicion("factor", count, count / rows, f"the right is {value:g} times the left")


def _rounding(tally: DifferenceTally, rows: int) -> Suspicion | None:
    # The coarsest rounding that explains enough says most.
    for digits in ROUNDING_DIGITS:
        for name, other in (("right", "left"), ("left", "right")):
            count = tally.rounded[f"{digits} {name}"]
            if count / rows >= MIN_EXPLAINED_SHARE:
                places = f"{digits} decimal places" if digits >= 0 else f"multiples of {10**-digits}"
                return Suspicion("rounding", count, count / rows, f"the {name} is the {other} rounded to {places}")
    return None


def _spelling(tally: DifferenceTally, rows: int) -> Suspicion | None:
    for kind in ("case", "whitespace", "case_and_whitespace"):
        count = tally.spellings[kind]
        if count / rows >= MIN_EXPLAINED_SHARE:
            what = {"case": "case", "whitespace": "white space around"}.get(kind, "case and white space around")
            return Suspicion(kind, count, count / rows, f"the texts differ in {what} alone")
    return None


def _recoding(tally: DifferenceTally, rows: int, values: bool) -> Suspicion | None:
    lefts, rights = Counter(one for one, _ in tally.label_pairs), Counter(other for _, other in tally.label_pairs)
    sure = {
        pair: count
        for pair, count in tally.label_pairs.items()
        # A recoded label is recoded in nearly every row.
        if lefts[pair[0]] == 1
        and rights[pair[1]] == 1
        and tally.equal_labels[pair[0]] <= (1 - MIN_EXPLAINED_SHARE) * count
    }
    count = sum(sure.values())
    # Texts that are nearly all distinct are one to one in any pairing.
    if not sure or count < 2 * len(sure):
        return None
    (left, right), _ = max(sure.items(), key=lambda item: (item[1], item[0]))
    such = f", such as {left!r} → {right!r}" if values else ""
    what = "1 value has" if len(sure) == 1 else f"{len(sure)} values have"
    return Suspicion("recoded", count, count / rows, f"{what} another name on the right{such}")


def _filled(counter: Mapping[str, int], rows: int, kind: str, sentence: str, values: bool) -> Suspicion | None:
    if not rows or not counter:
        return None
    value, count = max(counter.items(), key=lambda pair: (pair[1], pair[0]))
    if count / rows < MIN_EXPLAINED_SHARE or count < 2:
        return None
    return Suspicion(kind, count, count / rows, sentence.format(value if values else "one value"))
