"""A pipeline: a graph of stages with their tables, and the settings for all of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, field_validator, model_validator

from stageprint.config.base import ConfigModel, Name, option_texts
from stageprint.config.calendar import CalendarSettings
from stageprint.config.consistency import graph_problems
from stageprint.config.decision import DecisionSettings
from stageprint.config.lineage import LineageSettings
from stageprint.config.notify import NotifyRule
from stageprint.config.patterns import JoinedTable
from stageprint.config.problems import fail
from stageprint.config.retention import RetentionSettings
from stageprint.config.run_ids import DEFAULT_RUN_ID_PATTERN, RunIdPattern
from stageprint.config.run_order import BY_NAME, RunOrder
from stageprint.config.sensitive import SensitiveSettings
from stageprint.config.sketches import SketchSettings
from stageprint.config.sources import ReadPath
from stageprint.config.stages import StageConfig
from stageprint.config.tables import TableConfig
from stageprint.errors import UsageError, did_you_mean
from stageprint.model import ColumnKey, TableKey
from stageprint.redact import hide_everywhere, redacted, redacted_options, redacted_value, secret_values


class PipelineConfig(ConfigModel):
    """A pipeline: a graph of stages, and the store of its results.

    Attributes:
        pipeline: The pipeline's name.
        store: Where the results go: a path, or ``catalog.schema``.
        stages: The stages, in any order; their `upstream` makes a graph without cycles.
        sketches: Sizes of the sketches.
        sensitive: Secret and group sizes of all sensitive columns.
        decision: Budget and references of the decision.
        lineage: Where lineage is kept outside the configuration.
        calendar: Whose public holidays explain that many tables move at once.
        engine: How tables are read.
        run_order: Which runs are earlier ones: ``name``, ``started``, or a regular expression whose first group is
            compared in place of the name; see `stageprint.config.run_order.order_key`.
        notify: Which findings `compare` sends where.
        retention: What `maintain` removes.
        spark: Settings of the Spark session.
        run_id_pattern: Regular expression that whole run ids must match to be profiled; see `config.run_ids`.
    """

    pipeline: Name = Field(description="the pipeline's name")
    store: str = Field(min_length=1, description="where the results go: a path, or catalog.schema")
    stages: tuple[StageConfig, ...] = Field(min_length=1, description="a list of stages")
    sketches: SketchSettings = SketchSettings()
    sensitive: SensitiveSettings = SensitiveSettings()
    decision: DecisionSettings = DecisionSettings()
    lineage: LineageSettings = LineageSettings()
    calendar: CalendarSettings = CalendarSettings()
    engine: ReadPath = Field(default="auto", description="how tables are read: auto, local, spark, arrow or dataframe")
    run_order: RunOrder = BY_NAME
    notify: tuple[NotifyRule, ...] = ()
    retention: RetentionSettings = RetentionSettings()
    spark: dict[str, str] = Field(default_factory=dict)
    run_id_pattern: RunIdPattern = DEFAULT_RUN_ID_PATTERN

    @field_validator("spark", mode="before")
    @classmethod
    def _text_conf(cls, value: Any) -> Any:
        return option_texts(value)

    @property
    def hash(self) -> str:
        """First 16 hex digits of the SHA-256 of the configuration as JSON with sorted keys.

        `notify`, `owner` of tables, `run_id_pattern`, `run_order`, `calendar`, `retention` and `lineage` are left out:
        who is told of incidents, which runs may be profiled, which are earlier ones, which days are holidays, how long
        results are kept and where lineage is kept changes no profile. So are credentials: nobody can try passwords
        against the hash.
        """
        # Settings that came with a later release count where they are made.
        later = {"sensitive"} if self.sensitive == SensitiveSettings() else set()
        left_out = {"notify", "run_id_pattern", "run_order", "calendar", "retention", "lineage", *later}
        content = self.model_dump(mode="json", exclude=left_out)
        content |= {"store": redacted(self.store), "spark": redacted_options(self.spark)}
        for stage, own in zip(content["stages"], self.stages, strict=True):
            # Tables that joined by a pattern are what the sources hold, and no setting.
            joined = {table.name for table in own.tables if isinstance(table, JoinedTable)}
            stage["tables"] = [table for table in stage["tables"] if table["name"] not in joined]
            if not own.match:
                del stage["match"]
            for place in stage.get("match", ()):
                place.update(redacted_value({"path": place["path"], "table": place["table"]}))
                place["options"] = redacted_options(place["options"])
            for table in stage["tables"]:
                del table["owner"]
                source = table["source"]
                table["source"] = redacted_value(source) | {"options": redacted_options(source["options"])}
        text = json.dumps(content, sort_keys=True)
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
        """Return the chosen (stage, table) pairs, in the order of the configuration.

        Args:
            stages: Names of stages; empty: all.
            tables: Names of tables in those stages; empty: all.

        Raises:
            UsageError: There is no such stage, or no such table in the chosen stages.
        """
        chosen = [self.stage(name) for name in stages] if stages else list(self.stages)
        known = [table.name for stage in chosen for table in stage.tables]
        for name in tables:
            if name not in known and not any(stage.may_join(name) for stage in chosen):
                where = f"stage {', '.join(repr(s.name) for s in chosen)}" if stages else f"pipeline {self.pipeline!r}"
                message = f"no table {name!r} in {where}{did_you_mean(name, known)}"
                raise UsageError(message)
        ordered = [stage for stage in self.stages if stage in chosen]
        return [(stage, table) for stage in ordered for table in stage.tables if not tables or table.name in tables]

    @property
    def has_patterns(self) -> bool:
        """Whether tables join by themselves."""
        return any(stage.match for stage in self.stages)

    def with_joined(self, joined: Mapping[str, Sequence[JoinedTable]]) -> PipelineConfig:
        """Return the pipeline with tables that the patterns matched, by stage."""
        stages = tuple(stage.with_joined(joined.get(stage.name, ())) for stage in self.stages)
        return self.model_copy(update={"stages": stages})

    def of_patterns(self) -> PipelineConfig:
        """Return the pipeline with each pattern as one table, for what asks where sources are, and what they hold."""
        stages = [stage.model_copy(update={"tables": (*stage.tables, *stage.patterns)}) for stage in self.stages]
        return self.model_copy(update={"stages": tuple(stages)})

    def select_sources(
        self, stages: tuple[str, ...] = (), tables: tuple[str, ...] = ()
    ) -> list[tuple[StageConfig, TableConfig]]:
        """Return what `select` does and each pattern of the chosen stages as one table."""
        chosen = [stage for stage in self.stages if not stages or stage.name in stages]
        return [*self.select(stages, tables), *((stage, table) for stage in chosen for table in stage.patterns)]

    def upstream_tables(self, stage: str) -> list[TableKey]:
        """Return the tables of the stages directly upstream of `stage`."""
        return [TableKey(up, table.name) for up in self.stage(stage).upstream for table in self.stage(up).tables]

    def referenced_columns(self, stage: str, name: str) -> tuple[str, ...]:
        """Return the columns of a table that other tables' ``references`` name; each keeps a theta sketch."""
        targets = (target for _, table in self.select() for target in table.references.values())
        parts = (target.split(".", 2) for target in targets)
        return tuple(dict.fromkeys(column for *place, column in parts if place == [stage, name]))

    def retention_source(self, stage: StageConfig, table: TableConfig) -> TableKey | None:
        """Return the upstream table whose rows `table` keeps, or None.

        It is the table that ``retention.of`` names, else the first table directly upstream that has the same keys.
        """
        upstream = self.upstream_tables(stage.name)
        if table.retention is not None:
            wanted = table.retention.of
            return next((key for key in upstream if wanted in (str(key), key.table)), None)
        if not table.keys:
            return None
        return next((key for key in upstream if set(self.table(key.stage, key.table).keys) == set(table.keys)), None)

    def ancestors(self, stage: str) -> list[str]:
        """Return every stage upstream of a stage, directly or not, the nearest first.

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

    def declared_lineage(self) -> dict[ColumnKey, tuple[ColumnKey, ...]]:
        """Return, for each computed column, the upstream columns that ``derived_from`` declares for it."""
        return {
            ColumnKey(stage.name, table.name, column): tuple(_column_key(parent) for parent in parents)
            for stage, table in self.select()
            for column, parents in table.derived_from.items()
        }

    def peers(self, stage: StageConfig, table: TableConfig) -> dict[str, TableKey]:
        """Return, by role, the table of another role that a table is compared with.

        Where a role has several tables it is the one with the same name, else with the same keys, else with the same
        label, else the first. Empty where the table's stage has no role.
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

    @model_validator(mode="after")
    def _consistent_graph(self) -> PipelineConfig:
        problems = graph_problems(self)
        if problems:
            fail(problems)
        hide_everywhere(secret_values(self.spark, self.store))
        return self


def _column_key(name: str) -> ColumnKey:
    """Return the key of ``stage.table.column``."""
    stage, table, column = name.split(".", 2)
    return ColumnKey(stage, table, column)
