"""``stageprint incidents``: one file for each of its commands; without one, it lists them."""

from __future__ import annotations

from stageprint.cli.command import Group

incidents = Group(
    __name__,
    """List incidents; acknowledge, accept or resolve them.

    An incident is one problem across all the runs that have it. `stageprint incidents` alone means `stageprint
    incidents list`.
    """,
    place=61,
    default="list",
)
