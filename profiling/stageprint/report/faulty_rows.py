"""SQL for Spark that returns the rows which a finding is about, with the number that it should return."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from stageprint.model.figures import number, percent, plural
from stageprint.model.spark_sql import INFINITIES, text_literal
from stageprint.report.rows import Row

if TYPE_CHECKING:
    from stageprint.config.pipeline import PipelineConfig
    from stageprint.config.tables import TableConfig

_FILES: Final = frozenset({"delta", "json", "orc", "parquet"})
"""Formats that Spark reads from a path without options."""

_NUMBERS: Final = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")


@dataclass(frozen=True, slots=True)
class RowQuery:
    """A query for the rows that a finding is about.

    Attributes:
        sql: The query, for Spark.
        says: What the rows are.
        expected: How many rows it returns if the finding is right; None: not known.
        margin: By how many rows that may be off, because it is read off a sketch; 0: it is exact; None: not known.
        usual: How many of them would be so without the fault, by the share of the rows that were so before.
    """

    sql: str
    says: str
    expected: int | None = None
    margin: int | None = 0
    usual: int = 0

    @property
    def number(self) -> str:
        """Return how many rows it returns, in words; empty: not known."""
        if self.expected is None:
            return ""
        off = f", give or take {self.margin:,}" if self.margin else ""
        usual = f", some {self.usual:,} of them as before" if self.usual else ""
        return f"{'' if self.margin == 0 else 'about '}{plural(self.expected, 'row')}{off}{usual}"


@dataclass(frozen=True)
class FaultyRows:
    """Writes the queries of one run's findings.

    Attributes:
        config: The pipeline.
        tables: The run's rows of `table_profiles`.
        columns: The run's rows of columns (`stage, table, column, data_type, null_share`).
    """

    config: PipelineConfig
    tables: Sequence[Row]
    columns: Sequence[Row]
    _types: dict[str, dict[str, str]] = field(default_factory=dict, init=False, repr=False)

    def of(self, finding: Row) -> RowQuery | None:
        """Return the query for a finding's rows.

        None where no condition tells them (all rows moved, or rows are gone), for slices, for sensitive columns, and
        for sources that Spark reads with options only.
        """
        write = _QUERIES.get(finding["cause"])
        if write is None or finding.get("slice_key") is not None or self._is_hidden(finding):
            return None
        place = f"{finding['stage']}.{finding['table']}"
        relation = self.relation(place)
        return None if relation is None else write(self, finding, finding["evidence"] or {}, place, relation)

    def relation(self, place: str) -> str | None:
        """Return a table as it stands in SQL, of the version that was profiled; None: it cannot be named."""
        row = self._row(place)
        if row is None or row.get("source_location") is None:
            return None
        kind, location = row.get("source_format"), str(row["source_location"])
        if kind == "table":
            return ".".join(map(_name, location.split(".")))
        if kind not in _FILES or "`" in location:
            return None
        version = str(row.get("source_version") or "")
        return f"{kind}.`{location}`" + (f" VERSION AS OF {version}" if kind == "delta" and version.isdigit() else "")

    def rows(self, place: str) -> int:
        """Return the rows of a table."""
        row = self._row(place)
        return 0 if row is None else int(row.get("row_count") or 0)

    def values(self, place: str, column: str) -> int:
        """Return the rows of a table that have a value in a column."""
        shares = (
            one["null_share"]
            for one in self.columns
            if f"{one['stage']}.{one['table']}" == place and one["column"] == column
        )
        return round(self.rows(place) * (1 - (next(shares, None) or 0.0)))

    def type_of(self, place: str, column: str) -> str:
        """Return a column's type; empty: it is not known."""
        return self.types(place).get(column, "")

    def types(self, place: str) -> dict[str, str]:
        """Return the columns of a table, each with its type."""
        if not self._types:
            for one in self.columns:
                self._types.setdefault(f"{one['stage']}.{one['table']}", {})[one["column"]] = str(one["data_type"])
        return self._types.get(place, {})

    def table(self, place: str) -> TableConfig | None:
        """Return the configuration of a table."""
        return next((each for stage, each in self.config.select() if f"{stage.name}.{each.name}" == place), None)

    def keys(self, place: str) -> tuple[str, ...]:
        """Return the declared keys of a table; empty: there are none."""
        found = self.table(place)
        return () if found is None else found.keys

    def selected(self, place: str, *more: str) -> str:
        """Return what a query selects: the keys and some columns, or everything where no keys are declared."""
        keys = self.keys(place)
        return ", ".join(map(_name, dict.fromkeys((*keys, *more)))) if keys else "*"

    def _row(self, place: str) -> Row | None:
        return next((row for row in self.tables if f"{row['stage']}.{row['table']}" == place), None)

    def _is_hidden(self, finding: Row) -> bool:
        """Return whether a query would need the values of a sensitive column."""
        place, evidence = f"{finding['stage']}.{finding['table']}", finding["evidence"] or {}
        named = [finding["column"], *map(str, evidence.get("columns") or ())]
        of_both = {place, str(evidence.get("source_table") or place)}
        hidden = {
            name for each in of_both if (found := self.table(each)) is not None for name in found.columns.sensitive
        }
        keys = {key for each in of_both for key in self.keys(each)}
        return bool(hidden & {*keys, *(name for name in named if name)})


