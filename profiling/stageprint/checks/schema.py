"""The columns of a table, their types and order."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field, PlainValidator

from stageprint.checks._text import listing
from stageprint.checks.base import CheckContext, Parameters, TableCheck, Verdict
from stageprint.model import SchemaField
from stageprint.model.figures import plural

_ALIASES: Final = {
    "boolean": "boolean",
    "bool": "boolean",
    "byte": "tinyint",
    "short": "smallint",
    "integer": "int",
    "long": "bigint",
    "real": "float",
    "str": "string",
    "timestamp_ltz": "timestamp",
    "decimal": "decimal(10,0)",
    "dec": "decimal(10,0)",
    "numeric": "decimal(10,0)",
}
"""Other names that Spark SQL accepts for its types."""


def _columns(value: Any) -> dict[str, str | None]:
    if isinstance(value, (list, tuple)) and len(set(map(str, value))) == len(value):
        value = dict.fromkeys(value)
    if (
        not isinstance(value, dict)
        or not value
        or not all(isinstance(name, str) for name in value)
        or not all(kind is None or isinstance(kind, str) for kind in value.values())
    ):
        message = "expected a mapping of columns to types, or a list of columns"
        raise ValueError(message)
    return value


class SchemaParameters(Parameters):
    """Parameters of ``schema``.

    Attributes:
        columns: The top-level columns in order, each with its Spark SQL type. Where you give no type, as in a list,
            none is checked.
        mode: ``exact``: these columns in this order; ``any_order``: these columns in any order; ``additive``: these
            columns, and possibly others.
    """

    columns: Annotated[dict[str, str | None], PlainValidator(_columns)]
    mode: Literal["exact", "any_order", "additive"] = Field(default="exact")


class SchemaCheck(TableCheck[SchemaParameters]):
    """The table has the declared columns. Exact, and always computable, even for a table without rows.

    Names are compared as written: a change of case is one column removed and one added. Types are compared by their
    Spark SQL names, where ``integer`` and ``int`` are the same. Nullability is not: sources seldom keep it.

    Example:
        - schema: {columns: {year: int, carrier: string, distance: double}}
        - {check: schema, columns: [year, carrier], mode: additive, severity: warning}
    """

    name: ClassVar[str] = "schema"
    model: ClassVar[type[Parameters]] = SchemaParameters

    @property
    def expected(self) -> str:
        """The columns and the mode."""
        columns = self.parameters.columns
        mode = {"exact": " in this order", "any_order": "", "additive": ", others too"}[self.parameters.mode]
        shown = listing([name if kind is None else f"{name} {kind}" for name, kind in columns.items()], 10)
        return f"{plural(len(columns), 'column')}{mode}: {shown}"

    def judge(self, context: CheckContext) -> Verdict:
        """Compare the schema field by field."""
        changes = _changes(self.parameters, context.table.schema)
        if changes:
            return Verdict(False, "; ".join(changes))
        return Verdict(True, f"{plural(len(context.table.schema), 'column')}, as declared")


def _changes(declared: SchemaParameters, schema: tuple[SchemaField, ...]) -> list[str]:
    columns, found = declared.columns, {field.name: field.data_type for field in schema}
    removed = [name for name in columns if name not in found]
    added = [field.name for field in schema if field.name not in columns]
    retyped = [
        f"{name} from {kind} to {found[name]}"
        for name, kind in columns.items()
        if kind is not None and name in found and _canonical(kind) != _canonical(found[name])
    ]
    changes = [f"removed {listing(removed)}"] if removed else []
    if added and declared.mode != "additive":
        changes.append(f"added {listing(added)}")
    if retyped:
        changes.append(f"re-typed {listing(retyped)}")
    if declared.mode == "exact":
        before, now = [name for name in columns if name in found], [name for name in found if name in columns]
        if before != now:
            changes.append(f"re-ordered: {listing(now, 10)}")
    doubles = len(schema) - len(found)
    if doubles:
        changes.append(f"{plural(doubles, 'name')} given twice")
    return changes


def _canonical(data_type: str) -> str:
    text = "".join(data_type.lower().split())
    return _ALIASES.get(text, text)
