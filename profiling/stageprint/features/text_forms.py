"""How texts are written: the shares of formats, of characters, and of forms with equal characters drawn together."""

from __future__ import annotations

import re
from functools import lru_cache
from math import sqrt
from typing import Final

import numpy as np

from stageprint.batch.text_formats import TextFormat
from stageprint.features.column import CHARACTER_SHARES, ColumnFeatures
from stageprint.features.labels import LabelShares
from stageprint.fingerprint.text_shapes import shapes_of
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.states.counts import CountsState
from stageprint.states.text_shapes import TextShapesState

MAX_FORMS: Final = 64
"""Largest number of forms that are compared: texts with more are written freely."""

_FORMATS: Final = {
    "number_share": TextFormat.NUMBER,
    "time_share": TextFormat.DATE | TextFormat.TIMESTAMP,
    "boolean_share": TextFormat.BOOLEAN,
    "json_share": TextFormat.JSON,
    "uuid_share": TextFormat.UUID,
}
_CHARACTERS: Final = {"a": "lower_share", "A": "upper_share", "9": "digit_share", " ": "space_share"}
"""A character of `pattern_of` → share of the texts that hold it; all others are ``other_share``."""

_REPEATED: Final = re.compile(r"(.)\1+", re.DOTALL)
_SURE: Final = 2.576
"""Standard errors of a bound that holds with probability 99 %."""


@lru_cache(maxsize=4096)
def form_of(pattern: str) -> str:
    """Return a pattern with equal characters in a row drawn together: ``Aaaa-9999`` becomes ``Aa-9``.

    So a number that gets one digit more, or a longer word, is still written in the same form.

    Args:
        pattern: A pattern of `stageprint.batch.text_formats.pattern_of`.
    """
    return _REPEATED.sub(r"\1", pattern.replace("…", ""))


def read_texts(features: ColumnFeatures, profile: ColumnProfile) -> None:
    """Set the shares of formats, characters and forms of texts; where no shapes were kept nothing is set."""
    sample = profile.state(TextShapesState)
    if profile.kind is not ColumnKind.STRING or sample is None or profile.state(CountsState) is None:
        return
    shapes = shapes_of(profile)
    if shapes is None or not shapes.rows:
        return
    weighted = shapes.weighted()
    total = sum(rows for _, rows, _ in weighted)
    for name, format_ in _FORMATS.items():
        setattr(features, name, min(1.0, sum(rows for shape, rows, _ in weighted if shape.formats & format_) / total))
    # A sampled text stands for others: the share of rows it was drawn for has the error of a sample of that many.
    features.format_error = 0.0 if sample.complete else _SURE / 2 / sqrt(sample.distinct)
    held = dict.fromkeys(CHARACTER_SHARES, 0.0)
    shares: dict[str, float] = {}
    for shape, rows, _ in weighted:
        for name in {_CHARACTERS.get(character, "other_share") for character in set(shape.pattern) - {"…"}}:
            held[name] += rows / total
        form = form_of(shape.pattern)
        shares[form] = shares.get(form, 0.0) + rows / total
    for name, share in held.items():
        setattr(features, name, min(1.0, share))
    if len(shares) <= MAX_FORMS:
        absent = 0.0 if sample.complete else 3 / sample.distinct
        lower = np.maximum(0.0, np.array(list(shares.values())) - absent / 2)
        features.forms = LabelShares.counted(list(shares), lower, 1.0, absent)


def texts_looked_at(features: ColumnFeatures) -> float:
    """Return how many texts the shares of a column of texts were read from: all of them, or those of the sample."""
    error = features.format_error
    return features.present if not error > 0 else min(features.present, (_SURE / 2 / error) ** 2)
