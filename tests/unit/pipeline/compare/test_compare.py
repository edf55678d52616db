"""`compare` without Spark: references, baselines, what is written, what earlier runs and people leave behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stageprint.config.decision import DecisionSettings
from stageprint.config.loader import parse_config
from stageprint.errors import UsageError
from stageprint.model import TABLE_LEVEL, TableKey
from stageprint.model.result_tables import CALIBRATION, FINDINGS, SHIFTS
from stageprint.model.where import where
from stageprint.pipeline.compare import MemoryLimits, compare
from stageprint.pipeline.compare.decided import DecidedTable
from stageprint.pipeline.compare.planning import References
from stageprint.pipeline.compare.strategy import ComparisonRequest, InProcess
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine, profiled_store
from tests.support.progress import Recorded
from tests.support.stores import forget

DAYS = shop.days(8)
LOST, MENDED, CENTS = DAYS[5:]
"""Features lose a fifth of the rows; all is well again; prices are in cents from the source on."""

CHECKED = shop.yaml(Path("nowhere")) + "        checks: [{retention: {min_share: 1.0}}]\n"
CONFIG = parse_config(CHECKED)
MADE = TableKey("features", "order_features")


def in_cents(table: pa.Table) -> pa.Table:
    return table.set_column(table.column_names.index("price"), "price", pc.multiply(table["price"], 100))


def rows() -> dict[str, dict[str, pa.Table]]:
    return shop.tables(DAYS, {(LOST, "features"): shop.lose_a_fifth, (CENTS, "raw"): in_cents})


@pytest.fixture(scope="module")
def profiled() -> MemoryStore:
    return profiled_store(CONFIG, rows())


@pytest.fixture(scope="module")
def compared_once(profiled: MemoryStore) -> MemoryStore:
    store = profiled.copy()
    compare(CONFIG, DAYS, store=store)
    return store


@pytest.fixture
def store(profiled: MemoryStore) -> MemoryStore:
    """Every day profiled, none compared."""
    return profiled.copy()


@pytest.fixture
def compared(compared_once: MemoryStore) -> MemoryStore:
    """Every day compared, with all defaults."""
    return compared_once.copy()


def findings(store: MemoryStore, run: str | None = None) -> list[tuple[str, str, str, str]]:
    return [(row["run_id"], row["severity"], row["cause"], row["stage"]) for row in Results(store).findings(run)]


def shifts(store: MemoryStore, run: str | None = None, baseline: str = "auto") -> list[dict[str, Any]]:
    of_baseline = where(baseline=baseline)
    found = store.read(SHIFTS, of_baseline if run is None else of_baseline & where(run_id=run))
    found = found.drop_columns(["manifest_id"]).to_pylist()  # unique to each command
    place = ("run_id", "stage", "table_name", "slice_value", "column_name", "statistic")
    return sorted(found, key=lambda row: [str(row[name]) for name in place])


def test_each_fault_is_one_finding_where_it_began_and_healthy_days_are_silent(compared: MemoryStore) -> None:
    assert findings(compared) == [
        (CENTS, "critical", "unit_change", "raw"),
        (LOST, "critical", "join_lost_rows", "features"),
    ]
    cents, lost = Results(compared).findings()
    assert (cents["table"], cents["column"], cents["first_run"]) == ("orders", "price", CENTS)
    assert cents["explains"] == ["features.order_features.price"]
    assert (lost["table"], lost["column"], lost["first_run"]) == (MADE.table, None, LOST)
    (failed,) = lost["evidence"]["failed_checks"]
    assert (failed["check"], failed["at"]) == ("retention", str(MADE))


def test_a_flagged_run_is_no_reference_of_the_next(compared: MemoryStore) -> None:
    # Against the faulty run itself, the mended one looks as if its keys had moved.
    assert findings(compared, MENDED) == []
    kept = next(row for row in shifts(compared, MENDED) if row["statistic"] == "retention")
    residuals = {entry["reference"]: entry["value"] for entry in kept["references"]}
    assert residuals["prev"] == pytest.approx(0, abs=1e-9)
    outcome = compare(CONFIG, [MENDED], store=compared, baseline=f"run:{LOST}")
    pinned = next(row for row in shifts(compared, MENDED, f"run:{LOST}") if row["statistic"] == "retention")
    (entry,) = pinned["references"]
    assert abs(entry["value"]) > 0.1
    assert outcome.store == "memory"


def test_a_pinned_run_tells_what_a_join_lost_and_healthy_days_are_silent(store: MemoryStore) -> None:
    lost = compare(CONFIG, [LOST], store=store, baseline=f"run:{DAYS[0]}").findings
    assert [(one.cause, one.origin.table, one.severity.value) for one in lost] == [
        ("join_lost_rows", MADE.table, "warning")
    ]
    assert "(retention 80.0 %, before 100.0 %)" in lost[0].sentence
    for healthy in DAYS[1:4]:
        assert compare(CONFIG, [healthy], store=store, baseline=f"run:{DAYS[0]}").findings == []


def test_the_first_run_has_nothing_to_be_compared_with(store: MemoryStore) -> None:
    outcome = compare(CONFIG, DAYS[:1], store=store)
    note = f"run {DAYS[0]} has no earlier run to compare with: only rules that need no history applied"
    assert (outcome.notes, outcome.findings) == ([note], [])
    assert compare(CONFIG, DAYS[1:2], store=store).notes == []


def test_runs_are_compared_oldest_first_whatever_their_order(store: MemoryStore, compared: MemoryStore) -> None:
    progress = Recorded()
    outcome = compare(CONFIG, DAYS[::-1], store=store, progress=progress)
    assert shifts(store) == shifts(compared)
    assert outcome.shifts == len(shifts(store))
    columns = {(row["run_id"], row["table_name"], row["column_name"]) for row in shifts(store)}
    assert outcome.compared == len([name for _, _, name in columns if name != TABLE_LEVEL])
    words = {LOST: "1 critical", CENTS: "1 critical"}
    assert progress.steps[len(DAYS) :] == [
        *(f"{run}: {words.get(run, 'nothing found')}" for run in DAYS),
        "written to memory",
    ]
    assert progress.phases == [(len(DAYS), "runs to check"), (len(DAYS), "runs"), (1, "writing findings")]
    assert progress.closed == 1


def test_one_run_after_the_other_and_all_at_once_come_to_the_same(store: MemoryStore, compared: MemoryStore) -> None:
    for run in DAYS:
        compare(CONFIG, [run], store=store)
    assert_same(shifts(store), shifts(compared))
    assert findings(store) == findings(compared)


def test_comparing_again_writes_the_same_rows_and_leaves_other_runs_alone(compared: MemoryStore) -> None:
    before = {table: compared.read(table) for table in (SHIFTS, FINDINGS, CALIBRATION)}
    compare(CONFIG, [LOST, CENTS], store=compared)
    for table, expected in before.items():
        names = [
            name for name in table.arrow_schema.names if name not in {"found_at", "manifest_id", "references", "top"}
        ]
        order = [(name, "ascending") for name in ("run_id", "stage", "column_name", "statistic") if name in names]
        chosen = [name for name in names if not pa.types.is_nested(table.arrow_schema.field(name).type)]
        found = compared.read(table).select(chosen).sort_by(order)
        assert found.equals(expected.select(chosen).sort_by(order)), table.name


@pytest.mark.parametrize(
    ("baseline", "references"),
    [
        ("previous", {"prev"}),
        (f"run:{DAYS[1]}", {f"run:{DAYS[1]}"}),
        ("window:3", {"window:3"}),
        ("stage:raw", {"stage:raw"}),
    ],
)
def test_a_named_baseline_is_compared_with_and_keeps_its_own_rows(
    compared: MemoryStore, baseline: str, references: set[str]
) -> None:
    automatic = shifts(compared)
    outcome = compare(CONFIG, DAYS[3:5], store=compared, baseline=baseline)
    found = shifts(compared, baseline=baseline)
    # What is compared with the run before alone, such as a schema, is so under every baseline.
    named = {entry["reference"] for row in found for entry in row["references"]}
    assert references <= named <= references | {"prev"}
    assert {row["run_id"] for row in found} == set(DAYS[3:5])
    assert outcome.shifts == len(found)
    assert shifts(compared) == automatic
    # The raw stage feeds the features, and is not compared with itself.
    assert ({row["stage"] for row in found} == {"features"}) == (baseline == "stage:raw")


def test_a_stage_is_compared_with_its_source_in_the_same_run(store: MemoryStore) -> None:
    changed = rows()
    changed[MENDED]["features.order_features"] = in_cents(changed[MENDED]["features.order_features"])
    profile(CONFIG, [MENDED], engine=MemoryEngine(changed), store=store)
    (finding,) = compare(CONFIG, [MENDED], store=store, baseline="stage:raw").findings
    assert (str(finding.origin), finding.cause) == (f"{MADE}.price", "unit_change")
    assert compare(CONFIG, [CENTS], store=store, baseline="stage:raw").findings == []


@pytest.mark.parametrize(
    ("runs", "baseline", "message"),
    [
        (["2026-03-77"], "auto", "run '2026-03-77' is not in the store"),
        (DAYS[:1], "run:2026-03-99", "baseline run '2026-03-99' is not in the store"),
        (DAYS[:1], "stage:rw", "did you mean 'raw'"),
        (DAYS[:1], "yesterday", "baseline 'yesterday' is none of auto, previous"),
    ],
)
def test_a_wrong_name_is_said(store: MemoryStore, runs: list[str], baseline: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        compare(CONFIG, runs, store=store, baseline=baseline)
    assert not store.exists(SHIFTS)


@pytest.mark.parametrize(("column", "hint"), [("pricee", "price"), ("countrys", "country"), ("item", "items")])
def test_an_override_that_names_no_column_is_refused(store: MemoryStore, column: str, hint: str) -> None:
    overrides = [{"table": "orders", "column": column, "ignore": True}]
    lost = CONFIG.model_copy(update={"decision": DecisionSettings.model_validate({"overrides": overrides})})
    with pytest.raises(UsageError, match=rf"overrides\[0\].column: expected a column of orders.*mean '{hint}'"):
        compare(lost, DAYS[:1], store=store)


def test_an_override_silences_the_column_it_names(store: MemoryStore) -> None:
    overrides = [{"column": "price", "ignore": True}]
    quiet = CONFIG.model_copy(update={"decision": DecisionSettings.model_validate({"overrides": overrides})})
    compare(quiet, DAYS, store=store)
    assert findings(store) == [(LOST, "critical", "join_lost_rows", "features")]


def test_a_failed_table_is_told_and_the_others_are_compared(store: MemoryStore) -> None:
    without = rows()
    del without[DAYS[4]]["features.order_features"]
    forget(store, DAYS[4])
    profile(CONFIG, DAYS[4:5], engine=MemoryEngine(without), store=store)
    outcome = compare(CONFIG, DAYS[:5], store=store)
    assert [(one.run_id, one.key, one.status) for one in outcome.failed] == [(DAYS[4], MADE, "failed")]
    assert outcome.failed[0].error == f"{MADE} does not exist in run {DAYS[4]}"
    assert [(one.run_id, one.cause) for one in outcome.findings] == [(DAYS[4], "table_unreadable")]
    assert (outcome.exit_status(), outcome.exit_status(None)) == (1, 3)
    assert {row["stage"] for row in shifts(store, DAYS[4])} == {"raw"}
    # Its next run is compared with the last one that has it.
    (lost,) = compare(CONFIG, [LOST], store=store).findings
    assert (lost.cause, lost.evidence["reference_run"], str(lost.origin)) == ("join_lost_rows", DAYS[3], str(MADE))
    of_features = [row for row in shifts(store, LOST) if row["stage"] == "features"]
    assert any(entry["reference"] == "prev" for row in of_features for entry in row["references"])
    assert {row["statistic"] for row in of_features if row["severity"] == "critical"} == {"rows_kept"}


SLICED = parse_config(
    shop.yaml(Path("nowhere")).replace(
        "event_time: ordered_at\n", "event_time: ordered_at\n        slices: [{by: country, values: [DE, IT]}]\n", 1
    )
)


def zero_in_italy(table: pa.Table) -> pa.Table:
    """Return orders a third of whose Italian prices, a thirtieth of all, are 0."""
    chosen = pc.and_(pc.equal(table["country"], "IT"), pa.array(np.arange(table.num_rows) % 3 == 0))
    prices = pc.if_else(chosen, 0.0, table["price"])
    return table.set_column(table.column_names.index("price"), "price", prices)


def test_a_finding_that_begins_in_a_slice_names_it() -> None:
    third = DAYS[2]
    store = profiled_store(SLICED, shop.tables(DAYS[:3], {(third, "raw"): zero_in_italy}))
    (finding,) = compare(SLICED, [third], store=store).findings
    assert str(finding.origin) == "raw.orders [country = IT].price"
    assert finding.evidence["slice"] == {"key": "country", "value": "IT"}
    assert finding.sentence.startswith("In slice country = IT: ")
    (stored,) = Results(store).findings()
    assert (stored["slice_key"], stored["slice_value"], stored["column"]) == ("country", "IT", "price")
    flagged = [row for row in shifts(store, third) if row["severity"] in {"warning", "critical"}]
    assert {(row["table_name"], row["slice_key"], row["slice_value"]) for row in flagged} == {
        ("orders", "country", "IT")
    }
    # Another stage has no slices to be compared with.
    compare(SLICED, [third], store=store, baseline="stage:raw")
    assert {row["slice_key"] for row in shifts(store, baseline="stage:raw")} == {None}


class NothingKept(InProcess):
    """Decides in this process, as if a run's decisions were too many to keep."""

    def keeps_in_memory(self, columns: int) -> bool:
        del columns
        return False


