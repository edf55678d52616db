"""Concludes from the rows of tables what the configuration says of them: keys, times, references, lineage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from stageprint.batch.arrow_types import kind_of
from stageprint.config.run_dates import run_date
from stageprint.errors import StageprintError
from stageprint.model import ColumnKind
from stageprint.pipeline.draft.columns import TIMES, TableFacts, codes_of, table_facts
from stageprint.pipeline.draft.keys import (
    combination_candidates,
    combinations_to_try,
    identifies,
    in_table_order,
    single_keys,
)
from stageprint.pipeline.draft.lineage import (
    Read,
    computes,
    in_order,
    parents_of,
    renamed_columns,
    role_of,
    same_columns,
)
from stageprint.pipeline.draft.model import (
    MAX_ROWS,
    Concluded,
    DraftStage,
    DraftTable,
    TableFound,
    TableReader,
)
from stageprint.pipeline.draft.references import Target, references_of, without_circles
from stageprint.pipeline.draft.roles import model_columns
from stageprint.pipeline.draft.times import event_time_of, is_long_past, parts_of_time, stands_still
from stageprint.pipeline.draft.value_sets import KEPT_OF_KEYS, repeated, row_codes, value_codes, value_set
from stageprint.ports import Progress
from stageprint.reasons import reason_of

_MAX_ROWS_OF_KEYS: Final = 20_000_000
"""Rows whose keys are in memory together."""

_MAX_RUNS: Final = 3


class Conclusions:
    """What is concluded of each table; tables of earlier stages come first.

    Args:
        reader: Reads the rows.
        progress: Follows each table.
    """

    def __init__(self, reader: TableReader, progress: Progress) -> None:
        self._reader = reader
        self._progress = progress
        self._drafts: dict[str, DraftTable] = {}
        self._read: dict[str, Read] = {}
        self._singles: dict[str, list[str]] = {}

    def stages(self, found: Sequence[TableFound]) -> list[DraftStage]:
        """Return the stages of a draft."""
        order = in_order(list(dict.fromkeys(table.stage for table in found)))
        names = [stage for group in order for stage in group]
        tables = {stage: [table for table in found if table.stage == stage] for stage in names}
        self._progress.start(len(found), "tables")
        for table in (table for stage in names for table in tables[stage]):
            self._look_at(table)
            self._progress.advance(table.full_name)
        targets = self._targets()
        earlier: list[str] = []
        for group in order:
            for stage in group:
                for table in tables[stage]:
                    self._conclude_safely(table, targets, [*earlier, *group], earlier)
            earlier += group
        without_circles(self._drafts)
        return [self._stage(stage, [self._drafts[table.full_name] for table in tables[stage]]) for stage in names]

    def _look_at(self, table: TableFound) -> None:
        draft = self._drafts[table.full_name] = DraftTable(table)
        try:
            sample = self._reader.sample(table, _latest(table), MAX_ROWS)
            facts = table_facts(sample.rows)
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with one table, the others are drafted
            draft.problem = str(reason_of(error)).splitlines()[0]
            return
        draft.rows, draft.complete = facts.rows, sample.complete
        self._singles[table.full_name] = single_keys(table.name, facts)
        self._read[table.full_name] = Read(draft, facts, None)

    def _targets(self) -> list[Target]:
        """Return the keys of one column that tables may refer to."""
        found = []
        for name, read in self._read.items():
            declared = read.table.found.keys
            key = declared[0] if len(declared) == 1 else next(iter(self._singles[name]), None)
            if key is not None and key in read.facts.columns:
                column = read.facts.columns[key]
                if not read.table.complete:
                    whole = self._all_codes(read.table.found, [key])
                    column = replace(column, values=value_set(whole, KEPT_OF_KEYS))
                found.append(Target(read.table, read.facts, column))
        return found

    def _conclude_safely(
        self, table: TableFound, targets: list[Target], stages: Sequence[str], earlier: Sequence[str]
    ) -> None:
        try:
            self._conclude(table, targets, stages, earlier)
        except Exception as error:  # noqa: BLE001 -- as above
            self._drafts[table.full_name].problem = str(reason_of(error)).splitlines()[0]

    def _conclude(
        self, table: TableFound, targets: list[Target], stages: Sequence[str], earlier: Sequence[str]
    ) -> None:
        draft = self._drafts[table.full_name]
        read = self._read.get(table.full_name)
        if table.keys:
            draft.keys = Concluded(table.keys, table.why)
        if read is None:
            draft.references |= {column: Concluded(target, table.why) for column, target in table.references.items()}
            if table.event_time is not None:
                draft.event_time = Concluded(table.event_time, table.why)
            return
        # A key of one column is not yet taken for the key: the key of the table that this one is made from is.
        near = sorted(
            (one for one in self._read.values() if one.table.found.stage in earlier),
            key=lambda one: -earlier.index(one.table.found.stage),
        )
        inherited = [one for one in near if len(same_columns(read.facts, one.facts)) >= 2]
        likely = self._event_time(read, inherited)
        references = dict(references_of(draft, read.facts, [t for t in targets if t.table.found.stage in stages]))
        if draft.keys is None:
            names = self._key(read, inherited, list(references), None if likely is None else str(likely.value))
            draft.keys = names
        key_rows = None
        if draft.keys is not None and all(name in read.facts.columns for name in draft.keys.value):
            key_rows = value_set(self._all_codes(table, list(draft.keys.value)), KEPT_OF_KEYS)
        read = self._read[table.full_name] = Read(draft, read.facts, key_rows)
        parents = parents_of(read, near)
        copied = {name for parent, _, _ in parents for name in same_columns(read.facts, parent.facts)}
        draft.references = {
            column: target
            for column, target in dict(
                references_of(draft, read.facts, [t for t in targets if t.table.found.stage in stages])
            ).items()
            if column not in copied
        }
        draft.references |= {column: Concluded(target, table.why) for column, target in table.references.items()}
        draft.event_time = likely
        if table.event_time is not None:
            draft.event_time = Concluded(table.event_time, table.why)
        for parent, _, why in parents:
            draft.parents.setdefault(parent.table.found.stage, f"{table.name}: {why}")
        draft.derived = renamed_columns(read, [parent for parent, _, _ in parents])
        self._derived_from_time(read, [parent for parent, _, _ in parents])
        taken = {*(draft.keys.value if draft.keys is not None else ()), *draft.references, _value(draft.event_time)}
        draft.roles = model_columns(read.facts, frozenset(taken))

    def _key(
        self, read: Read, inherited: Sequence[Read], references: Sequence[str], event_time: str | None
    ) -> Concluded | None:
        """Return a table's key: that of the table it is made from, else one of one column, else of several."""
        table, facts = read.table.found, read.facts
        tried: set[tuple[str, ...]] = set()
        for parent in inherited:
            key = parent.table.keys
            if key is None or key.value in tried or not all(name in facts.columns for name in key.value):
                continue
            tried.add(key.value)
            held = self._holds(read, key.value)
            if held is not None:
                return Concluded(key.value, f"the same key as {parent.table.found.full_name}; {held}")
        for name in self._singles[table.full_name]:
            held = self._holds(read, (name,))
            if held is not None:
                return Concluded((name,), held)
        names = combination_candidates(table.name, facts, references, event_time)
        rows = self._reader.sample(table, _latest(table), MAX_ROWS, names).rows if names else pa.table({})
        codes = dict(zip(names, codes_of(rows, names), strict=True))
        for chosen in combinations_to_try(facts, names):
            if identifies(codes, chosen):
                ordered = in_table_order(facts, chosen)
                held = self._holds(read, ordered)
                if held is not None:
                    return Concluded(ordered, f"{held}; no single column is")
        return None

    def _holds(self, read: Read, names: Sequence[str]) -> str | None:
        """Return in how many runs columns identify every row, in words; None: in too few."""
        table = read.table.found
        runs: list[str | None] = list(_some_runs(table.runs)) or [None]
        broken: list[tuple[str | None, int]] = []
        rows = 0
        for run in runs:
            try:
                codes = self._all_codes(table, names, run)
            except StageprintError:
                continue
            rows += len(codes)
            nulls = int(np.count_nonzero(codes == 0))
            if nulls or repeated(codes):
                broken.append((run, nulls + repeated(codes)))
        if len(broken) * 3 > len(runs) or not rows:
            return None
        if not broken:
            where = "" if table.runs == () else f" of {len(runs)} run{'' if len(runs) == 1 else 's'}"
            return f"unique and never null in {rows:,} rows{where}"
        (run, count), *_ = broken
        return f"unique in {len(runs) - len(broken)} of {len(runs)} runs; repeated or null in {count:,} rows of {run}"

    def _all_codes(self, table: TableFound, names: Sequence[str], run: str | None = None) -> np.ndarray:
        """Return the codes of all rows of some columns together; of at most `_MAX_ROWS_OF_KEYS` rows."""
        parts, count = [], 0
        for batch in self._reader.batches(table, run or _latest(table), names):
            columns = [value_codes(batch.column(at), kind_of(batch.schema.field(at).type)) for at in range(len(names))]
            parts.append(columns[0] if len(columns) == 1 else row_codes(columns))
            count += batch.num_rows
            if count >= _MAX_ROWS_OF_KEYS:
                break
        return np.concatenate(parts) if parts else np.empty(0, np.uint64)

    def _event_time(self, read: Read, inherited: Sequence[Read]) -> Concluded | None:
        table, facts = read.table.found, read.facts
        names = [column.name for column in facts.columns.values() if column.kind in TIMES and column.values.distinct]
        moves: dict[str, bool] = {}
        static: list[str] = []
        if names and len(table.runs) > 1:
            first = table.runs[0]
            try:
                sample = self._reader.sample(table, first, MAX_ROWS, names)
                before = table_facts(sample.rows)
                moves = {name: _advances(before, facts, name) for name in names}
                if sample.complete and read.table.complete:
                    static = [name for name in names if stands_still(before.columns.get(name), facts.columns[name])]
            except StageprintError:
                moves = {}
        date = run_date(table.runs[0]) if len(table.runs) == 1 else None
        if date is not None:
            static = [name for name in names if is_long_past(facts, name, date)]
        from_parent = next(
            (str(one.table.event_time.value) for one in inherited if one.table.event_time is not None), None
        )
        found = event_time_of(facts, moves, from_parent if from_parent in names else None, static)
        return None if found is None else Concluded(*found)

    def _derived_from_time(self, read: Read, parents: Sequence[Read]) -> None:
        table, draft = read.table.found, read.table
        if draft.event_time is None:
            return
        time = str(draft.event_time.value)
        origin = next((f"{one.table.found.full_name}.{time}" for one in parents if time in one.facts.columns), None)
        if origin is None:
            return
        recomputed = computes(table.stage)
        alike = [one for one in parents if one.table.keys is not None and one.table.keys.value == _value(draft.keys)]
        above = {name for parent in parents for name in parent.facts.columns}
        numbers = {
            name: column
            for name, column in read.facts.columns.items()
            if column.kind is ColumnKind.INTEGER
            and name not in draft.derived
            and name not in (_value(draft.keys) or ())
            and (recomputed or name not in above)
        }
        rows = self._reader.sample(table, _latest(table), MAX_ROWS, [time, *numbers]).rows
        for column, part in parts_of_time(rows, time, TableFacts(rows.num_rows, numbers, "")):
            same = [f"{one.table.found.full_name}.{column}" for one in alike if column in one.facts.columns]
            draft.derived[column] = Concluded([*same, origin] if same else origin, f"{column}: the {part} of {time}")

    def _stage(self, name: str, tables: list[DraftTable]) -> DraftStage:
        upstream: dict[str, str] = {}
        for table in tables:
            for stage, why in table.parents.items():
                upstream.setdefault(stage, why)
            for stage, _ in table.found.parents:
                if stage != name:
                    upstream.setdefault(stage, f"{table.found.name}: {table.found.why}")
        return DraftStage(name, tables, upstream, role_of(name))


def _value(found: Concluded | None) -> Any:
    return None if found is None else found.value


def _latest(table: TableFound) -> str | None:
    return table.runs[-1] if table.runs else None


def _some_runs(runs: Sequence[str]) -> list[str]:
    """Return the first, the middle and the last run."""
    if len(runs) <= _MAX_RUNS:
        return list(runs)
    return [runs[0], runs[len(runs) // 2], runs[-1]]


def _advances(before: TableFacts, after: TableFacts, name: str) -> bool:
    one, other = before.columns.get(name), after.columns.get(name)
    if one is None or other is None or one.high is None or other.high is None:
        return False
    return bool(one.high < other.high and one.low < other.low)
