"""The use case behind ``stageprint suggest``: checks proposed from the stored profiles of past runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stageprint.checks import Suggestion, declared_checks, propose, to_yaml
from stageprint.config.pipeline import PipelineConfig
from stageprint.model import TableKey
from stageprint.model.figures import plural
from stageprint.pipeline.marks import known_runs
from stageprint.pipeline.patterns import joined
from stageprint.pipeline.stored_profiles import StoredProfiles
from stageprint.ports import ProfileStore, Progress, Silent
from stageprint.shifts import MIN_INVARIANT_RUNS


@dataclass(frozen=True, slots=True)
class TableSuggestions:
    """The checks proposed for one table.

    Attributes:
        key: The table.
        runs: The runs whose profiles the proposals are based on, oldest first.
        suggestions: The proposed checks, without those that the table already declares.
        declared: Whether the table already declares checks.
    """

    key: TableKey
    runs: tuple[str, ...]
    suggestions: tuple[Suggestion, ...]
    declared: bool

    @property
    def text(self) -> str:
        """The proposed checks as YAML for the table's configuration, with their evidence as comments."""
        if len(self.runs) < MIN_INVARIANT_RUNS:
            seen = plural(len(self.runs), "run")
            return f"# {self.key}: {seen} looked at; checks are proposed from {MIN_INVARIANT_RUNS} on\n"
        head = f"# {self.key}: from {len(self.runs)} runs, {self.runs[0]} to {self.runs[-1]}\n"
        if not self.suggestions:
            return f"{head}# nothing to propose{' beside what is declared' if self.declared else ''}\n"
        if self.declared:
            head += "# add these to the checks that the table declares\n"
        return head + to_yaml(list(self.suggestions))


def suggest(
    config: PipelineConfig,
    *,
    store: ProfileStore,
    stages: Sequence[str] = (),
    tables: Sequence[str] = (),
    last: int | None = None,
    progress: Progress | None = None,
) -> list[TableSuggestions]:
    """Propose checks for tables from their profiles in the latest runs not marked as bad; nothing is written.

    Args:
        config: The pipeline.
        store: The pipeline's store.
        stages: Only these stages (default: all).
        tables: Only these tables of them (default: all).
        last: Number of latest runs of each table that are used; None: ``decision.long_window``.
        progress: Follows each table.

    Returns:
        One entry per table, in the order of the configuration.

    Raises:
        UsageError: A stage or table is not configured.
        StoreError: Profiles cannot be read.
    """
    progress = progress or Silent()
    config = joined(config, store)
    selected = config.select(tuple(stages), tuple(tables))
    known = [run.run_id for run in known_runs(store, config.run_order) if not run.bad]
    profiles = StoredProfiles(store)
    profiles.load_tables(known)
    found = []
    progress.start(len(selected), "tables")
    try:
        for stage, table in selected:
            key = TableKey(stage.name, table.name)
            profiled = [run for run in known if profiles.table(key, run) is not None]
            runs = profiled[-(last or config.decision.long_window) :]
            profiles.load_columns(runs, [key])
            history = {run: profile for run in runs if (profile := profiles.with_columns(key, run)) is not None}
            declared = declared_checks(table)
            there = {(entry.check.name, entry.check.column) for entry in declared}
            every = propose(history, model_version=table.model_version)
            proposed = tuple(item for item in every if (item.check, item.column) not in there)
            profiles.forget_columns()
            found.append(TableSuggestions(key, tuple(runs), proposed, declared=bool(declared)))
            progress.advance(f"{key}: {plural(len(proposed), 'check')} from {plural(len(runs), 'run')}")
    finally:
        progress.close()
    return found