@pytest.mark.parametrize(
    ("strategy", "earlier"),
    [(InProcess(), DAYS[:5]), (NothingKept(), DAYS[:3])],
    ids=["decisions kept", "not kept, and the run before was not compared"],
)
def test_little_memory_comes_to_the_same(store: MemoryStore, strategy: InProcess, earlier: list[str]) -> None:
    compare(CONFIG, earlier, store=store)
    other = store.copy()
    together = compare(CONFIG, [LOST, CENTS], store=store)
    small = MemoryLimits(columns_per_read=1, columns_diagnosed_at_once=1)
    apart = compare(CONFIG, [LOST, CENTS], store=other, strategy=strategy, limits=small)
    assert len(together.findings) > 1
    assert [finding.sentence for finding in apart.findings] == [finding.sentence for finding in together.findings]
    assert (apart.shifts, apart.compared) == (together.shifts, together.compared)
    assert_same(shifts(other), shifts(store))


STILL = parse_config(
    "pipeline: shop\nstore: nowhere\nstages: [{name: raw, tables: [{name: prices, source: {table: prices}}]}]\n"
)


def prices(run: str) -> pa.Table:
    """Return prices that are the same every day, but that on the fourth half of them are −1 and the labels gone."""
    ids, broken = np.arange(500), run == DAYS[3]
    return pa.table(
        {
            "id": ids,
            "price": np.where(broken & (ids % 2 == 0), -1.0, ids * 37 % 1009 / 10),
            "pieces": ids % 7 + (run == DAYS[1]),
            "label": pa.array([None if broken else f"c{number % 5}" for number in ids], pa.string()),
        }
    )


