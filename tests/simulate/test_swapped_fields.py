"""Two fields of a struct that changed places, from rows to the finding."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from scripts.yardsticks.judging import alerts, judge
from scripts.yardsticks.profiles import config_of, profiled


def places(seed: int, *, swapped: bool) -> pa.Table:
    rng = np.random.default_rng([21, seed])
    names = ("lon", "lat") if swapped else ("lat", "lon")
    values = rng.uniform(25, 48, 1500), rng.uniform(-120, -70, 1500)
    fields = [pa.array(values[names.index(name)]) for name in ("lat", "lon")]
    return pa.table({"place": pa.StructArray.from_arrays(fields, names=["lat", "lon"]), "size": rng.gamma(2, 1, 1500)})


def test_swapped_fields_of_a_struct_are_one_finding() -> None:
    runs = {f"2026-01-{day:02}": {"shops": places(day, swapped=day == 9)} for day in range(1, 10)}
    config = config_of("shop", ["shops"])
    found = {run: alerts(findings) for run, findings in judge(config, profiled(config, runs), list(runs))}
    assert [run for run, told in found.items() if told] == ["2026-01-09"]
    (alert,) = found["2026-01-09"]
    assert (alert.cause, alert.critical) == ("column_swapped", True)
    assert {alert.column} < {"place.lat", "place.lon"}
