"""Queries over what comparisons judged: how many columns of each table, and which columns still learn."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow.compute as pc

from stageprint.model import ColumnKey, TableKey
from stageprint.model.judged import Judged
from stageprint.model.manifest import Manifest, ManifestKind
from stageprint.model.result_tables import SHIFTS
from stageprint.model.where import where, where_tables
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.manifests import manifests_of
from stageprint.ports import ProfileStore


class JudgedResults:
    """Answers what the latest comparisons of runs judged.

    Attributes:
        store: The pipeline's store.
    """

    store: ProfileStore

    def judged(self, runs: Sequence[str]) -> dict[str, dict[TableKey, Judged]]:
        """Return, by run, how many columns of each table its latest comparison judged, and by what.

        Runs that were not compared, or by an earlier release, are missing.
        """
        latest = _latest_comparisons(self.store, runs)
        return {run: dict(one.judged) for run, one in latest.items() if one.judged is not None}

    def learning_columns(self, run_id: str, only: Sequence[TableKey] | None = None) -> dict[ColumnKey, int]:
        """Return the columns that a run's latest comparison could not judge in full → how many more runs they need.

        Args:
            run_id: The run.
            only: Only columns of these tables; None: all.
        """
        latest = _latest_comparisons(self.store, [run_id]).get(run_id)
        if latest is None:
            return {}
        from stageprint.decision.learning import NEEDED, learning_columns  # noqa: PLC0415 -- imports all statistics

        here = where(run_id=run_id, baseline=latest.baseline, slice_key=None)
        if only is not None:
            here &= where_tables(only)
        found = learning_columns(CommittedStore(self.store).read(SHIFTS, here, NEEDED).select(NEEDED))
        return {
            ColumnKey(row["stage"], row["table_name"], row["column_name"]): row["more_runs"]
            for row in found.filter(pc.greater(found["more_runs"], 0)).to_pylist()
        }


def _latest_comparisons(store: ProfileStore, runs: Sequence[str]) -> dict[str, Manifest]:
    found = {}
    for run, manifests in manifests_of(CommittedStore(store).raw, runs).items():
        compared = [one for one in manifests if one.kind is ManifestKind.COMPARISON and one.finished]
        if compared:
            found[run] = max(compared, key=lambda one: one.started_at)
    return found
