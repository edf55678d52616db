"""The training set reaches into the time that the evaluation set is to stand for."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.roles import beside, statistics
from stageprint.model import ColumnKey
from stageprint.model.figures import percent
from stageprint.shifts.model.time_order import TimeOrder


class TemporalLeakage(Cause):
    """The training set reaches into the time of the evaluation set.

    The model was trained on rows later than the first one it is evaluated on, so it has seen the future that it should
    predict. Its metrics are too good, and production will disappoint.

    Signature: the training set's last event is later than the evaluation set's first one, which was so in no earlier
    run.

    Told apart from: `train_evaluation_overlap`: the rows themselves are in both sets; `stale_holdout`: the evaluation
    set is older than all of the training set.

    Check:
        - Compare the dates that split the sets with the configuration of the run: one of them moved alone.
        - See whether the split turned from one by time into a random one.
        - Look for late or wrong timestamps in the set whose range grew.

    Fix: Split by time again, with a gap as long as the label's delay and the features' windows. Discard the metrics of
    this run and retrain.

    Evidence:
        training_table: the training set.
        evaluation_table: the evaluation set.
        training_until: last event time of the training set, UTC.
        evaluation_from: first event time of the evaluation set, UTC.
        share: part of the evaluation set's time range that training covers, 0–1.

    Source: Kaufman, Rosset & Perlich, "Leakage in data mining", KDD 2011.

    Example:
        >>> import datetime as dt
        >>> from stageprint.diagnosis.example import evidence_of, flag, table_profile
        >>> from stageprint.diagnosis.graph import table_node
        >>> from stageprint.model import TableKey
        >>> def days(first, last):
        ...     return {"at": [dt.datetime(2026, 1, day, tzinfo=dt.timezone.utc) for day in range(first, last + 1)]}
        >>> train, test = TableKey("train", "rows"), TableKey("test", "rows")
        >>> def run(until):
        ...     sets = {train: days(1, until), test: days(20, 24)}
        ...     return {key: table_profile(key, columns, event_time="at") for key, columns in sets.items()}
        >>> evidence = evidence_of(
        ...     {"1": run(19), "2": run(22)}, {"train": (), "test": ()}, [flag(table_node(train), "time_order")],
        ...     roles={"train": "training", "test": "evaluation"},
        ... )
        >>> TemporalLeakage().explain(evidence, table_node(train)).evidence["training_until"]
        '2026-01-22 00:00'
    """

    name: ClassVar[str] = "temporal_leakage"
    family: ClassVar[Family] = "evaluation"
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the ends of both time ranges."""
        if TimeOrder.name not in statistics(evidence, origin):
            return None
        trains = evidence.graph.role(origin.stage) == "training"
        other = beside(evidence, origin.table_key, "evaluation" if trains else "training")
        if other is None:
            return None
        training, evaluation = (origin.table_key, other) if trains else (other, origin.table_key)
        learned, evaluated = evidence.event_range(training), evidence.event_range(evaluation)
        if learned is None or evaluated is None or learned[1] <= evaluated[0]:
            return None
        span = (evaluated[1] - evaluated[0]).total_seconds()
        share = min(1.0, (learned[1] - evaluated[0]).total_seconds() / span) if span > 0 else 1.0
        until, begins = f"{learned[1]:%Y-%m-%d %H:%M}", f"{evaluated[0]:%Y-%m-%d %H:%M}"
        sentence = (
            f"Since {evidence.first_run(origin)}, {training} reaches to {until} and so covers {percent(share)} of the "
            f"time range of {evaluation}, which begins at {begins}; in every earlier run it ended before that: the "
            f"model is trained on the time that it is evaluated on (temporal leakage)"
        )
        figures = {
            "training_table": str(training),
            "evaluation_table": str(evaluation),
            "training_until": until,
            "evaluation_from": begins,
            "share": round(share, 6),
        }
        # Rows that came twice or were lost do not stretch a time range.
        return Fit(0.965, sentence, figures, brief="temporal leakage")
