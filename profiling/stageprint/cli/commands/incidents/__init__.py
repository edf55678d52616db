"""``stageprint incidents``: one file for each of its commands; without one, it lists them."""

from __future__ import annotations

from stageprint.cli.command import Group

incidents = Group(
    __name__,
    """List incidents, and say how they stand.

    An incident is one problem over all the runs in which it is seen. `stageprint incidents` alone is `stageprint
    incidents list`.
    """,
    place=61,
    default="list",
)
