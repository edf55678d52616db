"""What a run should hold and lacks is a finding: tables, stages and checks; and what is whole is silent."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import UsageError
from stageprint.model import Finding, Severity
from stageprint.model.outcomes import CompareOutcome
from stageprint.pipeline.check import check
from stageprint.pipeline.compare import compare
from stageprint.pipeline.marks import Marks
from stageprint.pipeline.merge import merge
from stageprint.pipeline.notify import plan_alerts
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.ports import EngineVersions
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.alerts import RememberingSink
from tests.support.memory_engine import MemoryEngine, profiled_store

DAYS = shop.days(6)
LAST = DAYS[-1]
YAML = """\
pipeline: shop
store: nowhere
stages:
  - name: raw
    tables:
      - {name: orders, source: {table: a}, keys: [order_id]}
      - {name: countries, source: {table: b}, keys: [country], checks: [{row_count: {min: 5}}, {not_null: [tax]}]}
  - name: joined
    upstream: [raw]
    tables:
      - name: sales
        source: {table: c}
        keys: [order_id]
        checks: [{key_coverage: {key: country, references: raw.countries, severity: warning}}]
        columns: {theta: [country]}
  - name: features
    upstream: [joined]
    tables:
      - {name: prices, source: {table: d}, keys: [order_id]}
      - {name: items, source: {table: e}}
"""
CONFIG = parse_config(YAML)
TABLES = 5
"""Tables of the pipeline."""
COUNTRIES = pa.table(
    {
        "country": list(shop.COUNTRIES),
        "currency": ["EUR", "EUR", "GBP", "EUR", "PLN"],
        "tax": [0.19, 0.2, 0.2, 0.22, 0.23],
    }
)


def run_of(day: str, countries: pa.Table = COUNTRIES) -> dict[str, pa.Table]:
    """Return a run's tables; the sales are the orders, left-joined with the countries."""
    orders = shop.orders(day)
    sales = orders.join(countries, "country", join_type="left outer").sort_by("order_id")
    return {
        "raw.orders": orders,
        "raw.countries": COUNTRIES,
        "joined.sales": sales,
        "features.prices": sales.select(["order_id", "price"]),
        "features.items": sales.select(["items", "express"]),
    }


@pytest.fixture(scope="module")
def before() -> MemoryStore:
    """Every day but the last profiled and compared."""
    store = profiled_store(CONFIG, {day: run_of(day) for day in DAYS[:-1]})
    compare(CONFIG, DAYS[:-1], store=store)
    return store


@pytest.fixture
def store(before: MemoryStore) -> MemoryStore:
    return before.copy()


def last(
    store: MemoryStore,
    lacking: tuple[str, ...] = (),
    *,
    config: PipelineConfig = CONFIG,
    skip: tuple[str, ...] = (),
    rows: dict[str, pa.Table] | None = None,
    **more: Any,
) -> CompareOutcome:
    """Profile and compare the last day.

    Args:
        store: The store.
        lacking: Tables that cannot be read.
        config: The pipeline.
        skip: Tables, as ``stage.table``, that are not profiled.
        rows: The day's tables; None: healthy ones.
        more: Handed on to `compare`.
    """
    held = {name: table for name, table in (rows or run_of(LAST)).items() if name not in lacking}
    for stage, table in config.select():
        if f"{stage.name}.{table.name}" not in skip:
            engine = MemoryEngine({LAST: held})
            profile(config, [LAST], engine=engine, store=store, stages=[stage.name], tables=[table.name])
    return compare(config, [LAST], store=store, **more)


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.severity.value, finding.cause, str(finding.origin)) for finding in findings]


def with_missing(text: str) -> PipelineConfig:
    return parse_config(f"{YAML}decision: {{missing: {text}}}\n")


def test_whole_runs_are_silent_and_say_how_many_tables_were_compared(before: MemoryStore, store: MemoryStore) -> None:
    assert Results(before).findings() == []
    outcome = last(store)
    assert outcome.findings == []
    coverage = outcome.coverage[LAST]
    assert (len(coverage.expected), coverage.profiled, coverage.missing, coverage.learning) == (TABLES, TABLES, (), ())
    assert coverage.sentence == ""


