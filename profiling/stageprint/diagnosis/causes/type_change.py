"""A column changed its type, or texts the way they are written."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.events import has_type, has_values
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import Pair, pair
from stageprint.diagnosis.shares import total_variation
from stageprint.model import TABLE_LEVEL, ColumnKey
from stageprint.model.figures import listing, percent

MIN_NEW_FORMAT_SHARE = 0.02
"""Minimum share of the values that must be written in a way never used before."""

MIN_LABELS = 5
"""Number of labels in the new format from which on it is a format and no label."""

MIN_FORMATTED_SHARE = 0.9
"""Minimum share of the values that the few commonest formats must cover for a column to have a format at all."""

MAX_LABEL_NOISE = 0.5
"""Total variation by chance from which on labels tell no formats; the forms that are kept for texts do."""

MIN_SHARE_OF_ALL_VALUES = 0.98
"""Minimum share of the values in the new format that makes it the column's format."""


class TypeChange(Cause):
    """A column's type changed, or its texts are written in another format.

    The schema declares another type, or dates and codes are written in a new way. Downstream casts and parsers fail, or
    silently yield nulls.

    Signature: the type in the schema differs, and the column has values both before and now: without any it has no
    type. Or, for texts that follow a few formats (dates, codes, numbers as text): at least 2 % are written in a format
    that did not occur before. A format is the text with each run of digits, upper-case or lower-case letters replaced
    by one sign.

    Told apart from: `category_reencoded`: the same labels come in another spelling; `precision_loss`: the type stayed.

    Check:
        - Look at a few raw values on both sides of the change.
        - Find the change: a release of the source, schema inference of CSV or JSON files, a new driver, a column that
          became nullable.
        - Check for nulls in the same column further downstream: failed casts show there.

    Fix: Declare the schema where the file is read instead of inferring it, and parse the new format explicitly. Cast
    back to the old type where the data enter the pipeline, and load the affected runs again.

    Evidence:
        type: type in the schema now.
        type_before: type before.
        changed_types: for a table: column → [type before, type now].
        format: a value in the new format.
        format_before: a value in the usual format before.
        share: share of the values in the new format, 0–1.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> evidence, column = two_runs([1, 2, 3] * 100, ["1", "2", "3"] * 100)
        >>> TypeChange().explain(evidence, column).evidence
        {'type': 'string', 'type_before': 'bigint'}
    """

    name: ClassVar[str] = "type_change"
    family: ClassVar[Family] = "data"
    level: ClassVar[Level] = "both"
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the types in the schema; for texts, the formats."""
        if origin.column == TABLE_LEVEL:
            return _table(evidence, origin)
        both = pair(evidence, origin)
        if both is None:
            return None
        if not (has_values(both.now) and has_values(both.then)):
            return None
        if both.now.data_type != both.then.data_type:
            return _typed(evidence, origin, both.then.data_type, both.now.data_type)
        return _format(evidence, origin, both)


def _typed(evidence: Evidence, key: ColumnKey, before: str, now: str) -> Fit:
    both = pair(evidence, key)
    # From one kind of number to another is often only what another fault brought with it.
    numbers = both is not None and both.now.numeric and both.then.numeric
    sentence = f"{key} is of type {now} since {evidence.first_run(key)} (before {before}): the column's type changed"
    return Fit(
        0.9 if numbers else 0.98,
        sentence,
        {"type": now, "type_before": before},
        brief=f"a change of type from {before} to {now}",
        at=key,
        event=True,
    )


def _table(evidence: Evidence, origin: ColumnKey) -> Fit | None:
    now, then = evidence.table(origin.table_key), evidence.reference_table(origin.table_key)
    if now is None or then is None:
        return None
    types = {field.name: field.data_type for field in then.schema}
    changed = [
        (origin.table_key.column(field.name), types[field.name], field.data_type)
        for field in now.schema
        if types.get(field.name, field.data_type) != field.data_type
        and has_type(evidence, origin.table_key.column(field.name))
    ]
    if not changed or {field.name for field in now.schema} != set(types):
        return None
    if len(changed) == 1:
        return _typed(evidence, *changed[0])
    keys = tuple(key for key, _, _ in changed)
    told = listing([f"{key.column} from {before} to {after}" for key, before, after in changed])
    sentence = f"{len(changed)} columns of {origin} changed their type since {evidence.first_run(origin)}: {told}"
    figures = {"changed_types": {key.column: [before, after] for key, before, after in changed}}
    return Fit(0.98, sentence, figures, brief="changes of type", also=keys, event=True)


def _format(evidence: Evidence, origin: ColumnKey, both: Pair) -> Fit | None:
    then, now = formats(both.then.labels), formats(both.now.labels)
    # Where nearly every row has a label of its own, such as keys, the labels that are known say little of the others.
    known = both.label_noise < MAX_LABEL_NOISE
    if not known:
        then, now = dict(both.then.forms), dict(both.now.forms)
    if not then or not now or max(_cover(then), _cover(now)) < MIN_FORMATTED_SHARE:
        return None
    new = {form: share for form, share in now.items() if form not in then}
    share = sum(new.values())
    if share < max(MIN_NEW_FORMAT_SHARE, both.then.slack if known else 0.0) or share < 0.5 * total_variation(then, now):
        return None
    common, usual = max(new, key=lambda form: new[form]), max(then, key=lambda form: then[form])
    example = next((label for label in both.now.labels if form_of(label) == common), common)
    before = next((label for label in both.then.labels if form_of(label) == usual), usual)
    sentence = (
        f"{percent(share)} of the values of {origin} are written like {example!r} since {evidence.first_run(origin)} "
        f"(before like {before!r}): the format changed"
    )
    figures = {"format": example, "format_before": before, "share": round(share, 6)}
    # One new label may be of a new form by accident; letters for digits are rather other codes than another format.
    digits = "9" in common and "9" in usual
    labels = sum(label not in both.then.labels and form_of(label) == common for label in both.now.labels)
    several = (labels if known else new[common] * both.now.values) >= MIN_LABELS
    score = 0.95 if digits and several else 0.75 if several else 0.65
    # A part of the rows in another format is a fault that goes on; all of them are the new format.
    return Fit(
        score, sentence, figures, brief=f"a new format such as {example!r}", event=share >= MIN_SHARE_OF_ALL_VALUES
    )


def form_of(text: str) -> str:
    """Return the text's format: runs of digits, upper-case and lower-case letters become one sign each.

    Example:
        >>> form_of("2013-05-01"), form_of("May 1"), form_of("05/01/2013")
        ('9-9-9', 'Aa 9', '9/9/9')
    """
    return "".join(sign for sign, _ in groupby(_sign(character) for character in text))


def _sign(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character


def formats(labels: Mapping[str, float]) -> dict[str, float]:
    """Return the share of each format among the labels."""
    found: dict[str, float] = {}
    for label, share in labels.items():
        form = form_of(label)
        found[form] = found.get(form, 0.0) + share
    return found


def _cover(shares: Mapping[str, float]) -> float:
    return sum(sorted(shares.values(), reverse=True)[:3])
