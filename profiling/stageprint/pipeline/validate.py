"""The use case behind ``stageprint validate``: every name of a configuration, checked against the sources' schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import pyarrow as pa

from stageprint.batch.arrow_types import kind_of, spark_type_name
from stageprint.batch.nested import arrow_children
from stageprint.checks import read_checks
from stageprint.checks.base import Check
from stageprint.config.patterns import JoinedTable
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.problems import Problem, Where
from stageprint.config.reader_options import option_problem
from stageprint.config.sources import Source
from stageprint.config.tables import TableConfig
from stageprint.errors import OnlySparkError, SourceError, StageprintError, did_you_mean
from stageprint.model import ColumnKind, TableKey
from stageprint.pipeline.patterns import listed
from stageprint.pipeline.scan_plan import TableColumns, TypeSystem, lacks_any, other_columns

_TYPES: Final = TypeSystem(arrow_children, kind_of, spark_type_name)
_TIMES: Final = frozenset({ColumnKind.DATE, ColumnKind.TIMESTAMP, ColumnKind.TIMESTAMP_NTZ})
_NAME: Final = re.compile(r"[^\W\d][\w.\[\]]*")
"""A slice by a column; anything else is a condition in SQL."""


@dataclass(frozen=True)
class SourceSchema:
    """The columns of a source.

    Attributes:
        fields: Names and types.
        typed: Whether the types are known; those of CSV files are not without reading them.
    """

    fields: pa.Schema
    typed: bool = True


class SchemaReader(Protocol):
    """Says what columns a source has, without reading its rows."""

    def schema(self, table: TableConfig) -> SourceSchema | str:
        """Return the columns of a table in the newest run that has it, or why they cannot be told here.

        Raises:
            SourceError: The source is missing or cannot be opened.
        """
        ...

    def tables_of(self, source: Source) -> tuple[str, Sequence[str]]:
        """Return the newest run that has tables of a pattern, and what its ``*`` stands for in each of them.

        Raises:
            SourceError: They cannot be listed here.
        """
        ...


@dataclass(frozen=True)
class Validated:
    """What came of checking the names of a configuration.

    Attributes:
        problems: Names that are wrong.
        unreadable: Sources that are missing or cannot be opened.
        notes: What could not be checked, and why.
        tables: Number of tables whose schemas were looked at.
        columns: Number of their columns.
    """

    problems: Sequence[Problem]
    unreadable: Sequence[Problem]
    notes: Sequence[str]
    tables: int
    columns: int


@dataclass
class _Table:
    where: Where
    config: TableConfig
    columns: TableColumns[pa.DataType] | None = None
    typed: bool = True
    found: list[Problem] = field(default_factory=list)

    def say(self, where: Where, text: str) -> None:
        if isinstance(self.config, JoinedTable):  # it stands nowhere in the file
            self.found.append(Problem(self.where, f"{self.config.name}: {text}"))
        else:
            self.found.append(Problem((*self.where, *where), text))


def validate(config: PipelineConfig, reader: SchemaReader) -> Validated:
    """Return which names of a configuration are in no source.

    Args:
        config: The pipeline.
        reader: Says what columns a source has.
    """
    tables: dict[str, _Table] = {}
    unreadable: list[Problem] = []
    notes: list[str] = []
    config, missing, matched = with_matched(config, reader)
    unreadable += missing
    notes += matched
    for position, stage in enumerate(config.stages):
        for index, table in enumerate(stage.tables):
            place: Where = ("match",) if isinstance(table, JoinedTable) else ("tables", index)
            one = _Table(("stages", position, *place), table)
            key = TableKey(stage.name, table.name)
            tables[str(key)] = one
            _check_options(one)
            try:
                found = reader.schema(table)
            except StageprintError as error:
                if table.optional and isinstance(error, SourceError):
                    notes.append(f"{key}: not checked, it is optional and not there: {error}")
                else:
                    unreadable.append(Problem((*one.where, "source"), str(error)))
                continue
            if isinstance(found, str):
                notes.append(f"{key}: not checked: {found}")
                continue
            one.columns = TableColumns([(each.name, each.type) for each in found.fields], _TYPES, table)
            one.typed = found.typed
    for one in tables.values():
        _check_columns(one)
        _check_other_tables(one, tables)
        _check_checks(one, tables)
    known = [one for one in tables.values() if one.columns is not None]
    problems = [problem for one in tables.values() for problem in one.found]
    problems += _override_problems(config, tables)
    return Validated(
        problems, unreadable, notes, len(known), sum(len(one.columns.all) for one in known if one.columns is not None)
    )


def with_matched(config: PipelineConfig, reader: SchemaReader) -> tuple[PipelineConfig, list[Problem], list[str]]:
    """Return a pipeline with the tables that its patterns match now, the patterns without any, and what each matches.

    Args:
        config: The pipeline.
        reader: Lists the tables.
    """
    joined: dict[str, list[JoinedTable]] = {}
    problems, notes = [], []
    for position, stage in enumerate(config.stages):
        for index, pattern in enumerate(stage.match):
            text = f"{stage.name}: {pattern.source.text!r}"
            runs: list[str] = []

            def tables_of(source: Source, _: str, runs: list[str] = runs) -> Sequence[str]:
                run, stars = reader.tables_of(source)
                runs.append(run)
                return stars

            try:
                found = listed(stage.model_copy(update={"match": (pattern,)}), "", tables_of)
            except OnlySparkError as error:
                notes.append(f"{text}: not checked: {error}")
                continue
            except SourceError as error:
                problems.append(Problem(("stages", position, "match", index), str(error)))
                continue
            if not found:
                problems.append(Problem(("stages", position, "match", index), "no table matches it"))
                continue
            where = f" in run {runs[0]}" if "{run_" in pattern.source.text else ""
            names = ", ".join(one.name for one in found)
            notes.append(f"{text} matches {len(found)} table{'' if len(found) == 1 else 's'}{where}: {names}")
            joined.setdefault(stage.name, []).extend(found)
    return config.with_joined(joined), problems, notes


def _check_options(one: _Table) -> None:
    for option in one.config.source.options:
        text = option_problem(one.config.source.label, option)
        if text is not None:
            one.say(("source", "options", option), text)


def _check_columns(one: _Table) -> None:
    for name, where in _named(one.config):
        _require(one, name, where)
    table = one.config
    path = None if one.columns is None or table.event_time is None else one.columns.match(table.event_time)
    if path is not None and one.columns is not None and one.typed:
        found = one.columns.all[path].leaf.type
        if table.columns.kinds.get(path, kind_of(found)) not in _TIMES:
            text = f"expected a column of dates or timestamps, got {path!r} of type {spark_type_name(found)}"
            one.say(("event_time",), text)


def _named(table: TableConfig) -> Iterator[tuple[str, Where]]:
    """Yield the columns that a table's configuration names, each with its place."""
    yield from ((name, ("keys", index)) for index, name in enumerate(table.keys))
    for key in ("event_time", "label", "prediction", "score", "model_version", "incremental"):
        if getattr(table, key) is not None:
            yield getattr(table, key), (key,)
    for mapping in ("references", "derived_from"):
        yield from ((name, (mapping, name)) for name in getattr(table, mapping))
    for key in ("include", "exclude", "theta"):
        listed = getattr(table.columns, key) or ()
        yield from ((name, ("columns", key, index)) for index, name in enumerate(listed))
    for key in ("kinds", "sensitive"):
        yield from ((name, ("columns", key, name)) for name in getattr(table.columns, key))
    yield from ((each.by, ("slices", index)) for index, each in enumerate(table.slices) if _NAME.fullmatch(each.by))