def test_a_table_that_was_not_profiled_is_critical_and_fails_the_command(store: MemoryStore) -> None:
    outcome = last(store, skip=("raw.countries",))
    (finding,) = outcome.findings
    assert told(outcome.findings) == [("critical", "table_missing", "raw.countries")]
    assert outcome.exit_status() == 1
    assert (finding.first_run, finding.confidence, finding.finding_class) == (LAST, 1.0, "pipeline")
    assert finding.sentence == (
        f"raw.countries was not profiled in this run and is not judged: last profiled in run {DAYS[-2]}."
    )
    assert finding.evidence == {
        "tables": ["raw.countries"],
        "last_profiled": DAYS[-2],
        "checks_lost": 2,
        "tables_expected": TABLES,
    }
    assert outcome.coverage[LAST].sentence == "1 of 5 tables is missing: raw.countries (not profiled)"
    (stored,) = Results(store).findings(LAST)
    assert (stored["cause"], stored["stage"], stored["table"], stored["column"]) == (
        "table_missing",
        "raw",
        "countries",
        None,
    )


def test_a_table_that_could_not_be_read_names_the_error(store: MemoryStore) -> None:
    outcome = last(store, ("raw.countries",))
    assert told(outcome.findings) == [("critical", "table_unreadable", "raw.countries")]
    assert outcome.exit_status() == 1
    assert outcome.exit_status(None) == 3
    (finding,) = outcome.findings
    error = f"raw.countries does not exist in run {LAST}"
    assert finding.evidence["errors"] == {"raw.countries": error}
    assert finding.sentence.endswith(f": {error}.")
    assert finding.finding_class == "data"
    assert outcome.coverage[LAST].sentence == "1 of 5 tables is missing: raw.countries (could not be read)"


@pytest.mark.parametrize(
    ("lacking", "skip"),
    [((), ("features.prices", "features.items")), (("features.prices", "features.items"), ())],
    ids=["not profiled", "not readable"],
)
def test_a_whole_stage_is_one_finding(store: MemoryStore, lacking: tuple[str, ...], skip: tuple[str, ...]) -> None:
    outcome = last(store, lacking, skip=skip)
    assert told(outcome.findings) == [("critical", "stage_missing", "features")]
    (finding,) = outcome.findings
    assert finding.evidence["tables"] == ["features.prices", "features.items"]
    assert set(finding.evidence["errors"]) == set(lacking)
    assert outcome.coverage[LAST].sentence.startswith("2 of 5 tables are missing: features.prices (")
    (stored,) = Results(store).findings(LAST)
    assert (stored["stage"], stored["table"]) == ("features", ":stage")


def test_a_stage_of_one_table_is_the_stage_unless_the_table_failed(store: MemoryStore) -> None:
    other = store.copy()
    assert told(last(store, skip=("joined.sales",)).findings) == [("critical", "stage_missing", "joined")]
    assert told(last(other, ("joined.sales",)).findings) == [("critical", "table_unreadable", "joined.sales")]


def test_a_run_compared_too_early_is_healed_by_comparing_it_again(store: MemoryStore) -> None:
    assert last(store, skip=("features.prices", "features.items")).exit_status() == 1
    profile(CONFIG, [LAST], engine=MemoryEngine({LAST: run_of(LAST)}), store=store, stages=["features"])
    outcome = compare(CONFIG, [LAST], store=store)
    assert (outcome.findings, outcome.exit_status()) == ([], 0)
    assert Results(store).findings(LAST) == []


def test_what_was_never_profiled_is_missing_too(store: MemoryStore) -> None:
    late = parse_config(
        f"{YAML}  - name: serving\n    upstream: [raw]\n    tables: [{{name: log, source: {{table: f}}}}]\n"
    )
    outcome = last(store, config=late, skip=("serving.log",))
    assert told(outcome.findings) == [("critical", "stage_missing", "serving")]
    (finding,) = outcome.findings
    assert (finding.evidence["last_profiled"], finding.first_run) == (None, DAYS[0])
    assert "no earlier run has a profile either" in finding.sentence


def test_it_is_told_since_when(store: MemoryStore) -> None:
    fresh = MemoryStore("shop")
    held = {day: run_of(day) for day in DAYS}
    del held[DAYS[-2]]["raw.countries"], held[LAST]["raw.countries"]
    profile(CONFIG, DAYS, engine=MemoryEngine(held), store=fresh)
    (finding,) = compare(CONFIG, [LAST], store=fresh).findings
    assert (finding.first_run, finding.evidence["last_profiled"]) == (DAYS[-2], DAYS[-3])
    # What fails when it is profiled again does not replace what was read before.
    assert last(store).findings == []
    profile(CONFIG, [LAST], engine=MemoryEngine({LAST: {}}), store=store, tables=["countries"])
    assert compare(CONFIG, [LAST], store=store).findings == []


