"""The YAML configuration: its models, and loading with file, line and key in every error."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Collection, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from stageprint.config.problems import Problem, explain, fail, read_yaml
from stageprint.errors import ConfigError, UsageError, did_you_mean
from stageprint.model import ColumnKey, ColumnKind, Severity, TableKey

Name = Annotated[str, Field(min_length=1, pattern=r"^[^\s{}./\\:]+$")]
"""A stage's or table's name: no blank, brace, dot, colon or slash, so that ``stage.table.column`` reads one way."""

Engine = Literal["auto", "arrow", "dataframe"]
"""How tables are read: ``arrow`` is the fast path, ``dataframe`` Spark's own reader, ``auto`` the first that can."""

Role = Literal["training", "evaluation", "serving", "predictions"]

REGISTRIES: Final = ("python", "mlflow")
"""Who can be asked which version of a model is expected; the text behind the colon says what to ask for."""

PROFILES: Final = "stageprint"
"""Format of a source that holds what serving processes wrote: fingerprints, no rows."""

_PLACEHOLDER = re.compile(r"\{(\w[\w -]*)\}")
_PLACEHOLDERS = ("run_id", "run_date")

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_RUN_DATE = re.compile(r"^(?P<year>\d{4})-?(?P<month>\d{2})(?:-?(?P<day>\d{2}))?(?!\d)")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SketchSettings(_Model):
    """Sizes of the sketches; larger is more exact, slower and bigger in the store.

    Attributes:
        kll_k: KLL's k; rank error ε = 2.296/k^0.9723 (0.68 % at 400), about 20·k bytes.
        hll_lg_k: HLL has 2^lg_k registers; relative standard error 1.04/√2^lg_k (1.6 % at 12).
        theta_lg_k: Theta sketches keep 2^lg_k hashes; relative standard error 1/√2^lg_k.
        max_items: Labels that frequent items track exactly before estimating; rounded up to ¾ of a power of two.
        top_items: Labels stored in `top_items`.
        shape_values: Distinct strings whose formats and patterns are sampled, about 20 bytes each.
    """

    kll_k: int = Field(default=400, ge=8, le=65535)
    hll_lg_k: int = Field(default=12, ge=4, le=21)
    theta_lg_k: int = Field(default=12, ge=5, le=26)
    max_items: int = Field(default=768, ge=8, le=1 << 20)
    top_items: int = Field(default=100, ge=1, le=1000)
    shape_values: int = Field(default=512, ge=16, le=65535)


class Override(_Model):
    """Another threshold or budget for some shifts; of several that name the same shift the last one's word counts.

    Attributes:
        table: Table, ``stage.table`` or the table's name alone; None: all.
        column: Column; None: all, and the tables' own statistics.
        statistic: Statistic or rule, as in ``shifts.statistic``; None: all.
        floor: Practical floor: what sketch error cannot explain of a shift must be at least this, in the statistic's
            unit.
        critical: From here on an alert is critical.
        ignore: Neither decided on nor counted; still measured and stored. False undoes an earlier entry's true.
        severity_at_most: An alert is no louder than this.
        false_findings_per_run: Budget, as the setting of the same name.
    """

    table: str | None = None
    column: str | None = None
    statistic: str | None = None
    floor: float | None = Field(default=None, ge=0)
    critical: float | None = Field(default=None, ge=0)
    ignore: bool | None = None
    severity_at_most: Literal["review", "warning"] | None = None
    false_findings_per_run: float | None = Field(default=None, gt=0, le=100_000)

    @model_validator(mode="after")
    def _sensible(self) -> Override:
        problems = [
            Problem((key,), "expected together with `statistic`, in whose unit it is")
            for key in ("floor", "critical")
            if getattr(self, key) is not None and self.statistic is None
        ]
        if self.floor is not None and self.critical is not None and self.critical < self.floor:
            problems.append(
                Problem(("critical",), f"expected at least `floor` ({self.floor:g}), got {self.critical:g}")
            )
        if not self.words:
            wanted = "floor, critical, ignore, severity_at_most or false_findings_per_run"
            problems.append(Problem((), f"expected one of {wanted}, got none of them"))
        if problems:
            fail(problems)
        return self

    @property
    def words(self) -> str:
        """What it sets, in words; empty: nothing."""
        keys = ("ignore", "floor", "critical", "severity_at_most", "false_findings_per_run")
        known = {key: getattr(self, key) for key in keys}
        return ", ".join(f"{key} {_shown(value)}" for key, value in known.items() if value is not None)

    def names_table(self, key: TableKey) -> bool:
        """Return whether it is about a table, or about the table of a slice (``flights [origin = JFK]``)."""
        whole = TableKey(key.stage, key.table.split(" [", 1)[0])
        return self.table in {None, str(whole), whole.table}


