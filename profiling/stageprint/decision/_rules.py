"""What the registry says of each statistic, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stageprint.decision._layout import Layout
from stageprint.shifts import Shift, all_shifts

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CONFIRMING: Mapping[str, float] = {"any": 1.5, "exchange": 0.5, "labels": 0.2}
"""`Shift.astray_with` → part of the budget for alerts by two runs, where p comes from past scores.

Two runs tell a fault from chance better than one does, so that they get most of it; what both find is found once. Which
labels there are, and that two changed places, is mostly known at once."""


@dataclass(frozen=True)
class Rules:
    """What the registry says of each statistic, by its number in the layout."""

    decides: Flags
    deterministic: Flags
    digest: Flags
    signed: Flags
    young: Flags
    stays: Floats
    delta: Floats
    omega: Floats
    critical: Floats
    gross: Floats
    freedom: Floats
    prior: Floats
    least: Floats
    companions: NDArray[np.int64]
    astray_with: NDArray[np.int64]
    astray_names: Sequence[str]
    confirming: Floats
    wobble: Floats
    contract: Floats

    @classmethod
    def of(cls, layout: Layout) -> Rules:
        known = all_shifts()
        names = layout.names["statistic"].texts.to_pylist()
        shifts = [known.get(name) for name in names]
        places = {name: place for place, name in enumerate(names)}
        named = [() if shift is None else shift.companions for shift in shifts]
        companions = np.full((len(names), max(map(len, named), default=0)), -1, dtype=np.int64)
        for place, found in enumerate(named):
            companions[place, : len(found)] = [places.get(name, -1) for name in found]

        together = [Shift.astray_with if shift is None else shift.astray_with for shift in shifts]
        astray_names, astray_with = np.unique(together, return_inverse=True)

        def flags(name: str) -> Flags:
            return np.array([shift is not None and getattr(shift, name) for shift in shifts], dtype=bool)

        def figures(name: str) -> Floats:
            found = [np.inf if shift is None else getattr(shift, name) for shift in shifts]
            return np.array([np.inf if figure is None else figure for figure in found], dtype=np.float64)

        return cls(
            decides=flags("decides") & ~flags("deterministic"),
            deterministic=flags("deterministic"),
            digest=flags("digest"),
            signed=flags("signed"),
            young=flags("young"),
            stays=figures("stays"),
            delta=figures("delta"),
            omega=figures("omega"),
            critical=figures("critical"),
            gross=figures("gross"),
            freedom=figures("freedom"),
            prior=np.nan_to_num(figures("prior"), posinf=1.0),
            least=np.nan_to_num(figures("least"), posinf=0.0),
            companions=companions,
            astray_with=astray_with,
            astray_names=astray_names.tolist(),
            confirming=np.array([CONFIRMING[name] for name in together]),
            wobble=figures("wobble"),
            contract=figures("contract"),
        )
