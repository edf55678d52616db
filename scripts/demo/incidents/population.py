"""A change that is no fault and must not be called one."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd

from scripts.demo.incidents.base import Context, TableIncident, register


@register
class PopulationShift(TableIncident):
    """Carrier EV (short flights, often late) grows from day to day, to three times its flights by month's end."""

    name = "population_shift"
    family = "population"
    default_stage = "raw"
    targets: ClassVar = {"raw": ("flights", "carrier")}

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Add flights of the carrier under unused flight numbers: same hours, weather, fleet and delays."""
        grown = [frame]
        for shift in (3000, -3000):  # EV's own numbers are 3255-6181, so both ranges are free
            share = frame["day"].to_numpy(dtype=np.float64) / context.month.days
            chosen = (frame[column] == "EV").to_numpy(dtype=bool) & (context.rng.random(len(frame)) < share)
            added = frame[chosen]
            grown.append(added.assign(flight=added["flight"] + shift))
        return pd.concat(grown, ignore_index=True)