class DecisionSettings(_Model):
    """Budgets of the decision rule; the defaults need no tuning.

    Attributes:
        false_findings_per_run: False alerts to expect of a run of 100,000 healthy columns. Smaller runs have
            proportionally fewer, larger ones no more. The digest (`review`) takes ten times as many.
        window: Runs in the trailing-window reference.
        long_window: Runs in the long reference.
        fail_on: Least severity that makes ``stageprint compare`` exit with 1.
        overrides: Other thresholds and budgets for some tables, columns and statistics.
    """

    false_findings_per_run: float = Field(default=1.0, gt=0, le=1000)
    window: int = Field(default=7, ge=1, le=366)
    long_window: int = Field(default=28, ge=1, le=366)
    fail_on: Literal["critical", "warning", "review", "never"] = "critical"
    overrides: tuple[Override, ...] = ()

    def most(self, key: ColumnKey) -> Severity:
        """Return the loudest severity that the overrides leave to a column, whatever the statistic."""
        caps = [
            Severity(override.severity_at_most)
            for override in self.overrides
            if override.severity_at_most is not None
            and override.statistic is None
            and override.names_table(key.table_key)
            and override.column in {None, key.column}
        ]
        return caps[-1] if caps else Severity.CRITICAL

    @model_validator(mode="after")
    def _known_statistics(self) -> DecisionSettings:
        wanted = [(index, one.statistic) for index, one in enumerate(self.overrides) if one.statistic is not None]
        known = import_module("stageprint.shifts").all_shifts() if wanted else {}
        problems = [
            Problem(
                ("overrides", index, "statistic"),
                f"expected a shift statistic, got {name!r}{did_you_mean(name, known)}",
            )
            for index, name in wanted
            if name not in known
        ]
        if problems:
            fail(problems)
        return self

    @model_validator(mode="after")
    def _ordered(self) -> DecisionSettings:
        if self.long_window < self.window:
            text = f"expected at least `window` ({self.window}), got {self.long_window}"
            fail([Problem(("long_window",), text)])
        return self


