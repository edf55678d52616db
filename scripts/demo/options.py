"""The switches an incident can flip inside a stage, where changing the stage's output would not do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """How a stage is computed; the defaults are the correct way."""

    drop_unknown_planes: bool = False
    """The planes join is an inner join."""
    planes_twice: bool = False
    """An old snapshot of every third plane is still in the planes table that is joined."""
    nulls_as_zero: bool = False
    """Serving fills every missing number with 0."""
    late_departures_only: bool = False
    """Serving averages delays as if whoever left early left on time."""
    dest_as_name: bool = False
    """Serving writes the destination's name for its code."""
    previous_model: bool = False
    """Serving scores with the previous run's model."""
