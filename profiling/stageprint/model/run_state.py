"""Whether anything can be said of a run: was it profiled to the end, and compared since."""

from __future__ import annotations

from enum import Enum


class RunState(str, Enum):
    """What the store knows of a run. Only a run that is `CURRENT` may be called free of findings."""

    CURRENT = "current"
    """Compared to the end, and not profiled again since."""
    NOT_COMPARED = "not compared"
    """Profiled, and never compared."""
    STALE = "stale"
    """Profiled again after it was compared: its findings are those of another profile."""
    COMPARISON_INTERRUPTED = "comparison interrupted"
    """The first comparison began, or its checks did, and has not ended: it is running, or was stopped."""
    PROFILE_INTERRUPTED = "profile interrupted"
    """Profiling began and has not ended: it is running, or was stopped. Earlier profiles still count."""

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
    RunState.COMPARISON_INTERRUPTED: "is being compared, or its comparison was stopped",
    RunState.PROFILE_INTERRUPTED: "is being profiled, or its profiling was stopped",
}
