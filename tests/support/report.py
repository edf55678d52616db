"""A small pipeline of two runs as a store hands it to the reports, and a reader of the HTML page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any

from stageprint.config.pipeline import PipelineConfig
from stageprint.model import ColumnKey, TableKey
from stageprint.model.judged import Judged
from stageprint.model.run_state import RunState
from stageprint.report.html.data import load_report
from stageprint.report.html.page import build_view
from stageprint.report.html.render import render_report
from stageprint.report.html.views import ReportView

RUNS = ("2013-04", "2013-05")
CONFIG = """\
pipeline: shop
store: ./observability
stages:
  - name: raw
    tables:
      - {name: orders, source: {table: a}}
      - {name: customers, source: {table: b}}
  - name: training
    role: training
    upstream: [raw]
    tables: [{name: matrix, source: {table: c}}]
  - name: monthly
    role: serving
    upstream: [raw, training]
    tables: [{name: log, source: {table: d}}, {name: never_profiled, source: {table: e}}]
"""


class ReadableStore:
    """Runs, findings and check results as a store returns them; tests change them."""

    run_rows: list[dict[str, Any]]
    finding_rows: list[dict[str, Any]]
    check_results: list[dict[str, Any]]
    judged_tables: Mapping[str, dict[TableKey, Judged]] = MappingProxyType({})
    learning: Mapping[ColumnKey, int] = MappingProxyType({})

    def column_rows(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        del runs, only
        return []

    def column_courses(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        drawn = {"null_share", "distinct_count", "median", "mean", "true_share", "top_share", "severity", "statistic"}
        kept = {"run_id", "stage", "table", "column", *drawn}
        return [{name: row[name] for name in row if name in kept} for row in self.column_rows(runs, only)]

    def column_details(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        del runs, only
        return []

    def runs(self) -> list[dict[str, Any]]:
        return self.run_rows

    def findings(self, run_id: str | None = None) -> list[dict[str, Any]]:
        return [row for row in self.finding_rows if run_id in {None, row["run_id"]}]

    def check_rows(self, runs: Sequence[str]) -> list[dict[str, Any]]:
        return [row for row in self.check_results if row["run_id"] in runs]

    def judged(self, runs: Sequence[str]) -> dict[str, dict[TableKey, Judged]]:
        return {run: tables for run, tables in self.judged_tables.items() if run in runs}

    def learning_columns(self, run_id: str, only: Sequence[TableKey] | None = None) -> dict[ColumnKey, int]:
        del run_id, only
        return dict(self.learning)


class Store(ReadableStore):
    """A store of the pipeline; tests change it."""

    def __init__(self) -> None:
        self.run_rows = [{"run_id": run, "tables_profiled": 3, "tables_failed": 1} for run in (*RUNS, "2013-06")]
        self.finding_rows = [
            {
                "finding_id": "f1",
                "run_id": "2013-05",
                "severity": "critical",
                "cause": "unit_change",
                "class": "data",
                "stage": "raw",
                "table": "orders",
                "column": "price",
                "first_run": "2013-05",
                "explains": ["training.matrix.price", "training.matrix.gone", "nowhere"],
                "confidence": 0.97,
                "alternatives": ["offset"],
                "evidence": {
                    "ln_ratio": 4.605,
                    "quantiles": [1, 2.5],
                    "references": {"prev": 0.83, "window": 0.81},
                    "shifts": [
                        {"statistic": "ks", "value": 0.83, "p_value": 9.6e-10, "effect": 27.66},
                        {"statistic": "type_changed", "value": 1, "p_value": None, "effect": None},
                    ],
                    "fit": 0.9,
                    "many": list(range(20)),
                    "note": "x" * 900,
                    "missing": None,
                    "also_missing": {},
                },
                "sentence": "raw.orders.price is a hundred times what it was.",
            },
            {
                "finding_id": "f2",
                "run_id": "2013-05",
                "severity": "review",
                "cause": "row_count_drop",
                "class": "unknown",
                "stage": "raw",
                "table": "orders",
                "column": None,
                "first_run": "2013-04",
                "explains": [],
                "confidence": None,
                "alternatives": [],
                "evidence": {},
                "sentence": "raw.orders has fewer rows.",
            },
        ]
        self.check_results = []
        self.state = RunState.CURRENT
        self.asked: list[Sequence[TableKey] | None] = []
        self.column_count = 4
        bonn = {"item": "Bonn", "count": 9_000, "lower": 9_000, "upper": 9_000}
        ulm = {"item": "Ulm", "count": 9_000, "lower": 9_000, "upper": 9_000}
        self.labels = {"2013-04": [ulm, bonn], "2013-05": [bonn, ulm | {"item": "Köln"}], "2013-06": [bonn]}
        self.extra_column: dict[str, Any] | None = None

    def compared(self, runs: Sequence[str]) -> dict[str, dict[str, Any]]:
        return {run: {"columns": 131, "tables": 11, "baseline": "auto"} for run in runs}

    def states(self, runs: Sequence[str]) -> dict[str, RunState]:
        return dict.fromkeys(runs, self.state)

    def table_rows(self, runs: Sequence[str]) -> list[dict[str, Any]]:
        rows = []
        for number, run in enumerate(runs):
            for stage, table in (("raw", "orders"), ("training", "matrix"), ("monthly", "log")):
                rows.append(
                    {
                        "run_id": run,
                        "stage": stage,
                        "table": table,
                        "status": "ok",
                        "error": None,
                        "row_count": 20_000 - 2_000 * number,
                        "column_count": self.column_count,
                        "source_format": "delta",
                        "source_location": f"data/{run}/{table}",
                        "source_version": 3,
                        "source_bytes": 1536,
                        "event_time_column": "ordered_at",
                        "event_time_min": dt.datetime(2013, 5, 1, tzinfo=dt.timezone.utc),
                        "event_time_max": dt.datetime(2013, 5, 31, tzinfo=dt.timezone.utc),
                        "seconds": 1.4,
                    }
                )
            rows.append(
                {
                    "run_id": run,
                    "stage": "raw",
                    "table": "customers",
                    "status": "failed",
                    "error": "table b is not there",
                    "row_count": None,
                    "column_count": None,
                }
            )
        return rows

    def column_rows(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        self.asked.append(only)
        rows = []
        for run in runs:
            for stage, table in (("raw", "orders"), ("training", "matrix"), ("monthly", "log")):
                if only is not None and TableKey(stage, table) not in only:
                    continue
                base = {
                    "run_id": run,
                    "stage": stage,
                    "table": table,
                    "row_count": 18_000,
                    "null_share": 0.0125,
                    "distinct_count": 99.6,
                    "severity": None,
                    "statistic": None,
                    "explanation": None,
                }
                moved = run == "2013-05" and stage != "monthly"
                rows += [
                    base
                    | {
                        "column": "price",
                        "column_position": 1,
                        "data_type": "double",
                        "column_kind": "float",
                        "median": 1250.0 if moved else 12.5,
                        "mean": 13.0,
                        "min_text": "0.5",
                        "max_text": "99.5",
                        "severity": "critical" if moved else "none",
                        "explanation": "KS 0.99 against prev" if moved else None,
                    },
                    base
                    | {
                        "column": "shop",
                        "column_position": 0,
                        "data_type": "string",
                        "column_kind": "string",
                        "top_items": [{"item": "Bonn", "count": 9_000}],
                        "top_share": 0.5,
                        "min_text": "Aachen",
                        "max_text": "Zürich",
                    },
                    base
                    | {
                        "column": "seen_at",
                        "column_position": 2,
                        "data_type": "timestamp",
                        "column_kind": "timestamp",
                        "median": 1_368_662_400_000_000.0,
                        "null_share": None,
                        "distinct_count": None,
                    },
                ]
                rows.append(
                    base
                    | {
                        "column": "returned",
                        "column_position": 3,
                        "data_type": "boolean",
                        "column_kind": "boolean",
                        "true_share": 0.25,
                    }
                )
                if self.extra_column is not None:
                    rows.append(base | {"column_position": 4, "data_type": "string"} | self.extra_column)
        return rows

    def column_details(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        figures: dict[str, dict[str, Any]] = {
            "price": {
                "mean": 13.0,
                "rank_error": 0.013,
                "null_count": 225,
            },
            "shop": {"null_count": 0},
            "seen_at": {"hour_of_day": [0] * 8 + [10, 20, 30] + [0] * 13},
        }
        rows = []
        for row in self.column_rows(runs, only):
            moved = row["run_id"] == "2013-05" and row["stage"] != "monthly"
            more: dict[str, dict[str, Any]] = {
                "price": {"quantile_grid_101": [float(rank) * (100 if moved else 1) for rank in range(101)]},
                "shop": {"top_items": self.labels.get(row["run_id"])},
            }
            rows.append(row | figures.get(row["column"], {}) | more.get(row["column"], {}))
        return rows


def render(store: Store, config: PipelineConfig, run: str = "2013-05") -> str:
    return render_report(load_report(config, store, run, version="1.0"))


def view_of(store: Store, config: PipelineConfig) -> ReportView:
    return build_view(load_report(config, store, "2013-05", version="1.0"))


_VOID = {"meta", "link", "br", "input"}


class Page(HTMLParser):
    """Checks that elements nest, and keeps ids, links, text and scripts; the first script is the page's data."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.scripts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if found.get("href"):
            self.links.append(str(found["href"]))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["script"]:
            self.scripts.append(data)
        elif self.open[-1:] != ["style"]:
            self.words += data
