"""Every fault × magnitude × place where it can occur, with the right answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from scripts.demo.incidents import INCIDENTS, Context
from scripts.demo.incidents.base import Incident, TableIncident
from scripts.demo.layout import KEYS, TABLES
from scripts.demo.months import MONTHS
from scripts.incidents.faults import (
    COLUMN_FAULTS,
    OF_TABLE,
    REPEATED,
    TABLE_FAULTS,
    on,
    stale_column,
    stale_table,
    whole,
)
from scripts.incidents.flow import Change, Fault, Tables, View
from scripts.incidents.orders import landing
from stageprint.model import TABLE_LEVEL, ColumnKey, FindingClass

EVENTS = frozenset({"column_renamed", "schema_change", "type_change", "unseen_category"})
"""Causes of what happens once."""

LEVELS = ("small", "middle", "large")
DEMO = "as in the demo"

Place = tuple[str, str, str]
"""Stage, table, column."""


@dataclass(frozen=True)
class Truth:
    """The right answer about a fault.

    Attributes:
        origin: The column or table where it is planted.
        causes: Names of the causes that are right.
        finding_class: Its class.
        columns: Columns of that table that may be named, for faults in several columns; empty: only the origin's.
    """

    origin: ColumnKey
    causes: frozenset[str]
    finding_class: FindingClass
    columns: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Scenario:
    """Faults in one run, and also in the next if they last.

    Attributes:
        fault: Its name in the figures.
        level: ``small``, ``middle``, ``large``, or the one of the demo.
        faults: What is planted.
        truths: The right answers, in the same order.
        lasting: Whether the next run also has the fault, and is the run that is compared.
        detail: The names of the faults where there are several.
    """

    fault: str
    level: str
    faults: tuple[Fault, ...]
    truths: tuple[Truth, ...]
    lasting: bool = False
    detail: str = ""

    @property
    def is_event(self) -> bool:
        """Whether it is told in the run in which it begins, and is the state that the next run is compared with."""
        return all(truth.causes <= EVENTS for truth in self.truths)

    @property
    def name(self) -> str:
        """Return fault, level and place."""
        places = " + ".join(str(truth.origin) for truth in self.truths)
        detail = f": {self.detail}" if self.detail else ""
        return f"{self.fault}{detail} ({self.level}) in {places}" + (", lasting" if self.lasting else "")


_FEATURED = {
    "training": "training_set",
    "evaluation": "evaluation_set",
    "serving": "serving_log",
}
_STAGES = {"joined": "flights_joined", "features": "flight_features", **_FEATURED}


def _flights(column: str, *stages: str) -> list[Place]:
    return [(stage, _STAGES[stage], column) for stage in stages]


_NUMBERS = ("null_spike", "default_value", "clipping", "rounding", "offset")
_LABELS = ("unseen_category", "category_missing", "category_reencoded", "cut_text")
_SCORE = ("predictions", "predictions", "score")

FLIGHTS: Sequence[tuple[Sequence[str], Sequence[Place]]] = (
    (
        _NUMBERS,
        (
            ("raw", "weather", "temp"),
            *_flights("temp", "joined", "training"),
            *_flights("carrier_delay_24h", "features", "evaluation", "serving"),
            _SCORE,
        ),
    ),
    (("unit_change",), (("raw", "flights", "distance"), *_flights("distance", *_STAGES), _SCORE)),
    (("type_change",), (("raw", "weather", "dewp"), *_flights("dewp", "joined"), _SCORE)),
    (
        _LABELS,
        (
            ("raw", "planes", "manufacturer"),
            *_flights("manufacturer", "joined"),
            *_flights("dest", "features", *_FEATURED),
        ),
    ),
    (("null_to_sentinel",), (("raw", "weather", "pressure"), *_flights("seats", *_STAGES))),
    (
        ("wrong_timezone",),
        (
            ("raw", "flights", "time_hour"),
            ("raw", "weather", "time_hour"),
            *_flights("time_hour", "joined", "features", "serving"),
            ("predictions", "predictions", "time_hour"),
        ),
    ),
    (("late_rows",), (("raw", "flights", "time_hour"), ("raw", "weather", "time_hour"))),
    (
        ("constant_column",),
        (
            ("raw", "weather", "humid"),
            *_flights("humid", "joined"),
            *_flights("origin_delay_3h", "features", "serving"),
        ),
    ),
    (
        ("column_renamed", "column_dropped"),
        (
            ("raw", "flights", "sched_arr_time"),
            *_flights("arr_time", "joined"),
            ("predictions", "predictions", "prediction"),
        ),
    ),
    (
        ("keys_reused",),
        tuple(
            (stage, table, "+".join(KEYS))
            for stage, table in {"raw": "flights", **_STAGES, "predictions": "predictions"}.items()
        ),
    ),
    (("join_lost_rows", "join_duplicated_rows"), (*_flights("tailnum", "joined"), *_flights("dest", "serving"))),
    (
        tuple(TABLE_FAULTS),
        (
            ("raw", "flights", ""),
            ("raw", "weather", ""),
            *_flights("", *_STAGES),
            ("predictions", "predictions", ""),
        ),
    ),
)

ORDERS: Sequence[tuple[Sequence[str], Sequence[Place]]] = (
    (
        _NUMBERS,
        (
            ("landing", "lineitem", "l_weight"),
            ("landing", "customer", "c_acctbal"),
            ("wide", "order_lines", "l_weight"),
            ("baskets", "baskets", "l_weight"),
            ("scored", "scored", "score"),
        ),
    ),
    (("infinite_values",), (("landing", "lineitem", "l_weight"), ("wide", "order_lines", "l_weight"))),
    (
        ("unit_change",),
        (
            ("landing", "lineitem", "l_extendedprice"),
            ("wide", "order_lines", "l_extendedprice"),
            ("baskets", "baskets", "revenue"),
            ("scored", "scored", "score"),
        ),
    ),
    (
        ("type_change", "constant_column"),
        (("landing", "lineitem", "l_tax"), ("wide", "order_lines", "l_tax"), ("scored", "scored", "score")),
    ),
    (
        _LABELS,
        (
            ("landing", "lineitem", "l_shipmode"),
            ("landing", "orders", "o_orderpriority"),
            ("wide", "order_lines", "l_shipmode"),
            ("baskets", "baskets", "c_mktsegment"),
            ("scored", "scored", "c_mktsegment"),
        ),
    ),
    (
        ("null_to_sentinel",),
        (
            ("landing", "customer", "c_acctbal"),
            ("wide", "order_lines", "c_acctbal"),
            ("baskets", "baskets", "c_acctbal"),
        ),
    ),
    (
        ("wrong_timezone",),
        (
            ("landing", "orders", "o_ordertime"),
            ("wide", "order_lines", "o_ordertime"),
            ("baskets", "baskets", "o_ordertime"),
            ("scored", "scored", "o_ordertime"),
        ),
    ),
    (("late_rows",), (("landing", "orders", "o_ordertime"),)),
    (
        ("column_renamed", "column_dropped"),
        (
            ("landing", "lineitem", "l_shipinstruct"),
            ("wide", "order_lines", "l_shipinstruct"),
            ("scored", "scored", "prediction"),
        ),
    ),
    (
        ("keys_reused",),
        (
            ("landing", "orders", "o_orderkey"),
            ("landing", "lineitem", "l_orderkey+l_linenumber"),
            ("wide", "order_lines", "l_orderkey+l_linenumber"),
            ("baskets", "baskets", "l_orderkey"),
            ("scored", "scored", "l_orderkey"),
        ),
    ),
    (("join_lost_rows", "join_duplicated_rows"), (("wide", "order_lines", "o_custkey"),)),
    (
        tuple(TABLE_FAULTS),
        (
            ("landing", "orders", ""),
            ("landing", "lineitem", ""),
            ("wide", "order_lines", ""),
            ("baskets", "baskets", ""),
            ("scored", "scored", ""),
        ),
    ),
)

_PLAIN = {
    "join_drop": "join_lost_rows",
    "join_duplicate": "join_duplicated_rows",
    "truncation": "precision_loss",
    "rounding": "precision_loss",
    "format_change": "category_reencoded",
    "duplicate_keys": "duplicated_load",
    "stalled_ingestion": "stale_table",
    "stale_feature": "stale_column",
    "train_eval_overlap": "train_evaluation_overlap",
    "eval_population": "evaluation_population",
    "eval_missing_recent": "partial_load",
    "skew_null_handling": "null_to_sentinel",
    "skew_encoding": "category_reencoded",
}
"""Incident of the demo → the name of its cause, where the two differ."""

_COLUMN = {"wrong_model_version": "model_version", "skew_encoding": "dest"}
_COLUMNS = {
    "skew_null_handling": {"temp", "wind_speed", "visib", "precip", "pressure", "plane_age", "seats", "engines"}
    | {"dest_tz_shift", "origin_delay_3h", "carrier_delay_24h"},
    "skew_aggregation": {"origin_delay_3h", "carrier_delay_24h"},
}
"""Incidents in how a stage is computed → the columns where they show."""

_OF_WHOLE_TABLE = frozenset({"eval_missing_recent", "temporal_leakage", "train_eval_overlap", "eval_population"})
"""Incidents with a target column that concern the whole table."""


def single(plan: Sequence[tuple[Sequence[str], Sequence[Place]]], sources: Sequence[str]) -> Iterator[Scenario]:
    """Yield one fault at every magnitude in every place of a plan."""
    for names, places in plan:
        for name in names:
            for level, label in enumerate(LEVELS):
                if name == "column_dropped" and level != 1:
                    continue
                for place in places:
                    fault, truth = planted(name, place, level, sources)
                    yield Scenario(name, label, (fault,), (truth,))


def planted(name: str, place: Place, level: int, sources: Sequence[str]) -> tuple[Fault, Truth]:
    """Return a fault in a place, with the right answer."""
    stage, table, column = place
    finding_class: FindingClass = "data" if stage in sources else "pipeline"
    if name in TABLE_FAULTS:
        causes, of_table = TABLE_FAULTS[name]
        change, shown = whole(table, of_table, level), TABLE_LEVEL
        if name in REPEATED and stage not in sources:
            causes |= {"join_duplicated_rows"}
    else:
        causes, of_column = COLUMN_FAULTS[name]
        change, shown = on(table, column, of_column, level), TABLE_LEVEL if name in OF_TABLE else column
    seed = crc32(f"{name}/{place}/{level}".encode())
    columns = {column, f"{column}_2", column.upper(), "new_name", TABLE_LEVEL} if "column_" in name else set()
    truth = Truth(ColumnKey(stage, table, shown), causes, finding_class, frozenset(columns))
    return Fault(stage, change, seed=seed), truth


def demo() -> Iterator[Scenario]:
    """Yield the incidents of the demo, in every stage where they can occur."""
    for name, incident in INCIDENTS.items():
        for stage in incident.stages:
            table, column = _demo_target(name, incident, stage)
            causes = frozenset({_PLAIN.get(name, name)})
            if name == "duplicate_keys" and stage != "raw":
                causes |= {"join_duplicated_rows"}
            finding_class: FindingClass = "data" if stage == "raw" else "pipeline"
            if name == "population_shift":
                finding_class = "population"
            truth = Truth(
                ColumnKey(stage, table, column), causes, finding_class, frozenset(_COLUMNS.get(name, set())) | {column}
            )
            fault = Fault(stage, _demo_change(incident), incident.options, crc32(f"{name}/{stage}".encode()))
            yield Scenario(f"demo: {name}", DEMO, (fault,), (truth,))


def _demo_target(name: str, incident: Incident, stage: str) -> tuple[str, str]:
    if isinstance(incident, TableIncident):
        table, column = incident.targets[stage]
        whole_table = name in _OF_WHOLE_TABLE or incident.family == "population"
        return table, TABLE_LEVEL if whole_table else column
    return TABLES[stage][0], _COLUMN.get(name, TABLE_LEVEL)


def _demo_change(incident: Incident) -> Change | None:
    if type(incident).apply is Incident.apply:
        return None

    def change(tables: Tables, view: View) -> Tables:
        context = Context(
            month=MONTHS[view.run],
            stage=view.stage,
            rng=view.rng,
            table=lambda stage, table: view.made[stage][table],
            previous=lambda: view.previous()[view.stage],
        )
        return incident.apply(tables, context)

    return change


def stalled(stages: Mapping[str, str]) -> Iterator[Scenario]:
    """Yield a stall of each stage; `stages` names the table that stands for it. The first stage is the source."""
    for number, (stage, table) in enumerate(stages.items()):
        truth = Truth(
            ColumnKey(stage, table, TABLE_LEVEL), frozenset({"stale_table"}), "data" if number == 0 else "pipeline"
        )
        yield Scenario("stale_table", "middle", (Fault(stage, stale_table),), (truth,))


def orders_only(series: int, runs: Sequence[str]) -> Iterator[Scenario]:
    """Yield what only the order tables can show: a stalled column of a dimension, other customers."""
    key = ColumnKey("landing", "customer", "c_acctbal")
    fault = Fault("landing", on("customer", "c_acctbal", stale_column, 1))
    yield Scenario("stale_column", "middle", (fault,), (Truth(key, frozenset({"stale_column"}), "data"),))
    lineitem = ColumnKey("landing", "lineitem", TABLE_LEVEL)
    for level, growth in zip(LEVELS, (0.1, 0.3, 0.8), strict=True):
        truth = Truth(lineitem, frozenset({"population_shift"}), "population")
        yield Scenario("population_shift", level, (Fault("landing", _moved(series, runs, growth)),), (truth,))


def _moved(series: int, runs: Sequence[str], growth: float) -> Change:
    def change(tables: Tables, view: View) -> Tables:
        del tables
        return landing(series, runs.index(view.run), growth)

    return change


def pairs(scenarios: Sequence[Scenario], count: int, seed: int) -> Iterator[Scenario]:
    """Yield two incidents at once, of the middle magnitude, in different stages and columns of different names."""
    pool = [one for one in scenarios if one.level == "middle" and len(one.faults) == 1]
    order = sorted(pool, key=lambda one: crc32(f"{seed}/{one.name}".encode()))
    made = 0
    for first, second in zip(order, order[1:] + order[:1], strict=True):
        a, b = first.truths[0].origin, second.truths[0].origin
        conspicuous = {first.fault, second.fault} & {"stale_table", "population_shift"}
        if made < count and a.stage != b.stage and a.column != b.column and not conspicuous:
            made += 1
            both = f"{first.fault} and {second.fault}"
            faults, truths = first.faults + second.faults, first.truths + second.truths
            yield Scenario("two at once", "middle", faults, truths, detail=both)
