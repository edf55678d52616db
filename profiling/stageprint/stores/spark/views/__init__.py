"""SQL views over the result tables: one ``NAME.sql`` a view, written over ``{table}`` placeholders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from typing import Final

from pyspark.sql import SparkSession

from stageprint.model.result_tables import TABLE_PROFILES

_ANSWERS: Final = "model_quality"

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def view_definitions() -> Mapping[str, str]:
    """Return every view's SQL text by view name."""
    folder = resources.files(__package__ or __name__)
    return {
        file.name.removesuffix(".sql"): file.read_text(encoding="utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    }


def create_views(spark: SparkSession, identifiers: Mapping[str, str], schema: str | None = None) -> list[str]:
    """Create every view whose tables exist.

    Args:
        spark: The session.
        identifiers: What SQL calls each existing result table, by its name.
        schema: ``catalog.schema`` to keep the views in; None makes them temporary views of the session,
            together with the tables' own short names.

    Returns:
        The names created.
    """
    queries = _queries(identifiers)
    if _ANSWERS in queries and "quality" not in spark.table(identifiers[TABLE_PROFILES.name]).columns:
        del queries[_ANSWERS]  # a store of an earlier release, before its next profile
    if schema is None:
        for name, identifier in identifiers.items():
            spark.table(identifier).createOrReplaceTempView(name)
        for name, query in queries.items():
            spark.sql(query).createOrReplaceTempView(name)
        return [*identifiers, *queries]
    for name, query in queries.items():
        spark.sql(f"CREATE OR REPLACE VIEW {schema}.{name} AS\n{query}")
    return list(queries)


def view_statements(identifiers: Mapping[str, str]) -> str:
    """Return statements that make temporary views of tables and of every view over them.

    Args:
        identifiers: What SQL calls each existing result table, by its name.
    """
    views = {name: f"TABLE {identifier}" for name, identifier in identifiers.items()} | _queries(identifiers)
    return "\n".join(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS\n{query.strip()};\n" for name, query in views.items())


def _queries(identifiers: Mapping[str, str]) -> dict[str, str]:
    """Return the SQL of every view whose tables exist."""
    return {
        name: _PLACEHOLDER.sub(lambda found: identifiers[found[1]], text)
        for name, text in view_definitions().items()
        if set(_PLACEHOLDER.findall(text)) <= set(identifiers)
    }