def _nulls(about: FaultyRows, finding: Row, evidence: Row, place: str, relation: str) -> RowQuery | None:
    columns = [str(one).rpartition(".")[2] for one in evidence.get("columns") or ()] or [finding["column"]]
    if None in columns or not columns:
        return None
    where = " AND ".join(_is_null(about, place, column) for column in columns)
    expected = evidence.get("rows_without_value")
    if expected is None and evidence.get("null_share") is not None:
        expected = round(evidence["null_share"] * about.rows(place))
    sql = f"SELECT {about.selected(place)}\nFROM {relation}\nWHERE {where}"
    says = f"rows without a value in {', '.join(columns)}{_usual(evidence, 'null_share_before')}"
    return RowQuery(sql, says, expected, usual=round((evidence.get("null_share_before") or 0.0) * about.rows(place)))


def _lost(about: FaultyRows, finding: Row, evidence: Row, place: str, relation: str) -> RowQuery | None:
    if evidence.get("columns"):
        return _nulls(about, finding, evidence, place, relation)
    source = str(evidence.get("source_table") or "")
    other = about.relation(source)
    keys = [key for key in about.keys(source) if key in about.types(place) and key in about.types(source)]
    if other is None or not keys or len(keys) < len(about.keys(source)):
        return None
    same = " AND ".join(f"s.{_name(key)} <=> t.{_name(key)}" for key in keys)
    shown = ", ".join(f"s.{_name(key)}" for key in keys)
    sql = f"SELECT {shown}\nFROM {other} s\nLEFT ANTI JOIN {relation} t\nON {same}"
    before = evidence.get("retention_before")
    usual = "" if before is None or before >= 1 else f" (it kept {percent(before)} of them before)"
    says = f"rows of {source} that {place} lacks{usual}"
    return RowQuery(sql, says, _lost_count(about, evidence, place, source))


def _lost_count(about: FaultyRows, evidence: Row, place: str, source: str) -> int | None:
    """Return how many rows of a source have a key that a table lacks, if all of its keys are the source's."""
    again = evidence.get("duplicate_rows")
    if again is None or about.keys(place) != about.keys(source):
        # Duplicates are not counted, or not of these keys.
        return about.rows(source) - about.rows(place) if evidence.get("rows_per_key") in {None, 1.0} else None
    if evidence.get("source_duplicate_rows") != 0:
        return None
    return about.rows(source) - (about.rows(place) - int(again))


def _repeated(about: FaultyRows, finding: Row, evidence: Row, place: str, relation: str) -> RowQuery | None:
    del finding
    keys = ", ".join(map(_name, about.keys(place)))
    # What repeats an earlier load need not repeat itself.
    if not keys or "repeated_key_share" in evidence:
        return None
    sql = f"SELECT {keys}, count(*) AS rows\nFROM {relation}\nGROUP BY {keys}\nHAVING count(*) > 1"
    before = evidence.get("rows_per_key_before")
    usual = "" if before is None or before <= 1 else f" (before there were {number(before)} rows for each key)"
    again = evidence.get("duplicate_rows")
    more = "" if again is None else f", {plural(int(again), 'row')} beyond the first of each"
    return RowQuery(sql, f"keys that {place} has more than once{more}{usual}")


