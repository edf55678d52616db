"""What is said of a run besides its findings: nothing to compare it with, a gap before it, sources read in part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stageprint.pipeline.cadence import gap_note
from stageprint.pipeline.stored_profiles import StoredProfiles


def remarks(
    run: str, known: Sequence[Mapping[str, Any]], profiles: StoredProfiles, *, has_references: bool
) -> Iterator[str]:
    """Yield a sentence for each.

    Args:
        run: The run.
        known: Rows of `runs`.
        profiles: The store's profiles.
        has_references: Whether any column is compared with an earlier run.
    """
    if not has_references:
        yield f"run {run} has no earlier run to compare with: only rules that need no history applied"
    gap = gap_note(known, run)
    if gap is not None:
        yield gap
    for key, error in profiles.incomplete(run).items():
        yield f"run {run}: {key} is judged by the rows that could be read: {error}"