def test_scores_are_stored_and_calibrate_later_runs() -> None:
    store = profiled_store(STILL, {run: {"raw.prices": prices(run)} for run in DAYS[:4]})
    compare(STILL, DAYS[:3], store=store)
    compare(STILL, DAYS[3:4], store=store)
    plain = {_unit(row): row for row in shifts(store, DAYS[3])}
    stored = store.read(CALIBRATION).to_pylist()
    assert {row["run_id"] for row in stored} == set(DAYS[1:4])  # the first had nothing to be compared with
    assert sum(row["scores"] for row in stored if (row["run_id"], row["statistic"]) == (DAYS[3], "ks")) > 0
    # As if columns of such short histories had been compared a million times, and never moved.
    never = [{**row, "scores": 1_000_000, "backtests": 2, "top": [], "alerting_scores": []} for row in stored]
    store.replace(CALIBRATION, CALIBRATION.rows(never), where(run_id=DAYS))
    compare(STILL, DAYS[3:4], store=store)
    found = {_unit(row): row for row in shifts(store, DAYS[3])}
    changed = [
        row for unit, row in found.items() if row["score"] and abs(row["p_value"] / plain[unit]["p_value"] - 1) > 0.1
    ]
    assert changed
    assert all(row["p_value"] >= 0.99 * 10 ** -(row["score"] + 2) for row in changed)


