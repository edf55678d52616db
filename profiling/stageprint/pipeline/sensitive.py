"""Findings without the values of sensitive columns: what may leave the house."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sensitive import fold, is_or_is_in
from stageprint.model import STAGE_LEVEL, ColumnKey, TableKey


class ValueFilter:
    """Leaves values of sensitive columns out of findings.

    A column counts as sensitive if it is declared (``columns.sensitive``, whatever may be stored of its values), lies
    inside a declared one, or comes from one upstream: by ``derived_from``, or by its name.

    * A finding that began in such a column, or that explains a shift of such a column by another column's, keeps its
      place, cause, first run and confidence. Its sentence and evidence are left out: they may quote values.
    * Of any other finding, the sentence or the evidence is left out if it mentions a sensitive column, behind its table
      or alone. A name alone may be that of a column of any table that the finding is about or mentions.
    * Both are left out of a finding about a whole table if it mentions a table whose event time is sensitive: they may
      say when its rows begin and end. So they are where the table is configured no more.

    Args:
        config: The pipeline, which declares what is sensitive.
    """

    def __init__(self, config: PipelineConfig) -> None:
        self._config = config
        self._lineage = config.declared_lineage()
        self._tables = {TableKey(stage.name, table.name): table for stage, table in config.select()}
        self._declared = {
            key: frozenset(map(fold, table.columns.sensitive))
            for key, table in self._tables.items()
            if table.columns.sensitive
        }
        self._timed = {
            key
            for key, table in self._tables.items()
            if table.event_time is not None and self.is_sensitive(key.column(table.event_time))
        }
        self._by_folded_name = {fold(str(key)): key for key in self._tables}
        names = {name for declared in self._declared.values() for name in declared}
        names.update(fold(column.column) for column in self._lineage if self.is_sensitive(column))
        tables = _one_of(self._by_folded_name)
        self._mention = re.compile(rf"(?<!\w)(?:(?P<table>{tables})\.)?(?P<column>{_one_of(names)})(?!\w)")

    def without_values(self, finding: Mapping[str, Any]) -> dict[str, Any]:
        """Return a finding without values of sensitive columns.

        Args:
            finding: With the keys of `stageprint.model.finding.FINDING_KEYS`.

        Returns:
            The same keys; an evidence that is left out is empty, and a sentence that is left out says so.
        """
        found = dict(finding)
        if not self._declared:
            return found
        own = TableKey(found["stage"], found["table"])
        evidence = list(_texts(found["evidence"]))
        texts = [found["sentence"], *evidence]
        tables = [own, *(key for key in self._tables if any(str(key) in text for text in texts))]
        hidden = self._may_quote_values(found, own, tables)
        if hidden or any(self._mentioned_in(text, tables) for text in evidence):
            found["evidence"] = {}
        if hidden or self._mentioned_in(found["sentence"], tables):
            found["sentence"] = _sentence_without_values(found)
        key = found.get("slice_key")
        if key is not None and (self.is_sensitive(own.column(key)) or self._mentioned_in(key, tables)):
            found["slice_value"] = None
        return found

    def is_sensitive(self, key: ColumnKey) -> bool:
        """Return whether a column counts as sensitive."""
        seen: set[ColumnKey] = set()
        waiting = [key.whole]
        while waiting:
            column = waiting.pop()
            if column in seen or column.table_key not in self._tables:
                continue
            seen.add(column)
            names = self._declared.get(column.table_key, frozenset())
            if any(is_or_is_in(fold(column.column), name) for name in names):
                return True
            waiting += self._lineage.get(column, ())
            waiting += [table.column(column.column) for table in self._config.upstream_tables(column.stage)]
        return False

    def _may_quote_values(self, finding: Mapping[str, Any], own: TableKey, tables: Sequence[TableKey]) -> bool:
        """Return whether the finding is about values of a sensitive column, whether or not it names that column."""
        if own.table == STAGE_LEVEL:
            return False  # a stage that is missing has no values
        if own not in self._tables:
            return True
        if finding["column"] is None:
            return not self._timed.isdisjoint(tables)
        # What a column's shift explains downstream holds the same values; a table's name has two parts.
        reached = [ColumnKey(*name.split(".", 2)) for name in finding["explains"] if name.count(".") > 1]
        return any(self.is_sensitive(column) for column in (own.column(finding["column"]), *reached))

    def _mentioned_in(self, text: str, tables: Sequence[TableKey]) -> bool:
        """Return whether a text names a sensitive column: behind its table, or alone where it is of one of `tables`."""
        for found in self._mention.finditer(fold(text)):
            places = tables if found["table"] is None else [self._by_folded_name[found["table"]]]
            if any(self.is_sensitive(table.column(found["column"])) for table in places):
                return True
        return False


def _texts(value: Any) -> Iterator[str]:
    """Yield every key and every value of evidence as text."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
    else:
        yield str(value)


def _one_of(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(set(names), key=len, reverse=True))


def _sentence_without_values(finding: Mapping[str, Any]) -> str:
    """Return what can be said of a finding without quoting a value."""
    table = TableKey(finding["stage"], finding["table"])
    place = str(table.level if finding["column"] is None else table.column(finding["column"]))
    cause = finding["cause"].replace("_", " ")
    return f"{place}: {cause} since {finding['first_run']} (details are left out: they may hold sensitive values)."
