"""The history of a Delta table, by delta-rs."""

from __future__ import annotations

from typing import Any, Final

from deltalake import DeltaTable

from stageprint.pipeline.source_history import MAX_COMMITS, commit_rows

_MAX_LATER_COMMITS: Final = 200
"""Commits after the version that was profiled, beyond which the history is not read."""


def delta_history(path: str, version: int) -> list[dict[str, Any]] | None:
    """Return the commits up to a version, as entries of `table_profiles.source_history`; None: they cannot be known.

    delta-rs counts versions back from the one that is loaded, whatever was committed since: so the latest is loaded,
    and what was read counts only if it still is the latest afterwards.

    Args:
        path: The table.
        version: The version that was profiled.
    """
    try:
        table = DeltaTable(path)
        latest = table.version()
        if latest - version > _MAX_LATER_COMMITS:
            return None
        entries = table.history(latest - version + MAX_COMMITS)
        table.update_incremental()
        return commit_rows(entries, version) if table.version() == latest else None
    except Exception:  # noqa: BLE001 -- delta-rs raises exceptions of no common class; a profile needs no history
        return None