def test_profiles_without_compact_features_are_compared_by_their_states(
    store: MemoryStore, compared: MemoryStore
) -> None:
    # A store whose first run is older than compact features, and whose second run is of another release.
    old = {DAYS[0]: (None, None), DAYS[1]: (b"\x00", 999)}
    for run, (features, version) in old.items():
        kept = store.read(column_profiles(), where(run_id=run)).to_pylist()
        other = [{**row, "compact_features": features, "compact_features_version": version} for row in kept]
        store.replace(column_profiles(), column_profiles().rows(other), where(run_id=run))
    compare(CONFIG, DAYS[:4], store=store)
    assert_same(shifts(store), [row for row in shifts(compared) if row["run_id"] in DAYS[:4]])


def _unit(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["table_name"], row["column_name"], row["statistic"]


def assert_same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert len(found) == len(expected) > 100
    for one, other in zip(found, expected, strict=True):
        close = {name: pytest.approx(value, rel=1e-9) for name, value in one.items() if isinstance(value, float)}
        assert {**one, **close} == other


class Seen(InProcess):
    """Decides in this process and remembers what the runs were compared with."""

    def __init__(self) -> None:
        self.references: list[References] = []

    def decide(self, request: ComparisonRequest) -> DecidedTable:
        self.references.append(request.plan.runs)
        return super().decide(request)


def test_references_reach_as_far_back_as_configured() -> None:
    days = shop.days(34)
    store = profiled_store(STILL, {run: {"raw.prices": prices(days[0])} for run in days})
    seen = Seen()
    far = STILL.model_copy(update={"decision": DecisionSettings(long_window=31)})
    compare(far, days[-1:], store=store, strategy=seen)
    compare(STILL, days[-1:], store=store, strategy=seen, baseline="window:32")
    compare(STILL, days[-1:], store=store, strategy=seen)
    configured, named, usual = seen.references
    assert configured["long"] == tuple(days[2:33])
    assert named["window:32"] == tuple(days[1:33])
    assert usual["long"] == tuple(days[5:33])