class Source(_Model):
    """Where a table is read from: ``format`` + ``path``, or ``table``, or ``sql``.

    ``{run_id}`` and ``{run_date}`` (ISO date of the run) are substituted in path, table and sql. The format
    ``stageprint`` is a folder of what serving processes wrote (`stageprint.serving`): fingerprints, no rows.
    """

    format: Literal["parquet", "delta", "csv", "json", "orc", "stageprint"] | None = None
    path: str | None = None
    table: str | None = None
    sql: str | None = None
    options: dict[str, str] = Field(default_factory=dict)

    @field_validator("options", mode="before")
    @classmethod
    def _text_options(cls, value: Any) -> Any:
        return _as_text(value)

    @model_validator(mode="after")
    def _one_way(self) -> Source:
        ways = [way for way in ("path", "table", "sql") if getattr(self, way) is not None]
        if len(ways) != 1:
            got = " and ".join(f"`{way}`" for way in ways) or "none of them"
            fail([Problem((), f"expected one of `format` + `path`, `table` or `sql`, got {got}")])
        if ways == ["path"] and self.format is None:
            text = "required key is missing; a `path` needs its format: parquet, delta, csv, json, orc or stageprint"
            fail([Problem(("format",), text)])
        if ways != ["path"] and (self.format is not None or self.options):
            extra = "format" if self.format is not None else "options"
            fail([Problem((extra,), f"expected together with `path` only, got it with `{ways[0]}`")])
        if ways != ["sql"]:  # braces in a query may be anything
            for name in _PLACEHOLDER.findall(self.text):
                if name not in _PLACEHOLDERS:
                    text = f"unknown placeholder {{{name}}}{did_you_mean(name, _PLACEHOLDERS)}"
                    fail([Problem((ways[0],), text)])
        return self

    @property
    def text(self) -> str:
        """Path, table or query, as configured."""
        return next(text for text in (self.path, self.table, self.sql) if text is not None)

    @property
    def label(self) -> str:
        """The format as stored in `table_profiles`: parquet, delta, …, table or sql."""
        return self.format or ("table" if self.table is not None else "sql")

    def for_run(self, run_id: str) -> Source:
        """Return the source with `{run_id}` and `{run_date}` substituted.

        Raises:
            UsageError: `{run_date}` is used and the run's name does not begin with a date.
        """
        text = substitute(self.text, run_id, "source")
        way = "path" if self.path is not None else "table" if self.table is not None else "sql"
        return self.model_copy(update={way: text})


def profiles_source(directory: str) -> Source:
    """Return the source of the files that serving processes write below `directory`: a folder a run.

    ``{run_id}`` and ``{run_date}`` stand for the run; without either each run has a folder of its name.

    Raises:
        UsageError: `directory` holds another placeholder, or is on no local or mounted file system.
    """
    if "://" in directory and not directory.startswith("file://"):
        message = f"directory: expected a local or mounted folder, got {directory!r}"
        raise UsageError(message)
    path = directory.removeprefix("file://")
    if not any(f"{{{name}}}" in path for name in _PLACEHOLDERS):
        path = f"{path.rstrip('/')}/{{run_id}}"
    try:
        return Source(format=PROFILES, path=path)
    except ValidationError as error:
        message = f"directory: {error.errors()[0]['msg']}"
        raise UsageError(message) from None


