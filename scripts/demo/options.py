"""Switches that change how a stage computes, for incidents that cannot be planted in its output."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """How a stage is computed; the defaults are the correct way."""

    drop_unknown_planes: bool = False
    """The planes join is an inner join."""
    planes_twice: bool = False
    """The planes table that is joined still holds an old snapshot of every third plane."""
    nulls_as_zero: bool = False
    """Serving fills every missing number with 0."""
    late_departures_only: bool = False
    """Serving averages delays as if early departures had left on time."""
    dest_as_name: bool = False
    """Serving writes the name of the destination instead of its code."""
    previous_model: bool = False
    """Serving scores with the model of the previous run."""
