"""Opens the store of a pipeline: through delta-rs where it reaches the tables, else through Spark.

Spark takes seconds to start and is imported only where it is needed.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlparse

from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.given import require_pyspark, why_given
from stageprint.model.where import where
from stageprint.ports import ProfileStore, RunSql, SqlRows
from stageprint.redact import redacted
from stageprint.stores.delta.moment import DeltaMoment
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.locations import is_in_catalog

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from stageprint.stores.spark.store import SparkStore

_LOG: Final = logging.getLogger(__name__)

_SCHEMES: Final = frozenset({"", "file", "s3", "s3a", "gs", "az", "abfs", "abfss"})
"""Schemes of URLs that delta-rs reaches with what the environment says about regions and credentials."""

_UNUSABLE: Final = re.compile(r"[\[\]\\^|]|%[0-9A-Fa-f]{2}")
"""What a folder's name cannot hold: delta-rs 1.6 panics, or looks for the name that ``%20`` stands for."""


def open_store(config: PipelineConfig, session: SparkSession | None = None) -> ProfileStore:
    """Open the store of a pipeline; nothing is created before the first write.

    Args:
        config: The pipeline.
        session: Session to read and write with; None starts none where delta-rs reaches the store.
    """
    reason = None if session is not None else why_spark(config)
    if session is None and reason is None:
        return DeltaStore(config.store, config.pipeline)
    require_pyspark(f"the store {redacted(config.store)}")
    from stageprint.stores.spark.store import NoDeltaError  # noqa: PLC0415 -- see above
    from stageprint.stores.spark.store import open_store as open_with_spark  # noqa: PLC0415 -- see above

    if reason is not None:
        _LOG.info("the store %s is read through Spark: %s", redacted(config.store), reason)
    try:
        return open_with_spark(config, session)
    except NoDeltaError as error:
        if next(_needs(config), None) is not None:
            raise
        _LOG.info("%s; it is read by deltalake", error)
        return DeltaStore(config.store, config.pipeline)


def open_to_read(config: PipelineConfig) -> ProfileStore:
    """Open the store of a pipeline for a command that answers one question: every table is as it was when first read.

    Args:
        config: The pipeline.
    """
    store = open_store(config)
    if not isinstance(store, DeltaStore):
        return store
    return DeltaMoment(store.location, store.pipeline, store.storage_options)


def open_sql(config: PipelineConfig, session: SparkSession | None) -> RunSql:
    """Return what runs the queries of ``custom_sql`` checks: Spark, which is started for the first of them."""
    opened: list[RunSql] = []

    def run(query: str, parameters: Mapping[str, str]) -> SqlRows:
        if not opened:
            require_pyspark("a query of a custom_sql check")
            from stageprint.stores.spark.sql import SparkSql  # noqa: PLC0415 -- see above
            from stageprint.stores.spark.store import open_store as open_with_spark  # noqa: PLC0415 -- see above

            opened.append(SparkSql(open_with_spark(config, session)))
        return opened[0](query, parameters)

    return run


def make_views(config: PipelineConfig) -> list[str] | str:
    """Create the SQL views in a catalog's schema, or return statements for a store at a path, which cannot keep views.

    Returns:
        The names of the views created; or the statements, for which no Spark is started where delta-rs reaches the
        store.
    """
    store = open_store(config)
    if isinstance(store, DeltaStore):
        from stageprint.stores.delta.views import delta_view_statements  # noqa: PLC0415 -- only this needs them

        return delta_view_statements(store)
    of_spark = cast("SparkStore", store)
    return of_spark.create_views() if of_spark.path is None else of_spark.view_statements()


def why_spark(config: PipelineConfig) -> str | None:
    """Return why the store of a pipeline is only reached through Spark; None: delta-rs reaches it."""
    return next(_reasons(config), None)


def _reasons(config: PipelineConfig) -> Iterator[str]:
    if is_in_catalog(config.store):
        yield "it is a schema of a catalog"
    given = why_given()
    if given is not None:
        yield given
    yield from _needs(config)


def _needs(config: PipelineConfig) -> Iterator[str]:
    """Yield why delta-rs cannot reach a store."""
    location = config.store
    scheme = urlparse(location).scheme
    if is_in_catalog(location):
        yield "it is a schema of a catalog"
    if scheme not in _SCHEMES:
        yield f"delta-rs does not know {scheme}: URLs"
    if scheme in {"s3", "s3a"} and "@" in urlparse(location).netloc:
        yield "credentials in a URL are for Hadoop, which only Spark asks"
    for name in config.spark:
        if name.startswith("spark.hadoop.fs."):
            yield f"{name} in the configuration is for Hadoop, which only Spark asks"
    if scheme == "" and "HADOOP_CONF_DIR" in os.environ:
        yield "HADOOP_CONF_DIR may say that paths are not of this file system"
    if scheme in {"", "file"} and _UNUSABLE.search(location):
        yield "delta-rs cannot open folders with [, ], ^, |, a backslash or %20 and the like in their names"
    if not config.pipeline.isascii() and _has_irreplaceable_files(config):
        yield "delta-rs cannot replace rows that Spark wrote for a pipeline whose name is not ASCII"


def _has_irreplaceable_files(config: PipelineConfig) -> bool:
    from stageprint.stores.delta.names import has_irreplaceable  # noqa: PLC0415 -- see above

    return has_irreplaceable(config.store, where(pipeline=config.pipeline))
