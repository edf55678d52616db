"""Whether anything can be said of a run: was it profiled to the end, and compared since."""

from __future__ import annotations

from enum import Enum


class RunState(str, Enum):
    """What the store knows of a run. Only a run that is `CURRENT` may be called free of findings."""

    CURRENT = "current"
    """Compared to the end, and not profiled again since."""
    NOT_COMPARED = "not compared"
    """Profiled, and never compared to the end."""
    STALE = "stale"
    """Profiled again after it was compared: its findings are those of another profile."""
    COMPARISON_INTERRUPTED = "comparison interrupted"
    """A comparison began and did not end: its results may be those of two comparisons."""
    PROFILE_INTERRUPTED = "profile interrupted"
    """Profiling began and did not end: its profiles may be those of two states of the data."""

    @property
    def sentence(self) -> str:
        """What it means, as the end of a sentence that begins with the run."""
        return _SENTENCES[self]

    @property
    def remedy(self) -> str:
        """The command that makes the run current: ``profile`` or ``compare``; empty for a run that is."""
        if self is RunState.CURRENT:
            return ""
        return "profile" if self is RunState.PROFILE_INTERRUPTED else "compare"


_SENTENCES = {
    RunState.CURRENT: "has been compared",
    RunState.NOT_COMPARED: "has not been compared yet",
    RunState.STALE: "was profiled again after it was compared",
    RunState.COMPARISON_INTERRUPTED: "was being compared, and the comparison did not end",
    RunState.PROFILE_INTERRUPTED: "was being profiled, and the profile did not end",
}
