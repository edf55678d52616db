"""SQL views over the result tables: one ``NAME.sql`` a view, written over ``{table}`` placeholders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

from pyspark.sql import SparkSession

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
    created = []
    if schema is None:
        for name, identifier in identifiers.items():
            spark.table(identifier).createOrReplaceTempView(name)
            created.append(name)
    for name, text in view_definitions().items():
        if set(_PLACEHOLDER.findall(text)) <= set(identifiers):
            query = _PLACEHOLDER.sub(lambda found: identifiers[found[1]], text)
            if schema is None:
                spark.sql(query).createOrReplaceTempView(name)
            else:
                spark.sql(f"CREATE OR REPLACE VIEW {schema}.{name} AS {query}")
            created.append(name)
    return created