def _check_other_tables(one: _Table, tables: Mapping[str, _Table]) -> None:
    targets = [(("references", name), target) for name, target in one.config.references.items()]
    targets += [
        (("derived_from", name), parent) for name, parents in one.config.derived_from.items() for parent in parents
    ]
    for where, target in targets:
        stage, name, column = target.split(".", 2)
        other = tables.get(f"{stage}.{name}")
        if other is None:  # a pattern would have brought it
            one.say(where, f"no table matches {stage}.{name}, to which {target!r} refers")
            continue
        _require_in(one, other, column, where, target)


def _check_checks(one: _Table, tables: Mapping[str, _Table]) -> None:
    declared, _ = read_checks(one.config.checks)
    for index, entry in declared:
        if entry.check.column is not None:
            _require(one, entry.check.column, ("checks", index))
        for name in _columns_in(entry.check, "key"):
            _require(one, name, ("checks", index))
        theirs = getattr(entry.check.parameters, "their_key", None)
        other = tables.get(getattr(entry.check.parameters, "table", ""))
        for name in theirs or ():
            if other is not None:
                _require_in(one, other, name, ("checks", index), f"{entry.check.parameters.table}.{name}")


def _columns_in(check: Check[Any], key: str) -> tuple[str, ...]:
    found = getattr(check.parameters, key, None)
    return tuple(found) if isinstance(found, (tuple, list)) else (found,) if isinstance(found, str) else ()


def _override_problems(config: PipelineConfig, tables: Mapping[str, _Table]) -> Iterator[Problem]:
    for index, override in enumerate(config.decision.overrides):
        if override.column is None:
            continue
        some = [one for name, one in tables.items() if override.table in {None, name, name.split(".", 1)[1]}]
        # One whose columns are not known may have it.
        if any(one.columns is None or one.columns.match(override.column) is not None for one in some):
            continue
        known = [path for one in some for path in (one.columns.all if one.columns is not None else ())]
        where = f"table {override.table}" if override.table is not None else "any table"
        hides = any(one.config.columns.sensitive for one in some)
        hint = "" if hides else did_you_mean(override.column, known)
        yield Problem(("decision", "overrides", index, "column"), f"no column {override.column!r} in {where}{hint}")


def _require(one: _Table, name: str, where: Where) -> None:
    if one.columns is not None and one.columns.match(name) is None:
        one.say(where, f"the source has no column {name!r}{_hint(one, name)}")


def _require_in(one: _Table, other: _Table, column: str, where: Where, target: str) -> None:
    if other.columns is not None and other.columns.match(column) is None:
        one.say(
            where, f"the source of {target.rsplit('.' + column, 1)[0]} has no column {column!r}{_hint(other, column)}"
        )


def _hint(one: _Table, name: str) -> str:
    columns = {} if one.columns is None else one.columns.all
    return other_columns(name, columns, lacks=lacks_any(columns, one.config.columns.sensitive))