def _new_labels(about: FaultyRows, finding: Row, evidence: Row, place: str, relation: str) -> RowQuery | None:
    column, labels = finding["column"], evidence.get("labels")
    if column is None or not labels:
        return None
    all_named = evidence.get("new_label_count") == len(labels) and evidence.get("share") is not None
    expected = round(evidence["share"] * about.values(place, column)) if all_named else None
    shown = ", ".join(_literal(label, about.type_of(place, column)) for label in labels)
    sql = f"SELECT {about.selected(place, column)}\nFROM {relation}\nWHERE {_name(column)} IN ({shown})"
    margin = _margin(evidence, about.values(place, column))
    return RowQuery(sql, f"rows with a label of {column} that no earlier run had", expected, margin)


def _value(about: FaultyRows, finding: Row, evidence: Row, place: str, relation: str) -> RowQuery | None:
    column, value = finding["column"], evidence.get("exact_value")
    if column is None or value is None:  # earlier releases kept the value as a sentence shows it, which selects nothing
        return None
    share = evidence.get("share")
    expected = None if share is None else round(share * about.rows(place))
    margin = _margin(evidence, about.rows(place))
    if finding["cause"] == "constant_column":  # all values are this one
        expected, margin = about.values(place, column), 0
    literal = _literal(value, about.type_of(place, column))
    sql = f"SELECT {about.selected(place, column)}\nFROM {relation}\nWHERE {_name(column)} = {literal}"
    says = f"rows in which {column} is {evidence.get('value', value)}{_usual(evidence, 'share_before')}"
    return RowQuery(sql, says, expected, margin, round((evidence.get("share_before") or 0.0) * about.rows(place)))


def _at_the_bound(about: FaultyRows, finding: Row, evidence: Row, place: str, relation: str) -> RowQuery | None:
    column, bound = finding["column"], evidence.get("bound")
    if column is None or bound is None:
        return None
    sign = ">=" if evidence.get("side") == "upper" else "<="
    literal = _moment(float(bound), about.type_of(place, column))
    # Earlier releases kept only the share that gathered there, not that which is always there.
    share = evidence.get("bound_share", evidence.get("clipped_share"))
    expected = None if share is None else round(share * about.values(place, column))
    # To Spark NaN is larger than any number.
    is_number = f" AND NOT isnan({_name(column)})" if about.type_of(place, column) in {"float", "double"} else ""
    sql = f"SELECT {about.selected(place, column)}\nFROM {relation}\nWHERE {_name(column)} {sign} {literal}{is_number}"
    says = f"rows in which {column} is at its new bound{_usual(evidence, 'bound_share_before')}"
    values = about.values(place, column)
    usual = round((evidence.get("bound_share_before") or 0.0) * values)
    return RowQuery(sql, says, expected, _margin(evidence, values), usual)


def _late(about: FaultyRows, finding: Row, evidence: Row, place: str, relation: str) -> RowQuery | None:
    column, end = finding["column"], evidence.get("previous_load_end_value")
    if column is None or end is None:  # earlier releases kept it as a sentence shows it, without seconds
        return None
    share = evidence.get("late_share")
    expected = None if share is None else round(share * about.values(place, column))
    literal = _moment(float(end), about.type_of(place, column))
    sql = f"SELECT {about.selected(place, column)}\nFROM {relation}\nWHERE {_name(column)} <= {literal}"
    margin = _margin(evidence, about.values(place, column))
    return RowQuery(sql, "rows whose event time lies in an earlier load's", expected, margin)


