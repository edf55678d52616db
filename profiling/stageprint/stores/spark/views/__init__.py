"""SQL views over the result tables: one ``NAME.sql`` a view, written over ``{table}`` placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Final

from stageprint.engines.spark.versions import lacking_functions, said_lacking
from stageprint.model.manifest import ManifestKind
from stageprint.model.result_tables import MANIFESTS, RUNS, TABLE_PROFILES
from stageprint.model.spark_sql import text_literal
from stageprint.pipeline.tables import all_tables
from stageprint.shifts import NEVER_A_ROW, all_shifts
from stageprint.stores.spark.views.counting import NEEDED_OF_MANIFESTS, counting_query, holders_query, may_not_count

if TYPE_CHECKING:  # statements are printed without Spark too
    from pyspark.sql import SparkSession

_ANSWERS: Final = "model_quality"
_HOLDERS: Final = "profile_holders"
"""Placeholder of the query for the manifest that holds each profiled table."""

_COLUMNS_OF: Final = "{}_columns"
"""Placeholder of the columns of a result table, where a view adds one to them: Spark 3.5 has no ``* EXCEPT (name)``."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")

_ORDERED_RUNS: Final = "ordered_runs"
"""Placeholder of the runs with an `order_key` in every row."""

_FIXED_RULES: Final = "fixed_rules"
"""Placeholder of the names of the rules that need no history, as SQL texts."""

_NEVER_A_ROW: Final = "never_a_row"
"""Placeholder of the reason why nothing is said of a column whose table was empty in every run, as an SQL text."""

_KEY_OF_OLD_RUNS: Final = "concat('1', date_format(coalesce(logical_date, date(started_at)), 'yyyy-MM-dd'), ' ')"
"""`order_key` of a run that an earlier release wrote: its date, else that of its first profile."""


def view_definitions() -> Mapping[str, str]:
    """Return every view's SQL text by view name."""
    folder = resources.files(__package__ or __name__)
    return {
        file.name.removesuffix(".sql"): file.read_text(encoding="utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    }


def create_views(spark: SparkSession, identifiers: Mapping[str, str], schema: str | None = None) -> list[str]:
    """Create every view whose tables exist; views show the rows that count.

    Args:
        spark: The session.
        identifiers: What SQL calls each existing result table, by its name.
        schema: ``catalog.schema`` to keep the views in; None makes them temporary views of the session, together with
            views of the result tables under their own short names, also of the rows that count.

    Returns:
        The names created.
    """
    counting = _counting(identifiers, {name: spark.table(source).columns for name, source in identifiers.items()})
    queries = _queries(counting)
    if _ANSWERS in queries and "quality" not in spark.table(identifiers[TABLE_PROFILES.name]).columns:
        del queries[_ANSWERS]  # a store of an earlier release, before its next profile
    if schema is None:
        for name in identifiers:
            spark.sql(_all_rows(counting[name])).createOrReplaceTempView(name)
        for name, query in queries.items():
            spark.sql(query).createOrReplaceTempView(name)
        return [*identifiers, *queries]
    for name, query in queries.items():
        comment = text_literal(view_comment(query, spark.version))
        spark.sql(f"CREATE OR REPLACE VIEW {schema}.{name} COMMENT {comment} AS\n{query}")
    return list(queries)


def view_comment(query: str, version: str) -> str:
    """Return what a view's comment says: what it holds, and for sketches which functions this Spark lacks to read them.

    Args:
        query: Its SQL, which begins with what it holds.
        version: Version of Spark.
    """
    said = query.lstrip().split("\n", 1)[0].removeprefix("--").strip()
    lacking = said_lacking(lacking_functions(version)) if "_sketch" in query else ""
    return f"{said} {lacking[:1].upper()}{lacking[1:]}.".removesuffix(" .")


def view_statements(identifiers: Mapping[str, str], columns: Mapping[str, Sequence[str]]) -> str:
    """Return statements that make temporary views of the rows that count, and of every view over them.

    Args:
        identifiers: What SQL calls each existing result table, by its name.
        columns: The columns of each of them, as stored.
    """
    counting = _counting(identifiers, columns)
    views = {name: _all_rows(counting[name]) for name in identifiers} | _queries(counting)
    return "\n".join(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS\n{query.strip()};\n" for name, query in views.items())


def _all_rows(source: str) -> str:
    return f"SELECT * FROM {source}"  # noqa: S608 -- a result table's name, quoted, or a query of this module


def _counting(identifiers: Mapping[str, str], columns: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return what SQL calls the rows of each result table that count: the table itself, or a query in brackets.

    Further names stand for what views are also made of: columns, runs with their order, the holders of tables.
    """
    of_manifests = columns.get(MANIFESTS.name, ())
    found = dict(identifiers)
    for table in all_tables():
        if table.named_by is not None and table.name in found and may_not_count(columns[table.name], of_manifests):
            query = counting_query(table, identifiers[table.name], identifiers[MANIFESTS.name])
            found[table.name] = f"({query})"
    if RUNS.name in found:
        keyed = "order_key" in columns[RUNS.name]  # a store of an earlier release lacks it before its next profile
        rest = _listed(name for name in columns[RUNS.name] if name != "order_key")
        key = f"coalesce(order_key, {_KEY_OF_OLD_RUNS})" if keyed else _KEY_OF_OLD_RUNS
        found[_ORDERED_RUNS] = f"(SELECT {rest}, {key} AS order_key FROM {found[RUNS.name]})"  # noqa: S608 -- as above
    found |= {_COLUMNS_OF.format(name): _listed(columns[name]) for name in identifiers}
    if NEEDED_OF_MANIFESTS in of_manifests:
        found[_HOLDERS] = f"({holders_query(ManifestKind.PROFILE.value, identifiers[MANIFESTS.name])})"
    return found


def _listed(columns: Iterable[str]) -> str:
    return ", ".join("`{}`".format(name.replace("`", "``")) for name in columns)


def _queries(sources: Mapping[str, str]) -> dict[str, str]:
    """Return the SQL of every view whose tables exist.

    Args:
        sources: What SQL calls each result table, or the rows of it that count.
    """
    rules = sorted(name for name, shift in all_shifts().items() if shift.deterministic)
    known = {
        **sources,
        _FIXED_RULES: ", ".join(f"'{name}'" for name in rules),
        _NEVER_A_ROW: text_literal(NEVER_A_ROW),
    }
    return {
        name: _PLACEHOLDER.sub(lambda found: known[found[1]], text)
        for name, text in view_definitions().items()
        if set(_PLACEHOLDER.findall(text)) <= set(known)
    }