def test_quiet_where_it_is_right_to_be_quiet(store: MemoryStore) -> None:
    removed = parse_config(YAML.replace("      - {name: items, source: {table: e}}\n", ""))
    other, third = store.copy(), store.copy()
    assert last(store, config=removed).findings == []
    optional = parse_config(YAML.replace("items, source: {table: e}", "items, optional: true, source: {table: e}"))
    assert last(other, config=optional, skip=("features.items",)).findings == []
    # What was tried and failed is told, but wakes nobody up.
    assert told(last(third, ("features.items",), config=optional).findings) == [
        ("warning", "table_unreadable", "features.items")
    ]


def test_a_merged_run_should_hold_what_was_merged(store: MemoryStore) -> None:
    versions = EngineVersions(None, None, "UTC")
    merge(CONFIG, DAYS[:2], "week-1", store=store, versions=versions, stages=["raw"])
    merge(CONFIG, DAYS[2:4], "week-2", store=store, versions=versions, stages=["raw"], tables=["orders"])
    first = compare(CONFIG, ["week-1"], store=store)
    assert (first.findings, len(first.coverage["week-1"].expected)) == ([], 2)
    assert told(compare(CONFIG, ["week-2"], store=store).findings) == [("critical", "table_missing", "raw.countries")]


@pytest.mark.parametrize(
    ("settings", "severities", "status"),
    [
        ("{table: warning}", ["warning"], 0),
        ("{table: off, stage: critical}", [], 0),
        ("{stage: off}", ["critical"], 1),
    ],
)
def test_severities_are_configured(store: MemoryStore, settings: str, severities: list[str], status: int) -> None:
    outcome = last(store, config=with_missing(settings), skip=("raw.countries",))
    assert [finding.severity.value for finding in outcome.findings] == severities
    assert outcome.exit_status() == status
    # Whatever is done about it, it is counted.
    assert len(outcome.coverage[LAST].missing) == 1


def test_an_override_limits_the_severity_here_too(store: MemoryStore) -> None:
    calm = parse_config(f"{YAML}decision: {{overrides: [{{table: countries, severity_at_most: review}}]}}\n")
    assert told(last(store, config=calm, skip=("raw.countries",)).findings) == [
        ("review", "table_missing", "raw.countries")
    ]


def test_what_a_missing_table_does_to_those_behind_it_is_explained_by_it(store: MemoryStore) -> None:
    gone = run_of(LAST, COUNTRIES.slice(0, 0))
    alone = last(store.copy(), rows=gone).findings
    assert alone
    assert all(str(finding.origin).startswith("joined.sales") for finding in alone)
    outcome = last(store, ("raw.countries",), rows=gone)
    assert told(outcome.findings) == [("critical", "table_unreadable", "raw.countries")]
    explained = set(outcome.findings[0].explains)
    assert explained >= {str(finding.origin) for finding in alone}


def test_another_fault_behind_a_missing_table_is_told_beside_it(store: MemoryStore) -> None:
    rows = run_of(LAST)
    for name in ("joined.sales", "features.prices"):
        table = rows[name]
        place = table.column_names.index("price")
        rows[name] = table.set_column(place, "price", pc.multiply(table["price"], 100))
    outcome = last(store, ("raw.orders",), rows=rows)
    assert told(outcome.findings) == [
        ("critical", "table_unreadable", "raw.orders"),
        ("critical", "unit_change", "joined.sales.price"),
    ]
    assert outcome.findings[1].evidence["missing_upstream"] == ["raw.orders"]
    assert outcome.findings[0].explains == ()


def test_nothing_is_hidden_behind_a_missing_table_that_is_no_finding(store: MemoryStore) -> None:
    gone = run_of(LAST, COUNTRIES.slice(0, 0))
    outcome = last(store, ("raw.countries",), rows=gone, config=with_missing("{table: off}"))
    assert outcome.findings
    assert all(finding.origin.stage == "joined" for finding in outcome.findings)
    assert all("raw.countries" in finding.evidence["missing_upstream"] for finding in outcome.findings)


def test_a_route_for_a_table_gets_the_finding_of_its_stage(store: MemoryStore) -> None:
    last(store, skip=("features.prices", "features.items"))
    sink = RememberingSink()
    routes = [sink.route(tables=["features.items"]), sink.route(tables=["orders"])]
    planned, _ = plan_alerts(CONFIG, Results(store), routes)
    assert [one.to for one in planned] == ["remember (notify[0])"]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("express", "No table of stage features (prices, items) was profiled in this run"),
        # Where the sentence may name a sensitive column, nothing of it is sent; the rule matches all the same.
        ("items", "features: stage missing since 2026-03-07 (details are left out"),
    ],
)
def test_a_missing_stage_is_told_where_columns_are_sensitive(store: MemoryStore, column: str, said: str) -> None:
    items = "items, source: {table: e}"
    private = parse_config(YAML.replace(items, f"{items}, columns: {{sensitive: [{column}]}}"))
    last(store, config=private, skip=("features.prices", "features.items"))
    routes = [RememberingSink().route(tables=["features.items"])]
    ((planned,), _) = plan_alerts(private, Results(store), routes)
    (found,) = planned.alert.findings
    (incident,) = planned.alert.incidents
    assert found["sentence"].startswith(said)
    assert incident["sentence"].startswith(said)


