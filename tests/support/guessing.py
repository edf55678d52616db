"""Asks sketches with DataSketches alone, as somebody who guesses values would, whether they hold a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import datasketches


def in_theta(stored: bytes, form: Any) -> bool:
    known, one = datasketches.compact_theta_sketch.deserialize(stored), datasketches.update_theta_sketch(12)
    one.update(form)
    both = datasketches.theta_intersection()
    both.update(known)
    both.update(one)
    return float(both.get_result().get_estimate()) > 0


def in_hll(stored: bytes, form: Any) -> bool:
    known = datasketches.hll_sketch.deserialize(stored)
    before = known.serialize_compact()
    known.update(form)
    return bool(known.serialize_compact() == before)


def in_frequent_items(stored: bytes, form: Any) -> bool:
    known = datasketches.frequent_strings_sketch.deserialize(stored)
    return isinstance(form, str) and int(known.get_lower_bound(form)) > 0


def in_kll(stored: bytes, form: Any) -> bool:
    known = datasketches.kll_doubles_sketch.deserialize(stored)
    value = float(form)
    return not known.is_empty() and known.get_rank(value, True) > known.get_rank(value, False)


ASK: Final[Mapping[str, Callable[[bytes, Any], bool]]] = {
    "theta": in_theta,
    "hll": in_hll,
    "frequent_items": in_frequent_items,
}
"""State → the question whether its sketch, given without the header of states, holds a value."""

ASK_NUMBERS: Final[Mapping[str, Callable[[bytes, Any], bool]]] = {**ASK, "kll": in_kll}
"""The same with the sketch that only numbers have."""
