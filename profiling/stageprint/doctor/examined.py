"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Health = Literal["ok", "missing", "failed", "unknown"]
"""``ok``: it works. ``missing``: it is not there. ``failed``: it is there and does not work. ``unknown``: not tried."""


@dataclass(frozen=True)
class Examined:
    """One thing that was looked at.

    Attributes:
        name: What it is.
        health: Whether it works.
        found: What was found, such as a version.
        needed: Whether the configuration (without one: stageprint itself) needs it.
        why: What needs it, or what it would be good for.
        advice: What to do where it does not work.
    """

    name: str
    health: Health
    found: str
    needed: bool
    why: str = ""
    advice: str = ""

    @property
    def is_problem(self) -> bool:
        """Whether it is needed and does not work."""
        return self.needed and self.health in {"missing", "failed"}
