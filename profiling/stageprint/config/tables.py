"""What is known of one table: its source, what its columns mean, and how it is profiled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pydantic import Field, field_validator, model_validator

from stageprint.config.base import ConfigModel, Name, scalar_text
from stageprint.config.problems import Problem, fail, show
from stageprint.config.run_dates import unknown_placeholder
from stageprint.config.sensitive import Sensitive, mentions, sensitivity
from stageprint.config.sources import Source
from stageprint.model import ColumnKind

MODEL_REGISTRIES: Final = ("python", "mlflow")
"""What can be asked for the expected version of a model; `pipeline.model_versions` asks."""

_MIN_ROWS_SHARING_A_VALUE: Final = 2


class ColumnsConfig(ConfigModel):
    """Which columns are profiled, and how.

    Attributes:
        include: Columns to profile; None: all.
        exclude: Columns not to profile.
        kinds: Kind of a column where its type misleads, such as an integer code that is a label:
            ``{model_id: string}``.
        theta: Columns of which a theta sketch of their values is kept, as foreign keys need it.
        sensitive: What may be stored of a column's values. By column: ``off`` (nothing), ``hashed`` (keyed hashes:
            they can be compared but not read) or a number (only values that at least so many rows share). A list of
            columns means ``off`` for each.
        depth: Levels of nesting, below the top-level columns, that are profiled as columns of their own. Deeper fields
            are counted only.
    """

    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    kinds: dict[str, ColumnKind] = Field(default_factory=dict)
    theta: tuple[str, ...] = ()
    sensitive: dict[str, Sensitive] = Field(default_factory=dict)
    depth: int = Field(default=8, ge=0, le=32)

    @field_validator("sensitive", mode="before")
    @classmethod
    def _sensitive_by_column(cls, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return {item: "off" for item in value if isinstance(item, str)}
        if not isinstance(value, dict):
            return value
        # YAML 1.1 reads a bare `off` as false; `true` is what people write for "yes, sensitive".
        found = {name: "off" if isinstance(how, bool) else how for name, how in value.items()}
        problems = [
            Problem(
                (name,),
                f"expected off, hashed or a number of rows of at least {_MIN_ROWS_SHARING_A_VALUE}, got {how!r}",
            )
            for name, how in found.items()
            if how not in {"off", "hashed"} and not (isinstance(how, int) and how >= _MIN_ROWS_SHARING_A_VALUE)
        ]
        if problems:
            fail(problems)
        return found


class SliceConfig(ConfigModel):
    """One way to slice a table. In YAML, text alone stands for `by`.

    Attributes:
        by: Path of a column, or a condition in Spark SQL such as ``distance > 1000``.
        values: Values that get a slice each, as text; None: the most frequent values. Finding those reads the columns
            in `by` once more.
        limit: Number of most frequent values that get a slice each; all other values share one slice.
    """

    by: str = Field(min_length=1, description="a column or a condition")
    values: tuple[str, ...] | None = None
    limit: int = Field(default=20, ge=1, le=1000)

    @model_validator(mode="before")
    @classmethod
    def _text_alone(cls, value: Any) -> Any:
        return {"by": value} if isinstance(value, str) else value

    @field_validator("values", mode="before")
    @classmethod
    def _text_values(cls, value: Any) -> Any:
        return [scalar_text(item) for item in value] if isinstance(value, (list, tuple)) else value

    @field_validator("values")
    @classmethod
    def _distinct(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if value is None else tuple(dict.fromkeys(value))


class RetentionConfig(ConfigModel):
    """How many rows of an upstream table this table is expected to keep.

    Attributes:
        of: The upstream table: ``stage.table``, or the name of a table in a stage directly upstream.
        share: Expected share of its rows, 0 to 1; None: learned from earlier runs.
    """

    of: str = Field(description="the upstream table: its name, or stage.table")
    share: float | None = Field(default=None, ge=0, le=1)


class TableConfig(ConfigModel):
    """One table of a stage.

    Attributes:
        name: The table's name.
        source: Where it is read from.
        keys: Columns that together identify a row.
        exact_keys: Whether rows that repeat a key are counted exactly, with a Spark aggregation of their own where the
            sketch cannot tell. False: the number stays unknown where the sketch cannot tell.
        references: Foreign keys: column → the ``stage.table.column`` it refers to. Both columns keep a theta sketch.
        derived_from: Lineage of computed columns: column → the upstream ``stage.table.column``, or a list of them. A
            column with the same name upstream needs no entry.
        event_time: Timestamp or date column that says when a row happened.
        label: Column of the true outcome.
        prediction: Column of the predicted outcome.
        score: Column of the predicted probability.
        model_version: Column that names the model.
        expected_model_version: What `model_version` should hold: a text (``{run_id}`` and ``{run_date}`` are replaced),
            a list of texts where several models serve, or whom to ask, ``{python: package.module:function}`` or
            ``{mlflow: models:/name@alias}``; see `stageprint.pipeline.model_versions`.
        retention: Expected share of an upstream table's rows.
        checks: Declared expectations, as written; `stageprint.checks.parse_checks` reads them.
        slices: Parts of the table that are profiled beside the whole.
        incremental: Partition column: only partitions whose files changed since an earlier profile are read.
        columns: Which columns are profiled, and how.
        owner: Who is told where a rule of ``notify`` has ``owners``: a team, or an address.
        optional: Whether a run may lack the table. That it was not profiled is then no finding, that it could not be
            read a warning at most.
    """

    name: Name = Field(description="the table's name")
    source: Source = Field(description="a mapping with `format` and `path`, or `table`, or `sql`")
    keys: tuple[str, ...] = ()
    exact_keys: bool = True
    references: dict[str, str] = Field(default_factory=dict)
    derived_from: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    event_time: str | None = None
    label: str | None = None
    prediction: str | None = None
    score: str | None = None
    model_version: str | None = None
    expected_model_version: tuple[str, ...] = ()
    retention: RetentionConfig | None = None
    checks: tuple[Any, ...] = ()
    slices: tuple[SliceConfig, ...] = ()
    incremental: str | None = None
    columns: ColumnsConfig = ColumnsConfig()
    optional: bool = False
    owner: str | None = Field(default=None, min_length=1, description="who is told, such as a team")

    @field_validator("expected_model_version", mode="before")
    @classmethod
    def _listed_versions(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(value) == 1 and set(value) <= set(MODEL_REGISTRIES):
            ((name, text),) = value.items()
            return (f"{name}: {text}",)
        if isinstance(value, dict):
            fail([Problem((), f"expected text, a list of texts, {{python: …}} or {{mlflow: …}}, got {show(value)}")])
        return [scalar_text(item) for item in value] if isinstance(value, (list, tuple)) else (scalar_text(value),)

    @field_validator("expected_model_version")
    @classmethod
    def _known_placeholders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            wrong = unknown_placeholder(text)
            if wrong is not None:
                fail([Problem((), wrong)])
        return value

    @field_validator("derived_from", mode="before")
    @classmethod
    def _listed_parents(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {column: (parents,) if isinstance(parents, str) else parents for column, parents in value.items()}

    @model_validator(mode="after")
    def _incremental_source(self) -> TableConfig:
        if self.incremental is not None and self.source.sql is not None:
            fail([Problem(("incremental",), "needs files or a table as source: the partitions of a query are unknown")])
        if self.incremental is not None and self.slices:
            fail([Problem(("incremental",), "not allowed together with `slices`: its partitions are the slices")])
        return self

    @model_validator(mode="after")
    def _stored_slices(self) -> TableConfig:
        declared = self.columns.sensitive
        if self.incremental is not None and sensitivity(self.incremental, declared) is not None:
            text = f"not allowed for a sensitive column: {self.incremental!r} would be stored with every partition"
            fail([Problem(("incremental",), text)])
        problems = [
            Problem(
                ("slices", index),
                f"not allowed by {one.by!r}, whose values may not be stored (columns.sensitive: {how}); a number of "
                "rows would allow the values that so many rows share",
            )
            for index, one in enumerate(self.slices)
            if isinstance(how := sensitivity(one.by, declared), str)
        ]
        if problems:
            fail(problems)
        return self

    def min_slice_rows(self, by: str, min_group_size: int) -> int:
        """Return the rows that a slice must have to be stored; 0 where it says nothing about a sensitive column.

        Args:
            by: The column or condition that the table is sliced by.
            min_group_size: The pipeline's ``sensitive.min_group_size``.
        """
        declared = self.columns.sensitive
        how = sensitivity(by, declared)
        named = [declared[name] for name in mentions(by, declared)] if how is None else [how]
        sizes = [size if isinstance(size, int) else min_group_size for size in named]
        return max(min_group_size, *sizes) if sizes else 0

    @model_validator(mode="after")
    def _distinct_slices(self) -> TableConfig:
        names = [one.by for one in self.slices]
        problems = [
            Problem(("slices", index), f"expected each slice once, got {name!r} a second time")
            for index, name in enumerate(names)
            if name in names[:index]
        ]
        if problems:
            fail(problems)
        return self

    @model_validator(mode="after")
    def _version_column(self) -> TableConfig:
        if self.expected_model_version and self.model_version is None:
            text = "needs `model_version`: the column that is compared with it"
            fail([Problem(("expected_model_version",), text)])
        return self

    @property
    def theta_columns(self) -> tuple[str, ...]:
        """The columns that keep a theta sketch because of this table's own settings: ``columns.theta``, references."""
        return tuple(dict.fromkeys((*self.columns.theta, *self.references)))

    def named_columns(self) -> Iterator[tuple[str, str]]:
        """Yield (configuration key, column name) of every column that the configuration names."""
        for index, column in enumerate(self.keys):
            yield f"keys[{index}]", column
        for key in ("event_time", "label", "prediction", "score", "model_version"):
            column = getattr(self, key)
            if column is not None:
                yield key, column
        for column in self.references:
            yield f"references.{column}", column
        for key in ("include", "exclude", "theta", "kinds", "sensitive"):
            for column in getattr(self.columns, key) or ():
                yield f"columns.{key}", column
