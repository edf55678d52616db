"""What parts of a configuration say of each other: stages, tables and columns that others name must be there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from stageprint.config.problems import Problem, duplicates
from stageprint.config.retention import TableRetention
from stageprint.config.stages import KnownTables
from stageprint.errors import did_you_mean
from stageprint.model import TableKey

if TYPE_CHECKING:
    from stageprint.config.pipeline import PipelineConfig


def graph_problems(config: PipelineConfig) -> list[Problem]:
    """Return what is wrong with the names of stages, tables and columns that a configuration uses."""
    names = [stage.name for stage in config.stages]
    problems = duplicates("stage", "stages", names)
    for position, stage in enumerate(config.stages):
        for index, upstream in enumerate(stage.upstream):
            if upstream not in names:
                text = f"expected a stage, got {upstream!r}{did_you_mean(upstream, names)}"
                problems.append(Problem(("stages", position, "upstream", index), text))
    problems = problems or list(_cycle_problems(config))
    return problems or [
        *_retention_problems(config),
        *_reference_problems(config),
        *_derivation_problems(config),
        *_override_problems(config),
        *_notify_problems(config),
        *_kept_problems(config),
    ]


def _cycle_problems(config: PipelineConfig) -> Iterator[Problem]:
    done: set[str] = set()

    # Depth first; a stage that is met again on its own trail closes a cycle.
    def visit(name: str, trail: tuple[str, ...]) -> tuple[str, ...] | None:
        if name in trail:
            return (*trail[trail.index(name) :], name)
        if name in done:
            return None
        cycles = (visit(parent, (*trail, name)) for parent in config.stage(name).upstream)
        cycle = next((found for found in cycles if found is not None), None)
        done.add(name)
        return cycle

    names = [stage.name for stage in config.stages]
    for name in names:
        cycle = visit(name, ())
        if cycle is not None:
            text = f"expected stages without a cycle, got {' → '.join(cycle)}"
            yield Problem(("stages", names.index(cycle[0]), "upstream"), text)


def _retention_problems(config: PipelineConfig) -> Iterator[Problem]:
    for position, stage in enumerate(config.stages):
        for index, table in enumerate(stage.tables):
            if table.retention is not None and config.retention_source(stage, table) is None:
                wanted = table.retention.of
                if wanted in KnownTables([config.stage(name) for name in stage.upstream], alone=True):
                    continue  # a pattern may bring it
                options = [str(key) for key in config.upstream_tables(stage.name)]
                hint = did_you_mean(wanted, options) or f"; stage {stage.name!r} has no upstream"
                text = f"expected a table of an upstream stage, got {wanted!r}{hint}"
                yield Problem(("stages", position, "tables", index, "retention", "of"), text)


def _reference_problems(config: PipelineConfig) -> Iterator[Problem]:
    known = KnownTables(config.stages)
    for position, stage in enumerate(config.stages):
        for index, table in enumerate(stage.tables):
            for column, target in table.references.items():
                where = ("stages", position, "tables", index, "references", column)
                text = _column_problem(target, known)
                if text is not None:
                    yield Problem(where, text)


def _derivation_problems(config: PipelineConfig) -> Iterator[Problem]:
    known = KnownTables(config.stages)
    for position, stage in enumerate(config.stages):
        above = config.ancestors(stage.name)
        for index, table in enumerate(stage.tables):
            for column, parents in table.derived_from.items():
                where = ("stages", position, "tables", index, "derived_from", column)
                yield from (Problem(where, text) for text in _lineage_problems(parents, known, stage.name, above))


def _override_problems(config: PipelineConfig) -> Iterator[Problem]:
    names = KnownTables(config.stages, alone=True)
    for index, override in enumerate(config.decision.overrides):
        if override.table is not None and override.table not in names:
            hint = did_you_mean(override.table, names)
            text = f"expected a table of this pipeline, got {override.table!r}{hint}"
            yield Problem(("decision", "overrides", index, "table"), text)


def _notify_problems(config: PipelineConfig) -> Iterator[Problem]:
    stages = [stage.name for stage in config.stages]
    tables = KnownTables(config.stages, alone=True)
    for number, rule in enumerate(config.notify):
        for what, names, known in (("stage", rule.stages, stages), ("table", rule.tables, tables)):
            for index, name in enumerate(names):
                if name not in known:
                    text = f"expected a {what} of this pipeline, got {name!r}{did_you_mean(name, known)}"
                    yield Problem(("notify", number, f"{what}s", index), text)


def _kept_problems(config: PipelineConfig) -> Iterator[Problem]:
    stages = [stage.name for stage in config.stages]
    known = KnownTables(config.stages, alone=True)
    for index, rule in enumerate(config.retention.tables):
        where = ("retention", "tables", index)
        if rule.stage is not None and rule.stage not in stages:
            hint = did_you_mean(rule.stage, stages)
            yield Problem((*where, "stage"), f"expected a stage of this pipeline, got {rule.stage!r}{hint}")
        elif rule.table is not None and not _is_kept(config, rule, rule.table, known):
            text = f"expected a table of this pipeline, got {rule.table!r}{did_you_mean(rule.table, known)}"
            yield Problem((*where, "table"), text)


def _is_kept(config: PipelineConfig, rule: TableRetention, name: str, known: KnownTables) -> bool:
    keys = (TableKey(stage.name, table.name) for stage, table in config.select())
    full = name if rule.stage is None or "." in name else f"{rule.stage}.{name}"
    return any(map(rule.names, keys)) or (full not in set(known) and full in known)


def _lineage_problems(
    parents: Sequence[str], known: Collection[str], stage: str, above: Sequence[str]
) -> Iterator[str]:
    for parent in parents:
        problem = _column_problem(parent, known)
        if problem is not None:
            yield problem
        elif parent.split(".", 1)[0] not in above:
            text = f"expected a column of an upstream stage, got {parent!r}"
            yield text + (
                f"; upstream of {stage!r}: {', '.join(above)}" if above else f"; stage {stage!r} has no upstream"
            )


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
