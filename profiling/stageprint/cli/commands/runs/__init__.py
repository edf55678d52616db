"""``stageprint runs``: one file for each of its commands."""

from __future__ import annotations

from stageprint.cli.command import Group

runs = Group(
    __name__,
    """List the runs in the store, mark bad ones, or delete runs.

    A run that is marked as bad stays in the store, but no other run is compared with it.
    """,
    place=100,
)
