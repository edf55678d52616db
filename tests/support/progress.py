"""A progress that remembers what it was told."""

from __future__ import annotations

from dataclasses import dataclass, field

from stageprint.model.outcomes import TableOutcome


@dataclass
class Recorded:
    """What a command said of its progress.

    Attributes:
        phases: Total and name of each phase.
        steps: Each step: a few words, or ``run stage.table status``.
        closed: How often it was closed.
    """

    phases: list[tuple[int, str]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    closed: int = 0

    def start(self, total: int, what: str) -> None:
        """Note a phase."""
        self.phases.append((total, what))

    def advance(self, step: TableOutcome | str) -> None:
        """Note a step."""
        self.steps.append(step if isinstance(step, str) else f"{step.run_id} {step.key} {step.status}")

    def close(self) -> None:
        """Note the end."""
        self.closed += 1
