"""The outcome itself became more or less frequent."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import pair
from stageprint.diagnosis.shares import label_distance
from stageprint.model import ColumnKey
from stageprint.model.figures import percent


class LabelDrift(Cause):
    """The outcome itself became more or less frequent.

    The labels are the same, written as before, but their shares changed: more fraud, fewer cancellations. A
    classifier's scores, and thresholds chosen for the old shares, no longer fit.

    Signature: the column is declared as the table's label. It holds the same labels as before with about as many nulls,
    but their shares moved beyond chance and beyond what is usual.

    Told apart from: `category_reencoded`, `category_missing` and `unseen_category`: the labels themselves change;
    `null_spike`: values are lost; `concept_drift`: quality changes, and the labels are as frequent as ever.

    Check:
        - Make sure that the labels are complete: outcomes that arrive late look like fewer positives.
        - Split the shares by segment and by week: one campaign or one product often explains the change.
        - Ask whether the definition of the outcome changed.

    Fix: If the change is genuine, check calibration and thresholds, and retrain if they are off. If the definition
    changed, rebuild the labels of the training period by the same rule.

    Evidence:
        shares: label → [share before, share now], 0–1, largest growth first.

    Source: Storkey 2009 (prior probability shift); Lipton, Wang & Smola 2018 (label shift).

    Example:
        >>> from stageprint.diagnosis.example import evidence_of, flag, table_profile
        >>> from stageprint.model import ColumnKey, TableKey
        >>> key, label = TableKey("raw", "t"), ColumnKey("raw", "t", "late")
        >>> runs = {str(run): {key: table_profile(key, {"late": [i < late for i in range(1000)]})}
        ...     for run, late in ((1, 200), (2, 350))}
        >>> evidence = evidence_of(runs, {"raw": ()}, [flag(label, "true_share")], answers={label: "label"})
        >>> LabelDrift().explain(evidence, label).evidence["shares"]
        {'true': [0.2, 0.35], 'false': [0.8, 0.65]}
    """

    name: ClassVar[str] = "label_drift"
    family: ClassVar[Family] = "population"
    of_business: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the shares of the labels."""
        both = pair(evidence, origin) if evidence.graph.answer(origin) == "label" else None
        if both is None or len(both.then.labels) < 2 or both.then.labels.keys() != both.now.labels.keys():
            return None
        if abs(both.missing_change) >= both.missing_step or label_distance(both) <= both.label_noise:
            return None
        shares = {
            name: [round(side.labels[name], 6) for side in (both.then, both.now)]
            for name in sorted(both.now.labels, key=lambda name: both.then.labels[name] - both.now.labels[name])
        }
        name, (before, after) = next(iter(shares.items()))
        sentence = (
            f"The label {origin} is {name!r} in {percent(after)} of rows since {evidence.first_run(origin)} "
            f"(before {percent(before)}), with the same labels as ever: the outcome itself became more frequent"
        )
        return Fit(0.76, sentence, {"shares": shares}, finding_class="population", brief="a drift of the label")
