"""Opens what the functions of the API work with: the engine that was chosen, and the store as that engine writes it."""

# ruff: noqa: PLC0415 -- Spark takes seconds to import

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import ReadPath
from stageprint.config.validation import require_known_names
from stageprint.engines.given import require_pyspark, why_no_spark
from stageprint.engines.opening import Choice, choose, open_engine, with_reason
from stageprint.model.lineage import Lineage
from stageprint.pipeline.compare.strategy import ComparisonStrategy, InProcess, fits_in_process
from stageprint.pipeline.lineage.read import read_lineage
from stageprint.ports import Engine, ProfileStore
from stageprint.stores.opening import open_store, why_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from stageprint.engines.spark.engine import SparkEngine


def open_lineage(config: PipelineConfig, session: SparkSession | None) -> Lineage:
    """Return the lineage that the configuration names; Spark is started only for Unity Catalog's.

    Raises:
        UsageError: A file that it names is not there, or is not what it should be.
    """

    def query_rows(query: str) -> Sequence[Mapping[str, Any]]:
        require_pyspark("lineage.unity_catalog")
        from stageprint.engines.spark.engine import open_engine as open_spark
        from stageprint.engines.spark.queries import query_rows as rows_of

        return rows_of(open_spark(config, session).spark, query)

    return read_lineage(config, query_rows)


def choose_engine(
    config: PipelineConfig,
    engine: ReadPath | None,
    session: SparkSession | None,
    stages: Sequence[str] = (),
    tables: Sequence[str] = (),
    *,
    reads_rows: bool = True,
) -> Choice:
    """Return which engine reads the selected tables; without `reads_rows`, which one the store needs.

    Raises:
        UsageError: A stage or table is not configured.
    """
    selected = config.select_sources(tuple(stages), tuple(tables)) if reads_rows else ()
    return choose(config, engine, session, selected=selected, store_needs_spark=why_spark(config))


def open_for(config: PipelineConfig, choice: Choice, session: SparkSession | None) -> tuple[Engine, ProfileStore]:
    """Return the engine, and the store as that engine writes it."""
    require_known_names(config)
    if choice.engine == "local":
        return open_engine(config, choice), open_store(config, session)
    engine, store = _with_spark(config, session)
    return with_reason(engine, choice), store


def _with_spark(config: PipelineConfig, session: SparkSession | None) -> tuple[SparkEngine, ProfileStore]:
    require_pyspark("what was asked for")
    from stageprint.engines.spark.engine import open_engine as open_spark

    engine = open_spark(config, session)
    return engine, open_store(config, engine.spark)


def open_to_compare(config: PipelineConfig, session: SparkSession | None) -> tuple[ProfileStore, ComparisonStrategy]:
    """Return the store, and where columns are measured.

    In this process where every run fits, or where there is no Spark: it then takes longer, and more memory. Else where
    Spark says.
    """
    if session is None and why_spark(config) is None:
        store = open_store(config)
        if fits_in_process(store, config.decision) or why_no_spark() is not None:
            return store, InProcess()
    engine, by_spark = _with_spark(config, session)
    return by_spark, engine.comparison
