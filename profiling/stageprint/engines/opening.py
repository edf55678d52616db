"""Chooses the engine that reads a pipeline's tables, and opens it.

Spark takes seconds to start and is imported only where it is needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import ReadPath
from stageprint.config.stages import StageConfig
from stageprint.config.tables import TableConfig
from stageprint.engines.chosen import ChosenEngine, LocalFirst
from stageprint.engines.given import require_pyspark, why_given, why_no_spark
from stageprint.engines.local.engine import LocalEngine
from stageprint.engines.local.reach import why_spark
from stageprint.model import TableKey
from stageprint.ports import Engine

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_OF_READING: Final = (
    "spark.hadoop.",
    "spark.master",
    "spark.remote",
    "spark.sql.caseSensitive",
    "spark.sql.catalog.",
    "spark.sql.extensions",
    "spark.sql.legacy.",
    "spark.sql.parquet.",
    "spark.sql.session.timeZone",
    "spark.sql.timestampType",
)
"""What settings begin with that say where Spark runs, what it finds there, or how it reads it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which engine reads the tables.

    Attributes:
        engine: The engine.
        reason: Why ``auto`` takes it; None: it was asked for, or its session was given.
    """

    engine: Literal["local", "spark"]
    reason: str | None = None

    def __str__(self) -> str:
        """Return the choice in one sentence, without a full stop."""
        name = "Spark" if self.engine == "spark" else "the local engine"
        return f"read by {name}" + ("" if self.reason is None else f": {self.reason}")


def choose(
    config: PipelineConfig,
    path: ReadPath | None = None,
    session: SparkSession | None = None,
    *,
    selected: Sequence[tuple[StageConfig, TableConfig]] = (),
    store_needs_spark: str | None = None,
) -> Choice:
    """Return the engine of a pipeline.

    ``auto`` is Spark where there is a session, or where a table, the store or a setting needs it; else local. It is
    local, too, where Spark is needed for some tables but cannot be started: these fail, the others do not.

    Args:
        config: The pipeline.
        path: How tables are read; None: as the configuration says.
        session: Session of the caller; None: there may be a running one.
        selected: The tables that are read, with their stages.
        store_needs_spark: Why the store is only reached through Spark; None: it is not.
    """
    wanted = path or config.engine
    if wanted != "auto":
        return Choice("local" if wanted == "local" else "spark")
    if session is not None:
        return Choice("spark")
    here = why_given()
    if here is not None:
        return Choice("spark", here)
    needed = next(_needs(config, selected, store_needs_spark), None)
    if needed is None:
        return Choice("local", "there is no Spark session, and no source or store needs one")
    missing = why_no_spark()
    return Choice("spark", needed) if missing is None else Choice("local", f"{needed}, but {missing}")


def open_engine(config: PipelineConfig, choice: Choice, session: SparkSession | None = None) -> Engine:
    """Return the chosen engine; see `choose`.

    Raises:
        SessionError: Spark is chosen, and cannot be started.
    """
    if choice.engine == "spark":
        return with_reason(_spark(config, session), choice)
    if choice.reason is not None and why_no_spark() is None:
        return LocalFirst(choice.reason, lambda: _spark(config, session))
    return with_reason(LocalEngine(), choice)


def with_reason(engine: Engine, choice: Choice) -> Engine:
    """Return an engine that stores with each table why it was chosen, where the choice has a reason."""
    return engine if choice.reason is None else ChosenEngine(engine, choice.reason)


def _spark(config: PipelineConfig, session: SparkSession | None) -> Engine:
    require_pyspark("the engine that was asked for")
    from stageprint.engines.spark.engine import open_engine as open_spark  # noqa: PLC0415 -- see above

    return open_spark(config, session)


def _needs(
    config: PipelineConfig, selected: Sequence[tuple[StageConfig, TableConfig]], store: str | None
) -> Iterator[str]:
    """Yield why Spark is needed, the most telling reason first."""
    for stage, table in selected:
        reason = why_spark(table)
        if reason is not None:
            yield f"{TableKey(stage.name, table.name)} needs Spark: {reason}"
    if store is not None:
        yield f"the store needs Spark: {store}"
    if "STAGEPRINT_MASTER" in os.environ:
        yield "STAGEPRINT_MASTER says where Spark runs"
    for name in config.spark:
        if name.startswith(_OF_READING):
            yield f"{name} under `spark:` is followed by Spark only"
