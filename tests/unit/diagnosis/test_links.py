"""Which upstream node is the cause of a flagged one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag, table_profile
from stageprint.diagnosis.links import MAX_COLUMNS_DIAGNOSED, link
from stageprint.diagnosis.localise import localise
from stageprint.model import TABLE_LEVEL, ColumnKey, Severity, TableKey
from tests.unit.diagnosis.chains import chain, origins
from tests.unit.diagnosis.scenarios import with_nulls


def computed(upstream: Mapping[str, str]) -> Evidence:
    """Return the evidence of a computed feature that went null, with these flags upstream."""
    rng = np.random.default_rng(8)
    raw, late = TableKey("raw", "t"), TableKey("features", "t")
    lost = rng.random(3000) < 0.3
    values = {name: rng.normal(50, 9, 3000) for name in ("x", "z")}
    then = {raw: table_profile(raw, {"x": values["x"]}), late: table_profile(late, {"z": values["z"]})}
    empty = with_nulls(values["x"], lost) if "null_share" in upstream.values() else values["x"] + 5 * (values["x"] > 50)
    now = {raw: table_profile(raw, {"x": empty}), late: table_profile(late, {"z": with_nulls(values["z"], lost)})}
    shifts = [flag(ColumnKey("raw", "t", column), statistic) for column, statistic in upstream.items()]
    shifts.append(flag(ColumnKey("features", "t", "z"), "null_share"))
    return evidence_of({"1": then, "2": now}, {"raw": (), "features": ("raw",)}, shifts)


@pytest.mark.parametrize(
    ("upstream", "origins_then"),
    [
        ({"x": "null_share"}, {"raw.t.x"}),
        ({TABLE_LEVEL: "stale"}, {"raw.t"}),
        ({"x": "ks"}, {"raw.t.x", "features.t.z"}),
    ],
    ids=["nulls", "table", "another shift"],
)
def test_nulls_of_a_computed_feature_follow_what_leaves_nulls(
    upstream: Mapping[str, str], origins_then: set[str]
) -> None:
    assert set(origins(computed(upstream))) == origins_then


@pytest.mark.parametrize("severity", [Severity.NONE, Severity.WARNING])
def test_nulls_do_not_come_from_a_namesake_without(severity: Severity) -> None:
    rng = np.random.default_rng(12)
    raw, late = TableKey("raw", "t"), TableKey("features", "t")
    usual, now = rng.normal(50, 9, 3000), rng.normal(50, 9, 3000)
    moved = np.where(now > 50, now + 3 * rng.random(3000), now)
    lost = with_nulls(usual, rng.random(3000) < 0.3)
    then = {key: table_profile(key, {"x": usual}) for key in (raw, late)}
    evidence = evidence_of(
        {"1": then, "2": {raw: table_profile(raw, {"x": moved}), late: table_profile(late, {"x": lost})}},
        {"raw": (), "features": ("raw",)},
        [flag(ColumnKey("raw", "t", "x"), severity=severity), flag(ColumnKey("features", "t", "x"), "null_share")],
    )
    assert set(origins(evidence)) == {"raw.t.x", "features.t.x"}


def test_a_faint_parent_is_not_followed() -> None:
    rng = np.random.default_rng(9)
    raw, late = TableKey("raw", "t"), TableKey("features", "t")
    then = {key: table_profile(key, {"x": rng.normal(50, 9, 3000)}) for key in (raw, late)}
    now = {key: table_profile(key, {"x": rng.normal(50, 9, 3000) * 1000}) for key in (raw, late)}
    faint = flag(ColumnKey("raw", "t", "x"), effect=0.1, severity=Severity.NONE)
    evidence = evidence_of(
        {"1": then, "2": now}, {"raw": (), "features": ("raw",)}, [faint, flag(ColumnKey("features", "t", "x"))]
    )
    assert "features.t.x" in origins(evidence)


def test_a_faint_parent_is_not_the_origin_of_an_alerting_child() -> None:
    flagged = {"raw": {"x": "ks"}, "joined": {"x": "ks"}}
    severities = {"raw.x": Severity.NONE}
    assert origins(chain(flagged, severities=severities, effects={"raw.x": 1.0, "joined.x": 8.0}))[0] == "joined.t.x"
    assert origins(chain(flagged, severities=severities, effects={"raw.x": 3.0, "joined.x": 8.0})) == ["raw.t.x"]


def test_a_computed_column_goes_with_what_was_flagged_before_it() -> None:
    flagged = {"joined": {"x": "ks"}, "features": {"bucket": "ks"}}
    assert origins(chain(flagged)) == ["joined.t.x"]
    # It was bad two runs before anything upstream was.
    assert set(origins(chain(flagged, since={"features.bucket": ("3", "4")}))) == {"features.t.bucket", "joined.t.x"}


def test_files_alone_are_no_trouble() -> None:
    assert localise(chain({"raw": {TABLE_LEVEL: "files"}})) == []


def test_an_added_column_explains_no_shift() -> None:
    evidence = chain({"raw": {TABLE_LEVEL: "schema_added", "x": "ks"}})
    assert set(origins(evidence)) == {"raw.t", "raw.t.x"}


def test_trouble_of_the_table_explains_its_columns_and_what_is_behind() -> None:
    evidence = chain(
        {"raw": {TABLE_LEVEL: "rows"}, "joined": {"x": "ks", TABLE_LEVEL: "rows"}, "features": {"y": "ks"}}
    )
    (incident,) = localise(evidence)
    assert str(incident.origin) == "raw.t"
    assert [str(node) for node in incident.explains] == ["joined.t", "joined.t.x", "features.t.y"]


def test_more_columns_than_are_looked_at() -> None:
    names = tuple(f"c{number:03d}" for number in range(MAX_COLUMNS_DIAGNOSED + 40))
    columns = {"raw": (*names, *(f"quiet{number}" for number in range(600))), "joined": ("z",), "features": ("z",)}
    effects = {f"raw.{name}": float(1 + number) for number, name in enumerate(names)}
    (incident,) = localise(chain({"raw": dict.fromkeys(names, "ks")}, columns=columns, effects=effects))
    assert str(incident.origin) == "raw.t"
    assert len(incident.explains) == len(names)
    evidence = chain({"raw": {TABLE_LEVEL: "rows", **dict.fromkeys(names, "ks")}}, columns=columns, effects=effects)
    assert link(evidence).origins == (ColumnKey("raw", "t", TABLE_LEVEL),)
    every = {"raw": names}
    (whole,) = localise(chain({"raw": dict.fromkeys(names, "ks")}, columns=every, effects=effects))
    assert str(whole.origin) == "raw.t"
    assert len(whole.explains) == len(names)
