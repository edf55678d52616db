"""The executors' half of a comparison: columns are measured beside the ones they come from, read once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stageprint.features.compact import compact_bytes
from stageprint.model import ColumnKey, ColumnKind, ColumnProfile
from stageprint.pipeline.compare.column_measures import STATE_COLUMNS, measure_columns
from stageprint.pipeline.compare.planning import ReferencePlan
from stageprint.shifts import ColumnHistory, measure
from tests.unit.shifts.columns import column

CHILD, PARENT = ColumnKey("joined", "trips", "fare"), ColumnKey("raw", "trips", "fare")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("run_id", "stage", "table_name", "slice_key", "slice_value", "column_name")),
        ("column_position", pa.int32()),
        *((name, pa.string()) for name in ("data_type", "column_kind", "sensitive", "hash_key_id")),
        ("compact_features", pa.binary()),
        *((name, pa.binary()) for name in STATE_COLUMNS),
    ]
)
RUNS = ("1", "2", "3", "4")


def fares(run: str, *, miles: bool = False) -> ColumnProfile:
    values = np.round(np.random.default_rng(int(run)).normal(10 * int(run), 3, 1500), 1)
    return column(values * 1.609344 if miles else values, ColumnKind.FLOAT)


def stored(key: ColumnKey, run: str, profile: ColumnProfile, *, compact: bool) -> dict[str, object]:
    place = {"run_id": run, "stage": key.stage, "table_name": key.table, "column_name": key.column}
    kind = {"column_position": 0, "data_type": profile.data_type, "column_kind": profile.kind.value}
    features = compact_bytes(profile) if compact else None
    states = {} if compact else {f"states_{name}": state.to_bytes() for name, state in profile.states.items()}
    return {**place, **kind, "compact_features": features, **states}


@pytest.mark.parametrize("without", [(), ("2",), ("1", "2", "3")], ids=["all compact", "one without", "none compact"])
def test_a_group_is_measured_as_its_histories_are(without: tuple[str, ...]) -> None:
    profiles = {(key, run): fares(run, miles=(key, run) == (CHILD, "4")) for key in (CHILD, PARENT) for run in RUNS}
    del profiles[PARENT, "2"]  # a run in which the upstream stage was not profiled
    rows = [stored(key, run, profile, compact=run not in {"4", *without}) for (key, run), profile in profiles.items()]
    group = pa.Table.from_pylist(rows, SCHEMA)
    references = {"prev": ("3",), "long": ("1", "2", "3")}
    found = measure_columns(group, ReferencePlan("4", references, upstream={CHILD: PARENT}))

    history = ColumnHistory(
        CHILD,
        profiles[CHILD, "4"],
        {name: [profiles[CHILD, run] for run in runs] for name, runs in references.items()},
        PARENT,
        profiles[PARENT, "4"],
        {name: [profiles.get((PARENT, run)) for run in runs] for name, runs in references.items()},
    )
    order = [("stage", "ascending"), ("statistic", "ascending"), ("reference", "ascending")]
    own = found.filter(pc.equal(found["stage"], "joined")).sort_by(order)
    assert own.equals(measure([history]).sort_by(order))
    by_name = {(row["statistic"], row["reference"]): row for row in own.to_pylist()}
    assert by_name["upstream_ks", "prev"]["value"] > 0.9
    assert by_name["upstream_foreign", "long"]["reason"] == "needs 3 earlier runs with the upstream column, has 2"
    # A column at a source has nothing above it.
    sources = found.filter(pc.equal(found["stage"], "raw"))["statistic"].to_pylist()
    assert not any(name.startswith("upstream_") for name in sources)
