"""What runs are compared with, as a person names it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Baseline:
    """What runs are compared with.

    Attributes:
        text: ``auto`` (the references of the decision rule), ``previous``, ``run:ID``, ``window:N`` or ``stage:NAME``.
    """

    text: str = "auto"

    @property
    def run(self) -> str | None:
        """The one run that all are compared with; None: the baseline is another."""
        return self.text.removeprefix("run:") if self.text.startswith("run:") else None

    @property
    def stage(self) -> str | None:
        """The stage of the same run that the others are compared with; None: the baseline is another."""
        return self.text.removeprefix("stage:") if self.text.startswith("stage:") else None

    @property
    def pinned_runs(self) -> list[str]:
        """The one run that all are compared with, as a list that may be empty."""
        return [] if self.run is None else [self.run]
