"""Faults planted in known rows of a small pipeline, one for each cause whose rows a query returns."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import pandas as pd

RUNS: Final = [f"2026-03-{day:02}" for day in range(1, 8)]
LAST: Final = RUNS[-1]
ROWS: Final = 2_000
TRAINED: Final = 1_200
"""Rows of a run, the first ones, that are trained on; the others are evaluated on."""

CONFIG: Final = """\
pipeline: shop
store: {root}/store
stages:
  - name: raw
    tables:
      - name: orders
        source: {{format: parquet, path: "{root}/{{run_id}}/orders.parquet"}}
        keys: [id]
        event_time: at
  - name: joined
    upstream: [raw]
    tables:
      - name: sold
        source: {{format: parquet, path: "{root}/{{run_id}}/sold.parquet"}}
        keys: [id]
  - name: training
    role: training
    upstream: [joined]
    tables:
      - {{name: train, source: {{format: parquet, path: "{root}/{{run_id}}/train.parquet"}}, keys: [id]}}
  - name: evaluation
    role: evaluation
    upstream: [joined]
    tables:
      - {{name: test, source: {{format: parquet, path: "{root}/{{run_id}}/test.parquet"}}, keys: [id]}}
  - name: predictions
    role: predictions
    upstream: [joined]
    tables:
      - name: scores
        source: {{format: parquet, path: "{root}/{{run_id}}/scores.parquet"}}
        keys: [id]
        model_version: version
        expected_model_version: "v-{{run_id}}"
"""

Tables: TypeAlias = dict[str, pd.DataFrame]


Ids: TypeAlias = Callable[[Tables, Tables], set[int]]


@dataclass(frozen=True)
class Planted:
    """A fault in known rows.

    Attributes:
        fault: Plants it in the tables of the last run, in place.
        place: The table of the finding.
        column: Its column; empty: it is about the table.
        ids: The ids of the faulty rows, from the tables before the fault and after it.
    """

    fault: Callable[[Tables], object]
    place: str
    column: str
    ids: Ids


def tables_of(run: str) -> Tables:
    """Return the tables of a healthy run."""
    day = RUNS.index(run)
    dice = random.Random(day)  # noqa: S311 -- data, no secret
    start = dt.datetime.fromisoformat(f"{run}T00:00:00+00:00")
    orders = pd.DataFrame(
        {
            "id": [day * ROWS + at for at in range(ROWS)],
            "at": pd.Series([start + dt.timedelta(seconds=43.2 * at) for at in range(ROWS)]).astype(
                "datetime64[us, UTC]"
            ),
            "price": [round(dice.lognormvariate(9, 0.5), 2) for _ in range(ROWS)],
            "country": dice.choices(["de", "fr", "pl"], [5, 3, 2], k=ROWS),
            "age": [dice.gauss(40, 9) for _ in range(ROWS)],
            "reading": [None if dice.random() < 0.2 else dice.gauss(1_000, 50) for _ in range(ROWS)],
        }
    )
    sold = orders.drop(columns=["at"])
    scores = pd.DataFrame({"id": orders["id"], "score": [dice.random() for _ in range(ROWS)], "version": f"v-{run}"})
    return {
        "orders": orders,
        "sold": sold,
        "train": sold[:TRAINED],
        "test": sold[TRAINED:],
        "scores": scores,
    }


def write(tables: Tables, folder: Path) -> None:
    """Write the tables of a run into its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)


def _every_fifth(frame: pd.DataFrame) -> pd.Series[bool]:
    return frame["id"] % 5 == 0


def _ids(frame: pd.DataFrame) -> set[int]:
    return {int(one) for one in frame["id"]}


def _fifth(name: str) -> Ids:
    return lambda before, _: _ids(before[name][_every_fifth(before[name])])


def _set(name: str, column: str, value: str | float | None) -> Callable[[Tables], object]:
    def plant(tables: Tables) -> None:
        frame = tables[name]
        tables[name] = frame.assign(**{column: frame[column].mask(_every_fifth(frame), value)})

    return plant


def _clipped(tables: Tables) -> None:
    ages = tables["orders"]["age"]
    tables["orders"] = tables["orders"].assign(age=ages.clip(upper=float(ages.quantile(0.8))))


def _constant(tables: Tables) -> None:
    tables["orders"] = tables["orders"].assign(age=39.84375)


def _filled(tables: Tables) -> None:
    tables["orders"] = tables["orders"].assign(reading=tables["orders"]["reading"].fillna(-999.0))


def _lost(tables: Tables) -> None:
    tables["sold"] = tables["sold"][~_every_fifth(tables["sold"])]


def _repeated(name: str) -> Callable[[Tables], object]:
    def plant(tables: Tables) -> None:
        frame = tables[name]
        tables[name] = pd.concat([frame, frame[_every_fifth(frame)]])

    return plant


def _key_reused(tables: Tables) -> None:
    frame = tables["orders"]
    tables["orders"] = frame.assign(id=frame["id"].mask(frame["id"] % 5 == 1, frame["id"] - 1))


def _late(tables: Tables) -> None:
    frame = tables["orders"]
    tables["orders"] = frame.assign(at=frame["at"].mask(_every_fifth(frame), frame["at"] - pd.Timedelta(days=1)))


def _overlap(tables: Tables) -> None:
    tables["test"] = pd.concat([tables["test"], tables["train"][_every_fifth(tables["train"])]])


PLANTED: Final[Mapping[str, Planted]] = {
    "clipping": Planted(
        _clipped,
        "raw.orders",
        "age",
        lambda _, after: _ids(after["orders"][after["orders"]["age"] == after["orders"]["age"].max()]),
    ),
    "constant_column": Planted(_constant, "raw.orders", "age", lambda _, after: _ids(after["orders"])),
    # More digits than a sentence shows, and a separator where it shows it.
    "default_value": Planted(_set("orders", "price", 8103.0625), "raw.orders", "price", _fifth("orders")),
    "infinite_values": Planted(_set("orders", "price", float("inf")), "raw.orders", "price", _fifth("orders")),
    "duplicated_keys": Planted(_key_reused, "raw.orders", "", _fifth("orders")),
    "duplicated_load": Planted(_repeated("orders"), "raw.orders", "", _fifth("orders")),
    "join_duplicated_rows": Planted(_repeated("sold"), "joined.sold", "", _fifth("sold")),
    "join_lost_rows": Planted(_lost, "joined.sold", "", _fifth("sold")),
    "late_data": Planted(_late, "raw.orders", "at", _fifth("orders")),
    "null_spike": Planted(_set("orders", "age", None), "raw.orders", "age", _fifth("orders")),
    "null_to_sentinel": Planted(
        _filled,
        "raw.orders",
        "reading",
        lambda before, _: _ids(before["orders"][before["orders"]["reading"].isna()]),
    ),
    "train_evaluation_overlap": Planted(_overlap, "evaluation.test", "", _fifth("train")),
    "unseen_category": Planted(_set("orders", "country", "o'x"), "raw.orders", "country", _fifth("orders")),
    "wrong_model_version": Planted(
        _set("scores", "version", f"v-{RUNS[-2]}"), "predictions.scores", "version", _fifth("scores")
    ),
}
