"""The latest commits of a Delta table, as they are kept beside its profile: who wrote it, by what, with which library.

Of a commit's parameters only the mode is kept: predicates and paths in them may hold values.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from stageprint.redact import redacted

MAX_COMMITS: Final = 20
"""Commits that are kept of a table, the latest ones."""

_MAX_TEXT_CHARS: Final = 200


def commit_rows(entries: Iterable[Mapping[str, Any]], version: int) -> list[dict[str, Any]]:
    """Return commits as entries of `table_profiles.source_history`, the latest first.

    Args:
        entries: Entries of a Delta table's history, with the keys of Delta's ``commitInfo`` and ``version``;
            `timestamp` in milliseconds since 1970.
        version: The version that was profiled; later commits are left out.
    """
    known = sorted(
        (one for one in entries if one.get("version") is not None and 0 <= one["version"] <= version),
        key=lambda one: -int(one["version"]),
    )
    return [_row(one) for one in known[:MAX_COMMITS]]


def _row(entry: Mapping[str, Any]) -> dict[str, Any]:
    parameters = entry.get("operationParameters") or {}
    mode = parameters.get("mode") if isinstance(parameters, Mapping) else None
    operation = _text(entry.get("operation"))
    return {
        "version": int(entry["version"]),
        "committed_at": _moment(entry.get("timestamp")),
        "operation": operation if mode is None or operation is None else f"{operation} ({str(mode).lower()})",
        "user": _text(entry.get("userName") or entry.get("userId")),
        "job": _text(_of(entry, "job", "jobName") or _of(entry, "job", "jobId")),
        "notebook": _text(_of(entry, "notebook", "notebookId")),
        "engine": _text(entry.get("engineInfo")),
    }


def _of(entry: Mapping[str, Any], name: str, key: str) -> Any:
    inside = entry.get(name)
    return inside.get(key) if isinstance(inside, Mapping) else None


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else redacted(str(value))[:_MAX_TEXT_CHARS]


def _moment(milliseconds: Any) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(int(milliseconds) / 1000, dt.timezone.utc)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
