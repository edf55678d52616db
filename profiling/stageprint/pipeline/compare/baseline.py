"""The text of ``--baseline``, parsed."""

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
        """The run of ``run:ID``; None: another kind of baseline."""
        return self.text.removeprefix("run:") if self.text.startswith("run:") else None

    @property
    def stage(self) -> str | None:
        """The stage of ``stage:NAME``; None: another kind of baseline."""
        return self.text.removeprefix("stage:") if self.text.startswith("stage:") else None

    @property
    def window(self) -> int | None:
        """The number of runs of ``window:N``; None: another kind of baseline."""
        number = self.text.removeprefix("window:")
        return int(number) if self.text.startswith("window:") and number.isdecimal() else None

    @property
    def pinned_runs(self) -> list[str]:
        """The run of ``run:ID`` as a list of one, or an empty list."""
        return [] if self.run is None else [self.run]
