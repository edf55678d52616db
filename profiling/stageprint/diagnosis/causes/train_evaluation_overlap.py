"""Rows that were trained on are evaluated on."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.concerns import is_flagged_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.roles import beside
from stageprint.diagnosis.volume import duplicate_rows
from stageprint.features.table import Bounded, key_of_most_columns, share_in
from stageprint.model import ColumnKey, Concern, TableKey
from stageprint.model.figures import percent
from stageprint.states.theta import ThetaState


class TrainEvaluationOverlap(Cause):
    """Rows that the model was trained on are in the evaluation set.

    The model is rewarded for what it remembers. Metrics rise without the model getting better, and production does not
    show the quality that was reported.

    Signature: by the sketches of the keys, more of the evaluation set's keys are training keys than in any earlier run
    (usually none were), beyond the sketches' error bound.

    Told apart from: `temporal_leakage`: the sets share the time but not the rows.

    Check:
        - Join both sets on the key and look at the rows that are in both.
        - Check the split: a changed seed or hash, a split by row where it should be by customer, data that were
          deduplicated after the split.
        - See whether a backfill added old rows to one of the sets.

    Fix: Remove the shared rows from one set, split by a stable hash of the entity's key, and evaluate again.

    Evidence:
        training_table: the training set.
        key: the key that was compared, its columns joined by +.
        duplicate_rows: rows of the evaluation set beyond the first of each key; null: not counted.
        share: share of the evaluation set's keys that are training keys, 0–1.
        share_error: error bound of `share`, which comes from a sketch in large sets; 0: exact.
        share_lower: lower bound of that share.
        share_before: the same share in the reference run; null: unknown.

    Source: Dasgupta, Lang, Rhodes & Thaler 2016 (theta sketches).

    Example:
        >>> from stageprint.diagnosis.example import evidence_of, flag, table_profile
        >>> from stageprint.diagnosis.graph import table_node
        >>> from stageprint.model import TableKey
        >>> train, test = TableKey("train", "rows"), TableKey("test", "rows")
        >>> def run(first):
        ...     sets = {train: range(1000), test: range(first, 1400)}
        ...     return {key: table_profile(key, {"id": list(ids)}, keys=["id"]) for key, ids in sets.items()}
        >>> evidence = evidence_of(
        ...     {"1": run(1000), "2": run(900)}, {"train": (), "test": ()},
        ...     [flag(table_node(test), "never_overlapped")],
        ...     roles={"train": "training", "test": "evaluation"},
        ... )
        >>> TrainEvaluationOverlap().explain(evidence, table_node(test)).evidence["share"]
        0.2
    """

    name: ClassVar[str] = "train_evaluation_overlap"
    family: ClassVar[Family] = "evaluation"
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Count the keys that both sets have."""
        if not is_flagged_for(evidence, origin, Concern.TRAINING_OVERLAP):
            return None
        training = beside(evidence, origin.table_key, "training")
        now = None if training is None else _shared(evidence, origin.table_key, training, evidence.run_id)
        if training is None or now is None or now[1].lower <= 0:
            return None
        (name, share), rows = now, evidence.table(origin.table_key)
        run = evidence.reference_run(origin)
        before = None if run is None else _shared(evidence, origin.table_key, training, run)
        told = f", before {percent(before[1].value)}" if before is not None else ""
        between = "" if share.error == 0 else f" ({percent(share.lower)} to {percent(share.upper)})"
        sentence = (
            f"{percent(share.value)}{between} of the keys of {origin} are in {training} since "
            f"{evidence.first_run(origin)}{told}: the model is evaluated on rows it was trained on"
        )
        figures = {
            "duplicate_rows": None if rows is None else duplicate_rows(rows, name),
            "training_table": str(training),
            "key": name,
            "share": round(share.value, 6),
            "share_error": round(share.error, 6),
            "share_lower": round(share.lower, 6),
            "share_before": None if before is None else round(before[1].value, 6),
        }
        return Fit(0.97, sentence, figures, brief="rows of the training set in the evaluation set")


def _shared(evidence: Evidence, evaluation: TableKey, training: TableKey, run: str) -> tuple[str, Bounded] | None:
    """Return the key of most columns that both sets declare, and the share of evaluation keys that training has."""
    mine, theirs = evidence.table(evaluation, run), evidence.table(training, run)
    if mine is None or theirs is None:
        return None
    name = key_of_most_columns(mine.keys.keys() & theirs.keys.keys())
    one, other = (None, None) if name is None else (mine.keys[name], theirs.keys[name])
    if name is None or not isinstance(one, ThetaState) or not isinstance(other, ThetaState):
        return None
    share = share_in(one, other)
    return None if share is None else (name, share)