class ColumnsConfig(_Model):
    """Which columns are profiled, and as what.

    Attributes:
        include: Only these columns (default: all).
        exclude: Not these.
        kinds: Kind overrides by column, such as an integer code that is a label: ``{model_id: string}``.
        theta: Columns that also keep a theta sketch of their values (foreign keys).
        sensitive: Columns of which no single value may be stored: a list of them, or a mapping of each to ``off`` (no
            values at all), ``hashed`` (texts as keyed hashes, which compare but do not read) or the least number of
            rows that must share a value for it to be stored.
        depth: Levels of nesting below the top-level columns that are columns of their own; deeper ones are counted.
    """

    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    kinds: dict[str, ColumnKind] = Field(default_factory=dict)
    theta: tuple[str, ...] = ()
    sensitive: dict[str, Literal["off", "hashed"] | int] = Field(default_factory=dict)
    depth: int = Field(default=8, ge=0, le=32)

    @field_validator("sensitive", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return {item: "off" for item in value if isinstance(item, str)}
        if not isinstance(value, dict):
            return value
        # YAML 1.1 reads a bare `off` as false; `true` is what people write for "yes, sensitive".
        found = {name: "off" if isinstance(how, bool) else how for name, how in value.items()}
        problems = [
            Problem((name,), f"expected off, hashed or a number of rows of at least 2, got {how!r}")
            for name, how in found.items()
            if how not in {"off", "hashed"} and not (isinstance(how, int) and how >= 2)
        ]
        if problems:
            fail(problems)
        return found


class SliceConfig(_Model):
    """One way to slice a table; written as a text alone it is `by`.

    Attributes:
        by: A column's path, or a condition in Spark SQL such as ``distance > 1000``.
        values: Values with a slice of their own, as text; None takes the most frequent, which reads `by`'s columns
            once more.
        limit: How many of the most frequent values; the rest is one slice.
    """

    by: str = Field(min_length=1, description="a column or a condition")
    values: tuple[str, ...] | None = None
    limit: int = Field(default=20, ge=1, le=1000)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"by": value} if isinstance(value, str) else value

    @field_validator("values", mode="before")
    @classmethod
    def _text_values(cls, value: Any) -> Any:
        return [_scalar_text(item) for item in value] if isinstance(value, (list, tuple)) else value

    @field_validator("values")
    @classmethod
    def _distinct(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if value is None else tuple(dict.fromkeys(value))


class Retention(_Model):
    """Expected share of an upstream table's rows that this table keeps.

    Attributes:
        of: Upstream table, ``stage.table`` or the table's name in a direct upstream stage.
        share: Expected share, 0–1; None learns it from history.
    """

    of: str = Field(description="the upstream table: its name, or stage.table")
    share: float | None = Field(default=None, ge=0, le=1)


class TableConfig(_Model):
    """One table of a stage.

    Attributes:
        name: The table's name.
        source: Where it is read from.
        keys: Columns that together identify a row.
        exact_keys: Whether rows that repeat a key are counted one by one, with a Spark aggregation of their own where a
            sketch cannot tell; otherwise they are not known.
        references: Foreign keys: column → ``stage.table.column`` it points at. A theta sketch is kept of both.
        derived_from: Lineage of computed columns: column → the ``stage.table.column`` (or a list of them) upstream that
            it is computed from. Columns of the same name need no word.
        event_time: Timestamp or date column that says when a row happened.
        label: Column of the true outcome.
        prediction: Column of the predicted outcome.
        score: Column of the model's confidence.
        model_version: Column that names the model.
        expected_model_version: What that column should hold: a text in which ``{run_id}`` and ``{run_date}`` stand for
            the run, a list of texts where several models serve, or who is to be asked,
            ``{python: package.module:function}`` or ``{mlflow: models:/name@alias}``; see
            `stageprint.pipeline.model_versions`.
        retention: Expected share of an upstream table's rows.
        checks: Declared expectations, as written; `stageprint.checks.parse_checks` reads them.
        slices: Parts profiled beside the whole.
        incremental: Partition column: only partitions whose files changed since an earlier profile are read.
        columns: Which columns are profiled, and as what.
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
    retention: Retention | None = None
    checks: tuple[Any, ...] = ()
    slices: tuple[SliceConfig, ...] = ()
    incremental: str | None = None
    columns: ColumnsConfig = ColumnsConfig()

    @model_validator(mode="after")
    def _incremental_source(self) -> TableConfig:
        if self.incremental is not None and self.source.sql is not None:
            fail([Problem(("incremental",), "expected with files or a table: a query's partitions are not known")])
        if self.incremental is not None and self.slices:
            fail([Problem(("incremental",), "expected without `slices`: its partitions are the slices")])
        return self

    @model_validator(mode="after")
    def _distinct_slices(self) -> TableConfig:
        names = [one.by for one in self.slices]
        problems = [
            Problem(("slices", index), f"expected every slice once, got {name!r} a second time")
            for index, name in enumerate(names)
            if name in names[:index]
        ]
        if problems:
            fail(problems)
        return self

    @field_validator("expected_model_version", mode="before")
    @classmethod
    def _listed_versions(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(value) == 1 and set(value) <= set(REGISTRIES):
            ((name, text),) = value.items()
            return (f"{name}: {text}",)
        return [_scalar_text(item) for item in value] if isinstance(value, (list, tuple)) else (_scalar_text(value),)

    @field_validator("expected_model_version")
    @classmethod
    def _known_placeholders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            for name in _PLACEHOLDER.findall(text):
                if name not in _PLACEHOLDERS:
                    fail([Problem((), f"unknown placeholder {{{name}}}{did_you_mean(name, _PLACEHOLDERS)}")])
        return value

    @model_validator(mode="after")
    def _version_column(self) -> TableConfig:
        if self.expected_model_version and self.model_version is None:
            text = "expected together with `model_version`: without its column there is nothing to compare"
            fail([Problem(("expected_model_version",), text)])
        return self

    @field_validator("derived_from", mode="before")
    @classmethod
    def _listed_parents(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {column: (parents,) if isinstance(parents, str) else parents for column, parents in value.items()}

    @field_validator("checks")
    @classmethod
    def _readable(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        problems = []
        for problem in _checks().read_checks(value)[1] if value else ():
            where = tuple(part for part in (problem.index, problem.key) if part is not None)
            problems.append(
                Problem(where, problem.text if problem.check is None else f"{problem.check}: {problem.text}")
            )
        if problems:
            fail(problems)
        return value

    @property
    def theta_columns(self) -> tuple[str, ...]:
        """The columns that keep a theta sketch by the table's own wish: ``columns.theta`` and its references."""
        return tuple(dict.fromkeys((*self.columns.theta, *self.references)))

    def named_columns(self) -> Iterator[tuple[str, str]]:
        """Yield (configuration key, column name) of every column the configuration names."""
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


class StageConfig(_Model):
    """One stage: its tables, the stages it reads, and what it is for."""

    name: Name = Field(description="the stage's name")
    upstream: tuple[str, ...] = ()
    role: Role | None = None
    tables: tuple[TableConfig, ...] = Field(min_length=1, description="a list of tables")

    @model_validator(mode="after")
    def _unique_tables(self) -> StageConfig:
        problems = _duplicates("table", "tables", [table.name for table in self.tables])
        if problems:
            fail(problems)
        return self


class PipelineConfig(_Model):
    """A pipeline: a graph of stages, and the store its fingerprints go to."""

    pipeline: Name = Field(description="the pipeline's name")
    store: str = Field(min_length=1, description="where the results go: a path, or catalog.schema")
    stages: tuple[StageConfig, ...] = Field(min_length=1, description="a list of stages")
    sketches: SketchSettings = SketchSettings()
    decision: DecisionSettings = DecisionSettings()
    engine: Engine = Field(default="auto", description="how tables are read: auto, arrow or dataframe")
    spark: dict[str, str] = Field(default_factory=dict)

    @field_validator("spark", mode="before")
    @classmethod
    def _text_conf(cls, value: Any) -> Any:
        return _as_text(value)

    @model_validator(mode="after")
    def _graph(self) -> PipelineConfig:
        names = [stage.name for stage in self.stages]
        problems = _duplicates("stage", "stages", names)
        for position, stage in enumerate(self.stages):
            for index, upstream in enumerate(stage.upstream):
                if upstream not in names:
                    text = f"expected a stage, got {upstream!r}{did_you_mean(upstream, names)}"
                    problems.append(Problem(("stages", position, "upstream", index), text))
        problems = problems or list(self._cycles())
        problems = problems or [
            *self._lost_retentions(),
            *self._lost_references(),
            *self._lost_lineage(),
            *self._lost_tables(),
            *self._lost_overrides(),
        ]
        if problems:
            fail(problems)
        return self

    def _cycles(self) -> Iterator[Problem]:
        done: set[str] = set()

        def visit(name: str, trail: tuple[str, ...]) -> tuple[str, ...] | None:
            if name in trail:
                return (*trail[trail.index(name) :], name)
            if name in done:
                return None
            loops = (visit(parent, (*trail, name)) for parent in self.stage(name).upstream)
            loop = next((found for found in loops if found is not None), None)
            done.add(name)
            return loop

        names = [stage.name for stage in self.stages]
        for name in names:
            loop = visit(name, ())
            if loop is not None:
                text = f"expected stages without a cycle, got {' → '.join(loop)}"
                yield Problem(("stages", names.index(loop[0]), "upstream"), text)

    def _lost_retentions(self) -> Iterator[Problem]:
        for position, stage in enumerate(self.stages):
            for index, table in enumerate(stage.tables):
                if table.retention is not None and self.retention_source(stage, table) is None:
                    wanted = table.retention.of
                    options = [str(key) for key in self.upstream_tables(stage.name)]
                    hint = did_you_mean(wanted, options) or f"; stage {stage.name!r} has no upstream"
                    text = f"expected a table of an upstream stage, got {wanted!r}{hint}"
                    yield Problem(("stages", position, "tables", index, "retention", "of"), text)

    def _lost_references(self) -> Iterator[Problem]:
        known = [str(key) for key in self._keys()]
        for position, stage in enumerate(self.stages):
            for index, table in enumerate(stage.tables):
                for column, target in table.references.items():
                    where = ("stages", position, "tables", index, "references", column)
                    text = _column_problem(target, known)
                    if text is not None:
                        yield Problem(where, text)

    def _lost_lineage(self) -> Iterator[Problem]:
        known = [str(key) for key in self._keys()]
        for position, stage in enumerate(self.stages):
            above = self.ancestors(stage.name)
            for index, table in enumerate(stage.tables):
                for column, parents in table.derived_from.items():
                    where = ("stages", position, "tables", index, "derived_from", column)
                    yield from (Problem(where, text) for text in _lineage_problems(parents, known, stage.name, above))

    def ancestors(self, stage: str) -> list[str]:
        """Return every stage upstream of a stage, the nearest first.

        Raises:
            UsageError: There is no such stage.
        """
        found: list[str] = []
        waiting = list(self.stage(stage).upstream)
        while waiting:
            name = waiting.pop(0)
            if name not in found:
                found.append(name)
                waiting.extend(self.stage(name).upstream)
        return found

    def lineage(self) -> dict[ColumnKey, tuple[ColumnKey, ...]]:
        """Return the declared parents of computed columns (``derived_from``)."""
        return {
            ColumnKey(stage.name, table.name, column): tuple(ColumnKey(*parent.split(".", 2)) for parent in parents)
            for stage, table in self.select()
            for column, parents in table.derived_from.items()
        }

    def _lost_tables(self) -> Iterator[Problem]:
        known = {str(key) for key in self._keys()}
        names = known | {key.table for key in self._keys()}
        for position, stage in enumerate(self.stages):
            for index, table in enumerate(stage.tables):
                for item, wanted in _checks().named_tables(table.checks) if table.checks else ():
                    if wanted not in names:
                        text = f"expected a table of this pipeline, got {wanted!r}{did_you_mean(wanted, known)}"
                        yield Problem(("stages", position, "tables", index, "checks", item), text)

    def _lost_overrides(self) -> Iterator[Problem]:
        keys = self._keys()
        names = {name for key in keys for name in (str(key), key.table)}
        for index, override in enumerate(self.decision.overrides):
            if override.table is not None and override.table not in names:
                hint = did_you_mean(override.table, names)
                text = f"expected a table of this pipeline, got {override.table!r}{hint}"
                yield Problem(("decision", "overrides", index, "table"), text)

    def peers(self, stage: StageConfig, table: TableConfig) -> dict[str, TableKey]:
        """Return, by role, the tables of stages with another role that stand beside a table of a stage with one.

        Where a role has several tables: that of the same name, of the same keys, of the same label, else the first.
        """
        if stage.role is None:
            return {}
        found: dict[str, list[tuple[tuple[bool, ...], TableKey]]] = {}
        for other, one in self.select():
            if other.role is None or other.role == stage.role:
                continue
            alike = (one.name == table.name, set(one.keys) == set(table.keys), one.label == table.label)
            found.setdefault(other.role, []).append((alike, TableKey(other.name, one.name)))
        return {role: max(options, key=lambda option: option[0])[1] for role, options in found.items()}

    def _keys(self) -> list[TableKey]:
        return [TableKey(stage.name, table.name) for stage in self.stages for table in stage.tables]

    @property
    def hash(self) -> str:
        """First 16 hex digits of the SHA-256 of the configuration's canonical JSON."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def stage(self, name: str) -> StageConfig:
        """Return the stage of that name.

        Raises:
            UsageError: There is none.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        message = f"no stage {name!r} in pipeline {self.pipeline!r}{did_you_mean(name, [s.name for s in self.stages])}"
        raise UsageError(message)

    def table(self, stage: str, name: str) -> TableConfig:
        """Return a stage's table.

        Raises:
            UsageError: There is no such stage or table.
        """
        tables = self.stage(stage).tables
        for table in tables:
            if table.name == name:
                return table
        message = f"no table {name!r} in stage {stage!r}{did_you_mean(name, [table.name for table in tables])}"
        raise UsageError(message)

    def select(
        self, stages: tuple[str, ...] = (), tables: tuple[str, ...] = ()
    ) -> list[tuple[StageConfig, TableConfig]]:
        """Return (stage, table) in configuration order, narrowed to the names given (empty: all).

        Raises:
            UsageError: A name is no stage, or no table of the chosen stages.
        """
        chosen = [self.stage(name) for name in stages] if stages else list(self.stages)
        known = [table.name for stage in chosen for table in stage.tables]
        for name in tables:
            if name not in known:
                where = f"stage {', '.join(repr(s.name) for s in chosen)}" if stages else f"pipeline {self.pipeline!r}"
                message = f"no table {name!r} in {where}{did_you_mean(name, known)}"
                raise UsageError(message)
        ordered = [stage for stage in self.stages if stage in chosen]
        return [(stage, table) for stage in ordered for table in stage.tables if not tables or table.name in tables]

    def upstream_tables(self, stage: str) -> list[TableKey]:
        """Return the tables of the stages directly upstream of `stage`."""
        return [TableKey(up, table.name) for up in self.stage(stage).upstream for table in self.stage(up).tables]

    def referenced_columns(self, stage: str, name: str) -> tuple[str, ...]:
        """Return the columns of a table that some table's ``references`` point at; each keeps a theta sketch."""
        targets = (target for _, table in self.select() for target in table.references.values())
        parts = (target.split(".", 2) for target in targets)
        return tuple(dict.fromkeys(column for *place, column in parts if place == [stage, name]))

    def retention_source(self, stage: StageConfig, table: TableConfig) -> TableKey | None:
        """Return the upstream table whose rows `table` keeps.

        Declared by ``retention.of``; otherwise the first upstream table with the same keys, or None.
        """
        upstream = self.upstream_tables(stage.name)
        if table.retention is not None:
            wanted = table.retention.of
            return next((key for key in upstream if wanted in (str(key), key.table)), None)
        if not table.keys:
            return None
        return next((key for key in upstream if set(self.table(key.stage, key.table).keys) == set(table.keys)), None)


def _lineage_problems(
    parents: Sequence[str], known: Collection[str], stage: str, above: Sequence[str]
) -> Iterator[str]:
    for parent in parents:
        problem = _column_problem(parent, known)
        if problem is not None:
            yield problem
        elif parent.split(".", 1)[0] not in above:
            text = f"expected a column of an upstream stage, got {parent!r}"
            yield f"{text}; upstream of {stage!r}: {', '.join(above) or 'nothing'}"


def _column_problem(target: str, known: Collection[str]) -> str | None:
    """Return what is wrong with ``stage.table.column`` where `known` holds the tables, or None."""
    parts = target.split(".", 2)
    name = ".".join(parts[:2])
    if len(parts) < 3 or not all(parts):
        return f"expected stage.table.column, got {target!r}"
    if name not in known:
        text = f"expected a column of a table of this pipeline, got {target!r}"
        return f"{text}: no table {name!r}{did_you_mean(name, known)}"
    return None


def substitute(text: str, run_id: str, what: str) -> str:
    """Return a text with `{run_id}` and `{run_date}` substituted; `what` it is goes into the error.

    Raises:
        UsageError: `{run_date}` is used and the run's name does not begin with a date.
    """
    named = text.replace("{run_id}", run_id)
    if "{run_date}" not in named:
        return named
    date = run_date(run_id)
    if date is None:
        message = (
            f"{what} {text!r} uses {{run_date}}, but run {run_id!r} does not begin with a date (YYYY-MM or YYYY-MM-DD)"
        )
        raise UsageError(message)
    return named.replace("{run_date}", date.isoformat())


def run_date(run_id: str) -> dt.date | None:
    """Return the date a run's name begins with (``2013-05`` → 1 May 2013), or None."""
    found = _RUN_DATE.match(run_id)
    if found is None:
        return None
    try:
        return dt.date(int(found["year"]), int(found["month"]), int(found["day"] or 1))
    except ValueError:
        return None


def run_end(run_id: str) -> dt.datetime | None:
    """Return the first moment (UTC) after the day or month that a run's name begins with, or None.

    Example:
        >>> run_end("2013-12").isoformat(), run_end("2013-02-28T05").isoformat()
        ('2014-01-01T00:00:00+00:00', '2013-03-01T00:00:00+00:00')
    """
    date, found = run_date(run_id), _RUN_DATE.match(run_id)
    if date is None or found is None:
        return None
    try:
        after = date + dt.timedelta(days=1) if found["day"] else (date + dt.timedelta(days=31)).replace(day=1)
    except OverflowError:
        return None
    return dt.datetime.combine(after, dt.time(), dt.timezone.utc)


def as_of(run_id: str) -> int | None:
    """Return `run_end` in microseconds since 1970-01-01 UTC, or None."""
    end = run_end(run_id)
    return None if end is None else (end - _EPOCH) // dt.timedelta(microseconds=1)


def load_config(path: str | Path) -> PipelineConfig:
    """Load and check a pipeline's YAML.

    Args:
        path: The file.

    Returns:
        The checked configuration.

    Raises:
        ConfigError: The file is missing, is no YAML, or has an unknown, missing or wrong key; the
            message is ``file:line: key: what was expected and what came``, a line for each problem.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if file.parent.is_dir():
            hint = did_you_mean(str(file), (str(other) for other in file.parent.glob("*.y*ml")))
        else:
            hint = f"; there is no folder {file.parent} in {Path.cwd()}"
        message = f"{file}: no such configuration file{hint}"
        raise ConfigError(message) from error
    except IsADirectoryError as error:
        message = f"{file}: expected a YAML file, got a folder"
        raise ConfigError(message) from error
    except UnicodeDecodeError as error:
        message = f"{file}: expected text in UTF-8, got other bytes at offset {error.start}"
        raise ConfigError(message) from error
    except OSError as error:
        message = f"{file}: cannot be read: {error.strerror or error}"
        raise ConfigError(message) from error
    return parse_config(text, str(file))


def parse_config(text: str, file: str = "<configuration>") -> PipelineConfig:
    """Parse and check a pipeline's YAML text; `file` is shown in errors."""
    content, lines = read_yaml(text, file)
    try:
        return PipelineConfig.model_validate(content)
    except ValidationError as error:
        raise ConfigError(explain(error, PipelineConfig, lines, file)) from None


def _checks() -> Any:
    """Return the module that reads checks, where a file declares any.

    It stands above this one and is not imported by it: like the plug-ins, it is found by its name.
    """
    return import_module("stageprint.checks")


def _as_text(value: Any) -> Any:
    """Return a mapping's plain values as text: YAML reads `header: true` as a boolean, Spark's settings are text."""
    if not isinstance(value, dict):
        return value
    return {
        key: str(item).lower() if isinstance(item, bool) else str(item) if isinstance(item, (int, float)) else item
        for key, item in value.items()
    }


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower()


def _scalar_text(value: Any) -> Any:
    """Return a plain value as Spark writes it as text; anything else as it is, for the model to refuse."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _duplicates(what: str, key: str, names: list[str]) -> list[Problem]:
    return [
        Problem((key, index, "name"), f"expected a {what} name of its own, got {name!r} a second time")
        for index, name in enumerate(names)
        if name in names[:index]
    ]
