"""A stage of a pipeline: its tables, and the patterns by which tables join it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from stageprint.config.base import ConfigModel, Name
from stageprint.config.patterns import JoinedTable, TablePattern, first_allowing
from stageprint.config.problems import Problem, duplicates, fail, show
from stageprint.config.tables import TableConfig

Role = Literal["training", "evaluation", "serving", "predictions"]
"""What a stage is to a model."""


class StageConfig(ConfigModel):
    """One stage of the pipeline.

    Attributes:
        name: The stage's name.
        upstream: Names of the stages that it reads from directly.
        role: What the stage is to a model: training, evaluation, serving or predictions; None: none of these.
        tables: The tables it holds.
        match: Patterns of folders and schemas whose tables join it by themselves.
    """

    name: Name = Field(description="the stage's name")
    upstream: tuple[str, ...] = ()
    role: Role | None = None
    tables: tuple[TableConfig, ...] = Field(default=(), description="a list of tables")
    match: tuple[TablePattern, ...] = Field(default=(), description="a path or table with one *, or a list of them")

    @field_validator("match", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, (str, dict)) else value

    @model_validator(mode="after")
    def _some_table(self) -> StageConfig:
        if not self.tables and not self.match:
            given = "tables" in self.model_fields_set
            text = f"expected a list with at least one entry, got {show(list(self.tables))}"
            fail([Problem(("tables",), text if given else "required key is missing; expected a list of tables")])
        return self

    @model_validator(mode="after")
    def _unique_tables(self) -> StageConfig:
        problems = duplicates("table", "tables", [table.name for table in self.tables])
        if problems:
            fail(problems)
        return self

    @property
    def is_open(self) -> bool:
        """Whether tables may join it that are not known yet."""
        return bool(self.match) and not any(isinstance(table, JoinedTable) for table in self.tables)

    def may_join(self, name: str) -> bool:
        """Tell whether a table of that name, which is not known yet, may join."""
        return self.is_open and first_allowing(self.match, name) is not None

    def pattern_of(self, table: TableConfig) -> str | None:
        """Return the pattern by which a table joined; None: it is one of the stage's own."""
        found = first_allowing(self.match, table.name) if isinstance(table, JoinedTable) else None
        return None if found is None else found.source.text

    def with_joined(self, joined: Sequence[JoinedTable]) -> StageConfig:
        """Return the stage with tables that its patterns matched, after its own.

        A table of the stage's own that has the same name, or is read from the same place, is in their place.
        """
        names = {table.name for table in self.tables}
        places = {table.source.text.rstrip("/") for table in self.tables}
        new = [one for one in joined if one.name not in names and one.source.text.rstrip("/") not in places]
        return self.model_copy(update={"tables": (*self.tables, *new)})

    @property
    def patterns(self) -> list[TableConfig]:
        """Each pattern as one table, which is called as the pattern is."""
        return [
            TableConfig.model_construct(
                name=one.source.text, source=one.source, columns=one.columns, optional=one.optional
            )
            for one in self.match
        ]


class KnownTables(Collection[str]):
    """The names of a pipeline's tables as ``stage.table``; it contains those too that may join by a pattern.

    Args:
        stages: The stages.
        alone: Whether names without their stage are among them.
    """

    def __init__(self, stages: Sequence[StageConfig], *, alone: bool = False) -> None:
        self._stages = stages
        self._alone = alone
        found = [(stage.name, table.name) for stage in stages for table in stage.tables]
        self._names = dict.fromkeys(f"{stage}.{table}" for stage, table in found)
        if alone:
            self._names |= dict.fromkeys(table for _, table in found)

    def __contains__(self, name: object) -> bool:
        """Tell whether a name is one of them."""
        if name in self._names or not isinstance(name, str):
            return name in self._names
        stage, dot, table = name.partition(".")
        if dot:
            return any(one.may_join(table) for one in self._stages if one.name == stage)
        return self._alone and any(one.may_join(name) for one in self._stages)

    def __iter__(self) -> Iterator[str]:
        """Yield the names that are known."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return the number of names that are known."""
        return len(self._names)
