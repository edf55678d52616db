"""Tables that join a pipeline by its patterns: those that sources hold now, and those that earlier runs had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from stageprint.config.patterns import JoinedTable, first_allowing
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_order import BY_START, in_order
from stageprint.config.sources import Source
from stageprint.config.stages import StageConfig
from stageprint.errors import OnlySparkError, SourceError, StageprintError, UsageError
from stageprint.model import TableKey
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.results import Results
from stageprint.ports import ProfileStore

ListTables = Callable[[Source, str], Sequence[str]]
"""Returns what the ``*`` of a source stands for in each table that a run has; see `stageprint.ports.Engine`."""


@dataclass(frozen=True)
class Expanded:
    """A pipeline with the tables that its patterns match.

    Attributes:
        config: The pipeline.
        since: Tables that joined by a pattern → the first run that has them; the runs before it do not lack them.
        order: The runs, oldest first.
    """

    config: PipelineConfig
    since: Mapping[TableKey, str]
    order: Sequence[str]

    def expects(self, run: str, key: TableKey) -> bool:
        """Tell whether a run should have a table: it, or a run before it, has it."""
        first = self.since.get(key)
        return first is None or self.order.index(first) <= self.order.index(run)


def joined(config: PipelineConfig, store: ProfileStore, until: str | None = None) -> PipelineConfig:
    """Return a pipeline with the tables of its patterns that runs of the store have; no source is asked.

    Args:
        config: The pipeline.
        store: The store.
        until: Only runs up to this one; None: all.
    """
    if not config.has_patterns:
        return config
    found = _known(config, store)
    if until is not None:
        order = Results(store, config.run_order).run_ids()
        earlier = set(order[: order.index(until) + 1]) if until in order else set()
        found = {key: some for key, some in found.items() if some & earlier}
    return config.with_joined(_by_stage(config, found))


def expand(config: PipelineConfig, runs: Sequence[str], list_tables: ListTables, store: ProfileStore) -> Expanded:
    """Return a pipeline with the tables that its patterns match in the sources of some runs, or in earlier runs.

    A table that is gone from the sources is still one of the pipeline: the runs before know it.

    Args:
        config: The pipeline.
        runs: The runs that are to be profiled.
        list_tables: Lists the tables of a pattern.
        store: The store.

    Raises:
        SourceError: The tables of a pattern cannot be listed.
        UsageError: A pattern matches no table, in no run, and none of its tables was ever profiled.
    """
    if not config.has_patterns:
        return Expanded(config, {}, list(runs))
    stored = Results(store, config.run_order).run_ids()
    new = in_order([run for run in dict.fromkeys(runs) if run not in stored], config.run_order)
    order = [*stored, *new] if config.run_order == BY_START else in_order({*stored, *new}, config.run_order)
    has: defaultdict[TableKey, set[str]] = defaultdict(set)
    for key, some in _known(config, store).items():
        has[key] |= some
    places: dict[TableKey, JoinedTable] = {}
    for stage in config.stages:
        for run in dict.fromkeys(runs):
            for table in listed(stage, run, list_tables):
                has[TableKey(stage.name, table.name)].add(run)
                places.setdefault(TableKey(stage.name, table.name), table)
    found = config.with_joined(_by_stage(config, has, places))
    empty = [stage.name for stage in found.stages if not stage.tables]
    if empty:
        (stage, *_) = (stage for stage in config.stages if stage.name in empty)
        message = f"stage {stage.name!r}: no table matches {' or '.join(repr(one.source.text) for one in stage.match)}"
        raise UsageError(message)
    return Expanded(found, {key: min(some, key=order.index) for key, some in has.items()}, order)


def listed(stage: StageConfig, run: str, list_tables: ListTables) -> list[JoinedTable]:
    """Return the tables that a stage's patterns match in the sources of a run, each name once.

    Raises:
        SourceError: They cannot be listed.
    """
    found: dict[str, JoinedTable] = {}
    for pattern in stage.match:
        try:
            stars = list_tables(pattern.source, run)
        except UsageError:
            raise
        except OnlySparkError:
            raise
        except StageprintError as error:
            message = f"stage {stage.name}: the tables of {pattern.source.text!r} cannot be listed: {error}"
            raise SourceError(message) from error
        for star in stars:
            name = pattern.name(star)
            if not pattern.excludes(name) and name not in found:
                found[name] = pattern.joined(name, pattern.source.text.replace("*", star))
    return list(found.values())


def _known(config: PipelineConfig, store: ProfileStore) -> dict[TableKey, set[str]]:
    """Return the tables of the store that patterns match, with the runs that have a profile of them."""
    rows = store.read(TABLE_PROFILES, where(status="ok", slice_key=None), ("run_id", "stage", "table_name")).to_pylist()
    found: defaultdict[TableKey, set[str]] = defaultdict(set)
    patterns = {stage.name: stage.match for stage in config.stages}
    for row in rows:
        found[TableKey(row["stage"], row["table_name"])].add(row["run_id"])
    matched = (key for key in found if first_allowing(patterns.get(key.stage, ()), key.table) is not None)
    return {key: found[key] for key in matched}


def _by_stage(
    config: PipelineConfig, keys: Iterable[TableKey], places: Mapping[TableKey, JoinedTable] | None = None
) -> dict[str, list[JoinedTable]]:
    """Return the tables by stage, in the order of their names."""
    places = places or {}
    found: defaultdict[str, list[JoinedTable]] = defaultdict(list)
    for key in sorted(keys, key=lambda one: one.table):
        pattern = first_allowing(config.stage(key.stage).match, key.table)
        table = places.get(key) or (None if pattern is None else pattern.joined(key.table))
        if table is not None:
            found[key.stage].append(table)
    return found
