"""What the steps of the two pipelines read and compute, column by column, as their code does it.

A column that is not named here is taken from the first input that has one of its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from scripts.demo.model import CATEGORIES, NUMBERS


@dataclass(frozen=True)
class Step:
    """What makes a table.

    Attributes:
        inputs: The tables that it reads, as ``stage.table``; the first wins where several have a column of one name.
        computed: Column → the columns that its values are computed from, as ``stage.table.column``.
        rows: Columns that decide only which rows there are: what tables are joined and filtered by.
    """

    inputs: Sequence[str]
    computed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rows: Sequence[str] = ()


def _of(table: str, *columns: str) -> tuple[str, ...]:
    return tuple(f"{table}.{column}" for column in columns)


_RAW: Final = ("raw.flights", "raw.weather", "raw.planes", "raw.airports")
_JOINS: Final = (
    *_of("raw.flights", "origin", "time_hour", "tailnum", "dest"),
    *_of("raw.weather", "origin", "time_hour"),
    *_of("raw.planes", "tailnum"),
    *_of("raw.airports", "faa"),
)


def _features(flights: str, plane_year: str, zone: str) -> dict[str, Sequence[str]]:
    return {
        "hour": _of(flights, "time_hour"),
        "weekday": _of(flights, "time_hour"),
        "plane_age": (f"{flights}.year", plane_year),
        "dest_tz_shift": (zone,),
        "scheduled_departures": _of(flights, "flight"),
        "origin_delay_3h": _of(flights, "dep_delay"),
        "carrier_delay_24h": _of(flights, "dep_delay"),
    }


_SCORE: Final = _of("serving.serving_log", *CATEGORIES, *NUMBERS)

FLIGHTS: Final[Mapping[str, Step]] = {
    "joined.flights_joined": Step(
        _RAW,
        {
            "plane_year": _of("raw.planes", "year"),
            "plane_type": _of("raw.planes", "type"),
            **{f"dest_{name}": _of("raw.airports", name) for name in ("name", "lat", "lon", "alt", "tz")},
        },
        _JOINS,
    ),
    "features.flight_features": Step(
        ("joined.flights_joined",),
        {
            **_features("joined.flights_joined", "joined.flights_joined.plane_year", "joined.flights_joined.dest_tz"),
            "arrived_late": _of("joined.flights_joined", "arr_delay"),
        },
        _of("joined.flights_joined", "origin", "carrier", "time_hour"),
    ),
    "training.training_set": Step(("features.flight_features",), {}, _of("features.flight_features", "day")),
    "evaluation.evaluation_set": Step(("features.flight_features",), {}, _of("features.flight_features", "day")),
    "serving.serving_log": Step(
        _RAW,
        {
            **_features("raw.flights", "raw.planes.year", "raw.airports.tz"),
            "served_at": _of("raw.flights", "time_hour"),
        },
        _JOINS,
    ),
    "predictions.predictions": Step(
        ("serving.serving_log", "raw.flights"),
        {
            "score": _SCORE,
            "prediction": _SCORE,
            "model_version": (),
            "arrived_late": _of("raw.flights", "arr_delay"),
        },
    ),
}

_LINES: Final = "wide.order_lines"
_BASKETS: Final = "baskets.baskets"
_RISK: Final = _of(_BASKETS, "revenue", "quantity", "c_acctbal", "hour")

ORDERS: Final[Mapping[str, Step]] = {
    _LINES: Step(
        ("landing.lineitem", "landing.orders", "landing.customer"),
        {},
        ("landing.lineitem.l_orderkey", "landing.orders.o_orderkey", "landing.orders.o_custkey"),
    ),
    _BASKETS: Step(
        (_LINES,),
        {
            "lines": _of(_LINES, "l_linenumber"),
            "quantity": _of(_LINES, "l_quantity"),
            "revenue": _of(_LINES, "l_extendedprice", "l_discount"),
            "ship_hours": _of(_LINES, "l_shiptime", "o_ordertime"),
            "hour": _of(_LINES, "o_ordertime"),
        },
        _of(_LINES, "l_orderkey"),
    ),
    "scored.scored": Step((_BASKETS,), {"score": _RISK, "prediction": _RISK, "model_version": ()}),
}
