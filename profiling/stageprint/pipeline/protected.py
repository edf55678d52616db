"""Runs that are kept whatever their age, because people or later comparisons refer to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from stageprint.errors import UsageError
from stageprint.model.manifest import Manifest
from stageprint.pipeline.compare.baseline import Baseline
from stageprint.pipeline.manifests import is_being_written, read_manifests
from stageprint.pipeline.marks import Marks
from stageprint.ports import ProfileStore


@dataclass(frozen=True, slots=True)
class Protection:
    """Why runs are not removed.

    Attributes:
        marked: Run → why it is kept: a person marked it, accepted a shift that began in it, or pinned it as a baseline.
        being_written: Run → since when a command has been writing it, in words.
    """

    marked: Mapping[str, str]
    being_written: Mapping[str, str]


def protection(store: ProfileStore) -> Protection:
    """Return why runs of a store are not removed.

    Args:
        store: The store itself, not one that hides rows.

    Raises:
        StoreError: The store cannot be read.
    """
    manifests = read_manifests(store)
    running = {one.run_id: _since(one) for one in manifests if is_being_written(one)}
    return Protection(_marked(Marks(store), manifests), running)


def _marked(marks: Marks, manifests: Sequence[Manifest]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in manifests:
        pinned = Baseline(one.baseline or "auto").run
        if pinned is not None and pinned != one.run_id:
            found[pinned] = f"run {one.run_id} was compared with it as its baseline"
    for column, accepted in sorted(marks.accepted.items()):
        found[accepted.through] = f"the accepted shift of {column} is the usual level up to it"
        found[accepted.first] = f"the accepted shift of {column} began in it"
    found |= {run: f"it is marked as bad: {reason}" for run, reason in marks.bad.items()}
    return found


def require_no_writer(store: ProfileStore) -> None:
    """Raise `UsageError` while a command writes to the store: it may need files that nobody refers to yet.

    Args:
        store: The store itself, not one that hides rows.
    """
    running = [one for one in read_manifests(store) if is_being_written(one)]
    if running:
        first = running[0]
        message = (
            f"--now deletes files that a running command may need, and run {first.run_id} is {_since(first)} "
            f"({first.kind.value} by {first.writer or 'an unknown process'}): wait until it has ended, or leave out "
            "--now"
        )
        raise UsageError(message)


def lost_marks(store: ProfileStore, runs: Collection[str]) -> list[str]:
    """Return what later comparisons lose by the removal of runs, in sentences.

    Args:
        store: The store itself, not one that hides rows.
        runs: The runs.
    """
    notes = []
    for column, accepted in sorted(Marks(store).accepted.items()):
        if accepted.first in runs:
            notes.append(
                f"run {accepted.first} began the accepted shift of {column}: without it, earlier runs are references "
                "of the column again, and its accepted level may be reported once more"
            )
    pinned: dict[str, list[str]] = {}
    for one in read_manifests(store):
        run = Baseline(one.baseline or "auto").run
        if run in runs and one.run_id not in runs:
            pinned.setdefault(str(run), []).append(one.run_id)
    notes += [
        f"run {run} is the baseline of {len(set(users)):,} other runs: they can no longer be compared with it"
        for run, users in sorted(pinned.items())
    ]
    return notes


def _since(manifest: Manifest) -> str:
    return f"being written since {manifest.started_at.astimezone(dt.timezone.utc):%Y-%m-%d %H:%M} UTC"
