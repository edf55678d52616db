"""The model answers worse although nothing that it is given has changed."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.concerns import is_flagged_only_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.roles import statistics
from stageprint.model import ColumnKey, Concern, NotComputable
from stageprint.states.quality import QualityState


class ConceptDrift(Cause):
    """Prediction quality changed, but nothing that the model is given did.

    What the inputs say about the outcome has changed: customers behave differently, a market moved, fraudsters adapted.
    Repairing the pipeline does not help: the model describes a world that is gone.

    Signature: the accuracy, ROC AUC or log loss of a table moved, while none of its columns and nothing upstream did.

    Told apart from: any fault, and any shift of inputs, scores or labels: it explains a change in quality by itself;
    `wrong_model_version`: the table records another version.

    Check:
        - Make sure that the labels are complete: outcomes that arrive late make a good model look bad.
        - Compare the quality by segment and by week to see when and where it began to fall.
        - Check that everything upstream was profiled. A change in a column without a profile looks the same.

    Fix: Retrain on recent data and compare both models on the newest labelled rows. Until then, consider a fallback for
    the segments that worsened most.

    Evidence:
        auc: ROC AUC in this run.
        auc_before: ROC AUC in the reference run.
        accuracy: share of correct predictions in this run, 0–1.
        accuracy_before: the same in the reference run.
        log_loss: mean logarithmic loss in this run, in nats.
        log_loss_before: the same in the reference run.

    Source: Gama et al. 2014 (a survey on concept drift adaptation).

    Example:
        >>> from dataclasses import replace
        >>> import pyarrow as pa
        >>> from stageprint.batch.column import ColumnBatch
        >>> from stageprint.diagnosis.example import evidence_of, flag, table_profile
        >>> from stageprint.diagnosis.graph import table_node
        >>> from stageprint.model import Concern, ColumnKind, TableKey
        >>> key = TableKey("predictions", "scores")
        >>> scores = (0.9, 0.8, 0.2, 0.1)
        >>> def run(labels):
        ...     quality = QualityState()
        ...     rows = pa.array([{"label": label, "score": score} for label, score in zip(labels, scores)])
        ...     quality.update(ColumnBatch(rows, ColumnKind.OTHER))
        ...     return {key: replace(table_profile(key, {"x": [1.0]}), facts={"quality": quality})}
        >>> runs = {"1": run([True, True, False, False]), "2": run([False, True, True, False])}
        >>> evidence = evidence_of(runs, {"predictions": ()}, [flag(table_node(key), "auc")])
        >>> fit = ConceptDrift().explain(evidence, table_node(key))
        >>> fit.evidence["auc_before"], fit.evidence["auc"]
        (1.0, 0.5)
    """

    name: ClassVar[str] = "concept_drift"
    family: ClassVar[Family] = "population"
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Say how well the model answers, now and before."""
        flagged = statistics(evidence, origin)
        if not flagged or not is_flagged_only_for(evidence, origin, Concern.MODEL_QUALITY):
            return None
        now, then = evidence.table(origin.table_key), evidence.reference_table(origin.table_key)
        answers = [None if profile is None else profile.facts.get("quality") for profile in (now, then)]
        if not isinstance(answers[0], QualityState) or not isinstance(answers[1], QualityState):
            return None
        figures: dict[str, float] = {}
        told = []
        for name in ("auc", "accuracy", "log_loss"):
            value, before = (answer.figures()[name] for answer in answers if isinstance(answer, QualityState))
            if isinstance(value, NotComputable) or isinstance(before, NotComputable):
                continue
            figures |= {name: round(value, 4), f"{name}_before": round(before, 4)}
            if name in flagged:
                told.append(f"{NAMES[name]} {value:.3f}, before {before:.3f}")
        if not told:
            return None
        sentence = (
            f"The predictions of {origin} agree with the labels differently since {evidence.first_run(origin)} "
            f"({'; '.join(told)}), while nothing upstream has moved: what the inputs say about the outcome changed"
        )
        return Fit(0.7, sentence, figures, finding_class="population", brief="concept drift")


NAMES = {"auc": "ROC AUC", "accuracy": "accuracy", "log_loss": "log-loss"}
"""Figures as people call them."""
