"""Tells what can be said of runs: whether they were profiled to the end, and compared since."""

from __future__ import annotations

from collections.abc import Sequence

from stageprint.model.manifest import Manifest, ManifestKind
from stageprint.model.run_state import RunState
from stageprint.pipeline.manifests import counting_profiles, manifests_of
from stageprint.ports import ProfileStore


def run_states(store: ProfileStore, runs: Sequence[str]) -> dict[str, RunState]:
    """Return whether anything can be said of runs that were profiled.

    A run is compared if it was with any baseline: the comparison that ended last counts. A comparison that was stopped
    leaves the one before it as it was.

    Args:
        store: The store itself, not one that hides rows.
        runs: The runs.
    """
    return {run: _state(of_run) for run, of_run in manifests_of(store, runs).items()}


def _state(manifests: Sequence[Manifest]) -> RunState:
    profiles = [one for one in manifests if one.kind is ManifestKind.PROFILE]
    if any(not one.finished and not _made_good(one, profiles) for one in profiles):
        return RunState.PROFILE_INTERRUPTED
    comparisons = [one for one in manifests if one.kind is ManifestKind.COMPARISON]
    ended = [one for one in comparisons if one.finished]
    if not ended:
        return RunState.COMPARISON_INTERRUPTED if comparisons else RunState.NOT_COMPARED
    latest = max(ended, key=lambda one: one.started_at)
    if latest.made_from != counting_profiles(manifests):
        return RunState.STALE
    stopped = any(
        one.kind is ManifestKind.CHECKS and not one.finished and one.made_from == latest.manifest_id
        for one in manifests
    )
    return RunState.COMPARISON_INTERRUPTED if stopped else RunState.CURRENT


def _made_good(stopped: Manifest, profiles: Sequence[Manifest]) -> bool:
    """Tell whether all tables that a stopped profile was to write have been profiled since."""
    later = [one for one in profiles if one.finished and one.started_at > stopped.started_at]
    since = frozenset().union(*(one.tables | one.failed_tables for one in later))
    return bool(stopped.tables) and stopped.tables <= since