def test_what_was_not_looked_at_cannot_be_accepted(store: MemoryStore) -> None:
    (finding,) = last(store, skip=("raw.countries",)).findings
    with pytest.raises(UsageError, match=r"\(table_missing\) cannot be accepted: it is about what was not looked at"):
        Marks(store).accept(finding.finding_id)


def test_check_alone_says_that_it_could_not_check_a_table(store: MemoryStore) -> None:
    last(store, skip=("raw.countries",))
    outcome = check(CONFIG, [LAST], store=store)
    assert outcome.exit_status() == 3
    assert [(str(table.key), table.error) for table in outcome.failed] == [
        ("raw.countries", "not profiled in this run")
    ]


def with_checks(checks: str) -> PipelineConfig:
    return parse_config(YAML.replace("items, source: {table: e}", f"items, source: {{table: e}}, checks: [{checks}]"))


def test_checks_that_cannot_be_computed_are_one_warning_a_table(store: MemoryStore) -> None:
    config = with_checks("{pattern: {column: items, regex: a}}, {unique: [express]}, {key_unique: {}}")
    outcome = last(store, config=config)
    assert told(outcome.findings) == [("warning", "check_not_computable", "features.items")]
    (finding,) = outcome.findings
    assert finding.evidence["number"] == 2
    assert finding.sentence == (
        "2 declared checks of features.items could not be computed: pattern of features.items.items (the column is "
        "bigint, not text), and 1 more."
    )
    assert (outcome.exit_status(), outcome.exit_status(Severity.WARNING)) == (1, 1)  # `unique` fails


def test_it_is_told_since_when_a_check_cannot_be_computed(store: MemoryStore) -> None:
    config = with_checks("{pattern: {column: items, regex: a}}")
    compare(config, DAYS[3:-1], store=store)
    (finding,) = last(store, config=config).findings
    assert (str(finding.origin), finding.first_run) == ("features.items.items", DAYS[3])


def test_a_check_that_needs_an_earlier_run_is_quiet_in_the_first() -> None:
    config = parse_config(
        YAML.replace("{row_count: {min: 5}}", "{key_coverage: {references: raw.countries, run: previous}}")
    )
    store = profiled_store(config, {DAYS[0]: run_of(DAYS[0])})
    outcome = compare(config, DAYS[:1], store=store)
    assert [check.reason for check in outcome.checks if check.status == "not_computable"]
    assert outcome.findings == []


def test_checks_of_nothing_are_for_the_digest() -> None:
    config = with_checks("{accepted_range: {column: discount, min: 0}}")
    days = {day: run_of(day) for day in DAYS}
    for rows in days.values():
        rows["features.items"] = rows["features.items"].append_column(
            "discount", pa.nulls(rows["features.items"].num_rows, pa.float64())
        )
    always = profiled_store(config, days)
    outcome = compare(config, DAYS, store=always)
    assert {(one.severity.value, one.cause) for one in outcome.findings} == {("review", "check_not_computable")}


def test_checks_are_figures_of_the_finding_that_began_where_they_are(store: MemoryStore) -> None:
    config = with_checks("{accepted_range: {column: items, min: 0}}")
    rows = run_of(LAST)
    rows["features.items"] = rows["features.items"].set_column(
        0, "items", pa.nulls(rows["features.items"].num_rows, pa.int64())
    )
    outcome = last(store, config=config, rows=rows)
    (finding,) = outcome.findings
    assert str(finding.origin).startswith("features.items")
    assert finding.cause != "check_not_computable"
    (named,) = finding.evidence["checks_not_computable"]
    assert (named["check"], named["at"]) == ("accepted_range", "features.items.items")


def test_a_query_that_nobody_could_run_is_told_although_it_runs_last(store: MemoryStore) -> None:
    config = with_checks("{custom_sql: {sql: SELECT 1 AS x}}")
    outcome = last(store, config=config)
    assert told(outcome.findings) == [("warning", "check_not_computable", "features.items")]
    assert "needs a session" in outcome.findings[0].sentence
    assert [row["cause"] for row in Results(store).findings(LAST)] == ["check_not_computable"]
    healed = compare(config, [LAST], store=store, run_sql=lambda *_: [])
    assert (healed.findings, Results(store).findings(LAST)) == ([], [])
