"""A column with one value has another one."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.pair import Pair, pair_of_runs
from stageprint.diagnosis.past_moves import change_completed, healthy_transitions
from stageprint.model import ColumnKey, Severity
from stageprint.model.figures import apart


class ConstantChanged(Cause):
    """A column that holds one value in every row now holds another one.

    A version, a currency, a flag or the name of a source was changed, on purpose or not. The finding is reported once:
    later runs are compared with the new value.

    Signature: before and now, all rows with a value hold a single value, but not the same one; it did not change in the
    last healthy runs. The finding is at most a warning: all rows of a run share the value, so a run is one observation,
    however many rows it has. If the change fell in the middle of a run, that run held both labels and reported the new
    one; the run that holds the new one alone completes the change and is shown for review.

    Told apart from: `constant_column`: the column varied before; `unseen_category`: other labels remain; a column that
    holds the run's date: it has another value in every run.

    Check:
        - Find what sets the value: a release, a configuration, the name of a file.
        - Look for other changes that began in the same run.

    Fix: If the change is intended, there is nothing to do. Otherwise restore the old value where it is set, and load
    the run again.

    Evidence:
        value: the value as text, with enough digits to tell it from the one before.
        value_before: the value before, in the same form.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> evidence, column = two_runs(["v1"] * 300, ["v2"] * 300)
        >>> ConstantChanged().explain(evidence, column).evidence
        {'value': "'v2'", 'value_before': "'v1'"}
    """

    name: ClassVar[str] = "constant_changed"
    family: ClassVar[Family] = "data"
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the one value of both runs."""
        completed = change_completed(evidence, origin)
        if completed is not None:
            old, new = map(repr, completed)
            sentence = (
                f"{origin} is {new} in every row that has a value since {evidence.first_run(origin)} "
                f"(before {old}, then both): the change that began in the run before is complete"
            )
            return Fit(0.98, sentence, {"value": new, "value_before": old}, event=True, at_most=Severity.REVIEW)
        both = pair_of_runs(evidence, origin)
        if both is None or not (both.then.constant and both.now.constant) or both.then.kind is not both.now.kind:
            return None
        if not _changed(both) or any(_changed(past) for past in healthy_transitions(evidence, origin)):
            return None
        value, before = _told(both)
        sentence = (
            f"{origin} is {value} in every row that has a value since {evidence.first_run(origin)} "
            f"(before {before}): the constant changed"
        )
        figures = {"value": value, "value_before": before}
        return Fit(0.95, sentence, figures, brief="another constant", event=True, at_most=Severity.WARNING)


def _changed(past: Pair) -> bool:
    return not (past.then.constant and past.now.constant) or _only_value(past.then) != _only_value(past.now)


def _only_value(facts: Facts) -> float | str:
    return facts.low if facts.cdf is not None else next(iter(facts.labels), "")


def _told(both: Pair) -> tuple[str, str]:
    """Return the value now and the one before, as texts that differ."""
    now, then = _only_value(both.now), _only_value(both.then)
    if isinstance(now, str) or isinstance(then, str):
        return repr(now), repr(then)
    return apart(now, then, both.now.kind)
