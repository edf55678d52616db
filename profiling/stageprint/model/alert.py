"""An alert: the findings of one run that are sent to one sink."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stageprint.model.json_values import plain_json


@dataclass(frozen=True, slots=True)
class Alert:
    """What a sink sends about one run.

    Attributes:
        at: When it was made; with a time zone.
        pipeline: The pipeline.
        run_id: The run.
        findings: Findings, worst first, with the keys of `stageprint.model.finding.FINDING_KEYS`. They hold no value of
            a sensitive column.
        learning: How many columns of the run are still learning, as a sentence; None: none is, or it is not known.
    """

    at: dt.datetime
    pipeline: str
    run_id: str
    findings: Sequence[Mapping[str, Any]]
    learning: str | None = None

    def to_object(self) -> dict[str, Any]:
        """Return the alert as a JSON object: `at` as ISO 8601, `pipeline`, `run_id`, `learning` and `findings`."""
        found: dict[str, Any] = plain_json(
            {
                "at": self.at,
                "pipeline": self.pipeline,
                "run_id": self.run_id,
                "learning": self.learning,
                "findings": self.findings,
            }
        )
        return found

    def to_json(self) -> str:
        """Return the object of `to_object` as one line of strict JSON."""
        return json.dumps(self.to_object(), ensure_ascii=False, allow_nan=False)
