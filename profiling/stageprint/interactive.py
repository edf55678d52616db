"""Profiles and comparisons in three lines: of tables in memory or of files, without a configuration and a store.

>>> import pandas as pd, stageprint
>>> before = pd.DataFrame({"price": [19.9, 24.5, 21.0] * 100})
>>> stageprint.compare(before, before.assign(price=before.price * 100)).findings[0]["cause"]
'unit_change'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from stageprint.config.loader import build_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import ReadPath, Source
from stageprint.config.tables import TableConfig
from stageprint.engines.local.frames import open_frame, source_of
from stageprint.engines.local.model import LocalTable
from stageprint.engines.local.profiling import profile_tables
from stageprint.engines.local.sources import open_source
from stageprint.errors import SourceError
from stageprint.model import TableKey
from stageprint.model.finding import finding_object
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.compare import compare as compare_use_case
from stageprint.pipeline.first_look import look_at_profile
from stageprint.pipeline.profile import profile as profile_use_case
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import EngineVersions, ProfiledTable, ProfileStore, TableTask
from stageprint.report.notebook import columns_html, columns_text, findings_html, findings_text
from stageprint.skew.records import TableSkew
from stageprint.stores.memory import MemoryStore

if TYPE_CHECKING:
    import pandas as pd

_BEFORE, _AFTER, _STAGE = "__before__", "__after__", "__table__"
"""Names of the runs and the stage, which no sentence shows."""

_UNTOLD: Final = (f" since {_AFTER}", f"{_STAGE}.")
"""What sentences say of run and stage, which mean nothing where there are two tables."""


@dataclass(frozen=True, repr=False)
class Profile:
    """The profile of one table; shows itself as a table of its columns, also in a notebook.

    Attributes:
        name: What the table is called.
        row_count: Number of rows.
        columns: One object a column, in the table's order, with every metric by name (`docs/metrics.md`); None: the
            metric is not computable, and ``not_computable`` says why.
        notes: What was found besides the rows, such as malformed ones.
        first_look: What is suspicious by itself, one sentence each (`docs/first-look.md`).
    """

    name: str
    row_count: int
    columns: Sequence[Mapping[str, Any]]
    notes: Sequence[str] = ()
    first_look: Sequence[str] = ()

    def to_pandas(self) -> pd.DataFrame:
        """Return a data frame with one row a column and one column a metric; needs pandas."""
        import pandas as pd  # noqa: PLC0415 -- not everybody has it

        return pd.DataFrame(list(self.columns)).set_index("column_name")

    def __repr__(self) -> str:
        """Return a table of the columns."""
        return columns_text(self.name, self.row_count, self.columns, self._notes)

    def _repr_html_(self) -> str:
        return columns_html(self.name, self.row_count, self.columns, self._notes)

    @property
    def _notes(self) -> Sequence[str]:
        return [*self.notes, *(f"first look: {sentence}" for sentence in self.first_look)]


@dataclass(frozen=True, repr=False)
class Comparison:
    """What changed between two tables, and the most likely causes; shows itself, also in a notebook.

    Attributes:
        before: The profile of the first table.
        after: The profile of the second one.
        findings: One object a problem, worst first, with the keys of `stageprint findings --format json`.
    """

    before: Profile
    after: Profile
    findings: Sequence[Mapping[str, Any]]

    def to_pandas(self) -> pd.DataFrame:
        """Return a data frame with one row a finding; needs pandas."""
        import pandas as pd  # noqa: PLC0415 -- not everybody has it

        return pd.DataFrame(list(self.findings))

    def __repr__(self) -> str:
        """Return the findings, worst first."""
        return findings_text(self.after.name, len(self.after.columns), self.findings)

    def _repr_html_(self) -> str:
        return findings_html(self.after.name, len(self.after.columns), self.findings)


def profile(
    data: Any, *, name: str = "table", keys: str | Sequence[str] = (), event_time: str | None = None
) -> Profile:
    """Return the profile of a table.

    Args:
        data: A Spark, pandas or Polars DataFrame, an Arrow table, a dict of columns, a list of rows (dicts), or the
            path of files (Parquet, CSV, JSON, ORC, Delta). Levels of a pandas index that have a name are columns.
        name: What the table is called.
        keys: Columns that together identify a row; a text is one column.
        event_time: Timestamp or date column that says when a row happened.

    Raises:
        UsageError: `data` is something else.
        SourceError: It cannot be read, or lacks a named column.
    """
    store, _ = _profiled({_AFTER: data}, name, keys, event_time)
    return _profile(store, name, _AFTER)


def compare(
    before: Any, after: Any, *, name: str = "table", keys: str | Sequence[str] = (), event_time: str | None = None
) -> Comparison:
    """Return what changed between two tables, and why.

    With one table to compare with, nothing is known of how far its columns usually move: shifts that are gross are told
    (`docs/decisions.md`), and everything exact: schema, constants, keys, exact transformations.

    Args:
        before: A table, see `profile`.
        after: The same table later, or made in another way.
        name: What the table is called.
        keys: Columns that together identify a row.
        event_time: Timestamp or date column that says when a row happened.

    Raises:
        UsageError: One of them is no table.
        SourceError: One of them cannot be read, or lacks a named column.
    """
    store, config = _profiled({_BEFORE: before, _AFTER: after}, name, keys, event_time)
    outcome = compare_use_case(config, [_AFTER], store=store, baseline=f"run:{_BEFORE}")
    return Comparison(
        _profile(store, name, _BEFORE),
        _profile(store, name, _AFTER),
        [_told(finding_object(finding)) for finding in outcome.findings],
    )


def _told(finding: dict[str, Any]) -> dict[str, Any]:
    """Return a finding whose texts do not speak of runs and stages."""

    def plain(text: str) -> str:
        for word in _UNTOLD:
            text = text.replace(word, "")
        return text

    texts = {"sentence": plain(finding["sentence"]), "next_step": plain(finding.get("next_step") or "") or None}
    lists = {name: [plain(text) for text in finding[name]] for name in ("explains", "beside")}
    return {**finding, **{name: text for name, text in texts.items() if name in finding}, **lists}


def _profiled(
    data: Mapping[str, Any], name: str, keys: str | Sequence[str], event_time: str | None
) -> tuple[MemoryStore, PipelineConfig]:
    described = {
        "name": name,
        "source": {"table": name},
        "keys": [keys] if isinstance(keys, str) else list(keys),
        "event_time": event_time,
    }
    config = build_config(
        {"pipeline": "interactive", "store": "memory", "stages": [{"name": _STAGE, "tables": [described]}]}
    )
    store = MemoryStore(config.pipeline)
    failed = profile_use_case(config, list(data), engine=_Data(data), store=store).failed
    if failed:
        raise SourceError(str(failed[0].error).replace(f"{_STAGE}.{name}", name))
    return store, config


def _profile(store: MemoryStore, name: str, run: str) -> Profile:
    (table,) = (row for row in store.read(TABLE_PROFILES).to_pylist() if row["run_id"] == run)
    columns = [row for row in store.read(column_profiles()).to_pylist() if row["run_id"] == run]
    columns.sort(key=lambda row: (row["column_position"], len(row["column_name"])))
    shown = [{key: value for key, value in row.items() if key not in _NOT_SHOWN} for row in columns]
    looks = look_at_profile(run, table, columns)
    sentences = [f"{name if one.column is None else one.column} {one.text}" for _, one in looks]
    return Profile(name, table["row_count"], shown, tuple(table["source_notes"] or ()), sentences)


_NOT_SHOWN: Final = frozenset(
    {
        "pipeline",
        "run_id",
        "stage",
        "table_name",
        "slice_key",
        "slice_value",
        "manifest_id",
        "states",
        "compact_features",
        "compact_features_version",
    }
)
"""Columns of `column_profiles` that say nothing about a single table."""


@dataclass(frozen=True)
class _Data:
    """An engine whose sources are tables in memory and paths, by run."""

    data: Mapping[str, Any]

    def versions(self) -> EngineVersions:
        return EngineVersions(None, None, "UTC")

    def list_runs(self, config: PipelineConfig) -> list[str]:
        del config
        return list(self.data)

    def check_run_exists(self, config: PipelineConfig, tables: Sequence[TableConfig], run_id: str) -> None:
        del config, tables, run_id

    def list_tables(self, source: Source, run_id: str) -> list[str]:
        del source, run_id
        return []

    def profile(
        self, config: PipelineConfig, tasks: Sequence[TableTask], store: ProfileStore, path: ReadPath
    ) -> Iterable[ProfiledTable]:
        del store, path
        for task in tasks:
            data = self.data[task.run_id]
            if type(data).__module__.startswith("pyspark."):
                from stageprint.engines.spark.dataframe import profile_frame  # noqa: PLC0415 -- only where it is used

                yield profile_frame(data, config, task.key, task.run_id)[1]
            elif isinstance(data, (str, Path)):
                yield from profile_tables(config, [task], open_table=self._open_path)
            else:
                yield from profile_tables(config, [task], processes=1, open_table=partial(_opened, open_frame(data)))

    def _open_path(self, task: TableTask) -> LocalTable:
        return open_source(source_of(self.data[task.run_id]), task.run_id)

    def compare_rows(self, config: PipelineConfig, run_id: str, left: TableKey, right: TableKey) -> TableSkew:
        raise NotImplementedError


def _opened(table: LocalTable, task: TableTask) -> LocalTable:
    """Return a table that is open already: a wrong type is the caller's mistake, and not a table that failed."""
    del task
    return table