def _wrong_versions(about: FaultyRows, finding: Row, evidence: Row, place: str, relation: str) -> RowQuery | None:
    del finding
    found, versions = about.table(place), evidence.get("recorded")
    if found is None or found.model_version is None or not versions:
        return None
    column = found.model_version
    shown = ", ".join(_literal(one, "string") for one in versions)
    share = evidence.get("share")
    sql = f"SELECT {about.selected(place, column)}\nFROM {relation}\nWHERE CAST({_name(column)} AS STRING) IN ({shown})"
    expected = None if share is None else round(share * about.rows(place))
    return RowQuery(sql, "rows that another version of the model scored", expected)


def _overlap(about: FaultyRows, finding: Row, evidence: Row, place: str, relation: str) -> RowQuery | None:
    del finding
    training = str(evidence.get("training_table") or "")
    other, keys = about.relation(training), [key for key in str(evidence.get("key") or "").split("+") if key]
    if other is None or not keys:
        return None
    same = " AND ".join(f"e.{_name(key)} <=> t.{_name(key)}" for key in keys)
    shown = ", ".join(f"e.{_name(key)}" for key in keys)
    sql = f"SELECT {shown}\nFROM {relation} e\nLEFT SEMI JOIN {other} t\nON {same}"
    share, again = evidence.get("share"), evidence.get("duplicate_rows")
    # A share of the keys is that of the rows where none comes twice.
    expected = None if share is None or again else round(share * about.rows(place))
    margin = None if again is None else _margin(evidence, about.rows(place))
    return RowQuery(sql, f"rows that {training} has too", expected, margin)


_Writer = Callable[[FaultyRows, Row, Mapping[str, Any], str, str], "RowQuery | None"]

_QUERIES: Final[Mapping[str, _Writer]] = {
    "clipping": _at_the_bound,
    "constant_column": _value,
    "default_value": _value,
    "duplicated_keys": _repeated,
    "duplicated_load": _repeated,
    "infinite_values": _value,
    "join_duplicated_rows": _repeated,
    "join_lost_rows": _lost,
    "late_data": _late,
    "null_spike": _nulls,
    "null_to_sentinel": _value,
    "train_evaluation_overlap": _overlap,
    "unseen_category": _new_labels,
    "wrong_model_version": _wrong_versions,
}
"""Causes whose rows a condition tells."""


def _margin(evidence: Row, rows: int) -> int | None:
    """Return by how many rows a share of them may be off; None: not known, as of what earlier releases found."""
    error = evidence.get("share_error")
    return None if error is None else ceil(error * rows) if error else 0


def _usual(evidence: Row, name: str) -> str:
    """Return what to know of rows that are among those returned although they are as ever; empty: there are none."""
    before = evidence.get(name)
    return f" (before {percent(before)} of the rows were so)" if before else ""


def _is_null(about: FaultyRows, place: str, column: str) -> str:
    null = f"{_name(column)} IS NULL"
    return f"({null} OR isnan({_name(column)}))" if about.type_of(place, column) in {"float", "double"} else null


def _name(column: str) -> str:
    """Return a column's name as it stands in SQL; dots lead into structs."""
    return column if "`" in column else ".".join(f"`{part}`" for part in column.split("."))


def _literal(value: Any, data_type: str) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _moment(value, data_type)
    text = str(value)
    if data_type.startswith(_NUMBERS) and _is_number(text):
        return text
    if text in INFINITIES and data_type in {"float", "double"}:
        return f"double({text_literal(text)})"
    if data_type == "boolean" and text.lower() in {"true", "false"}:
        return text.lower()
    kind = {"date": "DATE ", "timestamp": "TIMESTAMP ", "timestamp_ntz": "TIMESTAMP_NTZ "}.get(data_type, "")
    return f"{kind}{text_literal(text)}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.strip("+-.0123456789eE") == ""


def _moment(value: float, data_type: str) -> str:
    """Return a number, or the date or time that it stands for."""
    if data_type == "date":
        return f"DATE '{(dt.date(1970, 1, 1) + dt.timedelta(days=round(value))).isoformat()}'"
    if data_type == "timestamp_ntz":
        moment = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=round(value))  # noqa: DTZ001 -- it has no zone
        return f"TIMESTAMP_NTZ '{moment}'"
    if data_type == "timestamp":
        return f"timestamp_micros({round(value)})"
    return repr(value)
