"""Builds run after run: computes a stage, plants its faults, writes it, and continues from what was written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scripts.demo.delta_stages import DeltaStages
from scripts.demo.errors import DemoError
from scripts.demo.frames import Tables, read_parquet, write_parquet
from scripts.demo.incidents import Context, Planted, check_previous
from scripts.demo.layout import DELTA_STAGES, STAGES, TABLES, table_path
from scripts.demo.model import LatenessModel, predictions
from scripts.demo.months import MONTHS, Month
from scripts.demo.options import Options
from scripts.demo.serving import serving_log
from scripts.demo.sources import Source
from scripts.demo.splits import evaluation_set, training_set


@dataclass(frozen=True)
class StageReport:
    """What one stage of a run wrote."""

    run_id: str
    stage: str
    rows: dict[str, int]
    seconds: float
    incidents: tuple[str, ...]

    def __str__(self) -> str:
        """Return a line that reports progress."""
        rows = "  ".join(f"{table} {count:,}" for table, count in self.rows.items())
        planted = f"  <- {', '.join(self.incidents)}" if self.incidents else ""
        return f"{self.run_id}  {self.stage:<11}  {self.seconds:5.2f} s  {rows}{planted}"


class Pipeline:
    """Builds runs under one folder."""

    def __init__(
        self,
        delta: DeltaStages[Any],
        source: Source,
        out: Path,
        plan: Sequence[Planted] = (),
        progress: Callable[[StageReport], object] | None = None,
    ) -> None:
        """Prepare; nothing is written yet.

        Args:
            delta: Computes, writes and reads the stages that are Delta tables.
            source: Where the raw data comes from.
            out: Folder of all runs; a run that exists is replaced table by table.
            plan: The faults to plant.
            progress: Called with the report of each stage when it ends.
        """
        self._delta = delta
        self._source = source
        self._out = out
        self._plan = plan
        self._progress = progress

    def make(self, runs: Iterable[str]) -> list[StageReport]:
        """Build the runs, one after the other, and return what every stage wrote.

        Raises:
            DemoError: An incident needs the previous run, which neither exists nor is built here.
        """
        wanted = sorted(set(runs))
        check_previous(self._plan, wanted, self._out)
        with self._delta.prepared():
            return [self._make_stage(MONTHS[run_id], stage) for run_id in wanted for stage in STAGES]

    def _make_stage(self, month: Month, stage: str) -> StageReport:
        started = time.perf_counter()
        planted = [each for each in self._plan if (each.run_id, each.stage) == (month.run_id, stage)]
        options = Options()
        for each in planted:
            options = each.incident.options(options)
        if stage in DELTA_STAGES:
            rows = self._make_delta(month, stage, options, planted)
        else:
            tables = self._apply(planted, self._compute(month, stage, options), month)
            for table, frame in tables.items():
                write_parquet(frame, self._path(month, stage, table))
            rows = {table: len(frame) for table, frame in tables.items()}
        names = tuple(each.incident.name for each in planted)
        report = StageReport(month.run_id, stage, rows, time.perf_counter() - started, names)
        if self._progress is not None:
            self._progress(report)
        return report

    def _make_delta(self, month: Month, stage: str, options: Options, planted: list[Planted]) -> dict[str, int]:
        (table,) = TABLES[stage]
        if stage == "joined":
            made = self._delta.joined({name: self._path(month, "raw", name) for name in TABLES["raw"]}, options)
        else:
            made = self._delta.features(self._path(month, "joined", "flights_joined"))
        if any(each.changes_tables for each in planted):
            frame = self._apply(planted, {table: self._delta.to_frame(made)}, month)[table]
            made = self._delta.from_frame(frame)
        return {table: self._delta.write(made, self._path(month, stage, table))}

    def _compute(self, month: Month, stage: str, options: Options) -> Tables:
        if stage == "raw":
            return self._source.month(month)
        if stage == "serving":
            raw = {table: self._read(month, "raw", table) for table in TABLES["raw"]}
            return {"serving_log": serving_log(raw, month, options)}
        if stage == "predictions":
            return {"predictions": self._predictions(month, options)}
        features = self._read(month, "features", "flight_features")
        if stage == "training":
            return {"training_set": training_set(features, month)}
        training = self._read(month, "training", "training_set")
        return {"evaluation_set": evaluation_set(features, training, month)}

    def _predictions(self, month: Month, options: Options) -> pd.DataFrame:
        trained = month.previous if options.previous_model and month.previous else month
        model = LatenessModel(self._read(trained, "training", "training_set"), trained)
        served = self._read(month, "serving", "serving_log")
        return predictions(served, self._read(month, "raw", "flights"), model)

    def _apply(self, planted: list[Planted], tables: Tables, month: Month) -> Tables:
        for each in planted:
            tables = each.incident.apply(tables, self._context(each, month))
        return tables

    def _context(self, planted: Planted, month: Month) -> Context:
        return Context(
            month=month,
            stage=planted.stage,
            rng=np.random.default_rng(planted.seed),
            table=lambda stage, table: self._read(month, stage, table),
            previous=lambda: self._previous(month, planted.stage),
        )

    def _previous(self, month: Month, stage: str) -> Tables:
        before = month.previous
        if before is None:
            message = f"there is no run before {month.run_id}"
            raise DemoError(message)
        if stage == "raw":
            return self._source.month(before)
        return {table: self._read(before, stage, table) for table in TABLES[stage]}

    def _path(self, month: Month, stage: str, table: str) -> Path:
        return table_path(self._out, month.run_id, stage, table)

    def _read(self, month: Month, stage: str, table: str) -> pd.DataFrame:
        path = self._path(month, stage, table)
        return self._delta.read(path) if stage in DELTA_STAGES else read_parquet(path)
