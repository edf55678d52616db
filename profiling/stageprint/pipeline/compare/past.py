"""Results of earlier comparisons: flagged columns, decided shifts, and scores for calibration."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.decision import DECISIONS, Calibration
from stageprint.decision.flags import KEY, alerting_columns, keys_of, lasting_columns, suspect_columns
from stageprint.decision.history import ALERTING_SEVERITIES, MAX_SUSPECT_P
from stageprint.decision.references import excluded_runs
from stageprint.model import ColumnKey, Finding
from stageprint.model.result_tables import CALIBRATION, FINDINGS, SHIFTS
from stageprint.model.where import AtMost, Where, where
from stageprint.pipeline.compare.decided import Decided, DecidedTable, PastShifts, StoredShifts
from stageprint.pipeline.marks import column_named
from stageprint.ports import ProfileStore

MAX_RUNS_SEARCHED_FOR_DECISIONS: Final = 3
"""Number of latest runs in which a column's last decision is searched, since a column may be missing from a run."""


class Past:
    """The results of earlier runs' comparisons, from the store and from this command.

    Attributes:
        alerting: Run → columns with a warning or critical shift.
        suspect: Run → columns with a p value so small that the run is only a reference if the next run confirms it was
            chance.

    Args:
        store: The store.
        baseline: Baseline of this comparison; results of comparisons with other baselines do not count.
    """

    def __init__(self, store: ProfileStore, baseline: str) -> None:
        self._store = store
        self._baseline = baseline
        self._shifts: dict[str, PastShifts] = {}
        self._scores: dict[str, Calibration] = {}
        self._lasting: dict[str, set[ColumnKey]] = {}
        self.alerting: dict[str, set[ColumnKey]] = {}
        self.suspect: dict[str, set[ColumnKey]] = {}

    def load(self, runs: Sequence[str], *, decisions: bool) -> None:
        """Read the results of earlier runs that were not read yet.

        Args:
            runs: The earlier runs, oldest first.
            decisions: Whether to load the decided shifts of the latest runs into memory; otherwise they are read from
                the store each time.
        """
        unknown = [run for run in runs if run not in self.alerting]
        if not unknown:
            return
        of_runs = where(run_id=unknown, baseline=self._baseline)
        self._load_flags(unknown, of_runs)
        self._load_told(unknown, of_runs)
        self._load_scores(unknown)
        latest = [run for run in runs[-MAX_RUNS_SEARCHED_FOR_DECISIONS:] if run not in self._shifts]
        if not decisions:
            self._shifts |= {
                run: StoredShifts(self._store, where(run_id=run, baseline=self._baseline)) for run in latest
            }
            return
        of_latest = where(run_id=latest, baseline=self._baseline)
        rows = self._store.read(SHIFTS, of_latest, ("run_id", *DECISIONS.names))
        for run in latest:
            own = rows.filter(pc.equal(rows["run_id"], run)).drop_columns(["run_id"])
            self._shifts[run] = DecidedTable(own.cast(DECISIONS), self._scores[run])

    def add(self, run: str, decided: Decided) -> None:
        """Add the results of a run that was just compared."""
        self._shifts[run] = decided
        self._scores[run] = decided.scores
        self.alerting[run] = alerting_columns(decided.flagged)
        self._lasting[run] = lasting_columns(decided.flagged)
        self.suspect[run] = suspect_columns(decided.flagged)

    def tell(self, run: str, findings: Iterable[Finding]) -> None:
        """Make what a run's findings say of events the reference of later runs: it is told, and no fault that lasts."""
        self._tell(run, ((one.origin, one.explains) for one in findings if one.told_once))

    def _tell(self, run: str, events: Iterable[tuple[ColumnKey, Iterable[str]]]) -> None:
        for origin, explains in events:
            others = {column_named(name, origin.slice) for name in explains} - self._lasting[run]
            told = {origin, *others}
            self.alerting[run] -= told
            self.suspect[run] -= told

    def latest(self, earlier: Sequence[str]) -> list[str]:
        """Return those of the latest earlier runs whose decided shifts are known, oldest first."""
        return [run for run in earlier[-MAX_RUNS_SEARCHED_FOR_DECISIONS:] if run in self._shifts]

    def shifts(self, run: str) -> PastShifts:
        """Return the decided shifts of a run of `latest`."""
        return self._shifts[run]

    def calibration(self, runs: Sequence[str], bad: Collection[str]) -> Calibration:
        """Return the merged scores of the runs, without those marked as bad."""
        return Calibration.merge(self._scores[run] for run in runs if run in self._scores and run not in bad)

    def flagged_runs(self, runs: Sequence[str], key: ColumnKey) -> list[str]:
        """Return those of the runs that are excluded from a column's references by what was decided in them.

        Args:
            runs: Runs, oldest first. The last of them is excluded too where it was suspect: no later run is known.
            key: The column.
        """
        alerting, suspect = ({run for run in runs if key in at.get(run, ())} for at in (self.alerting, self.suspect))
        excluded = excluded_runs(runs, alerting, suspect)
        return [run for run in runs if run in excluded]

    def unconfirmed_runs(self, earlier: Sequence[str], run: str, key: ColumnKey) -> list[str]:
        """Return those of a run's `flagged_runs` in which a column was suspect, and is not again in the run itself.

        Args:
            earlier: The earlier runs, oldest first.
            run: The run, whose results were added.
            key: The column.
        """
        lasting = self.flagged_runs([*earlier, run], key)
        return [one for one in self.flagged_runs(earlier, key) if one not in lasting]

    def _load_flags(self, runs: Sequence[str], of_runs: Where) -> None:
        names = ("run_id", *KEY, "statistic", "severity")
        alerting = self._store.read(SHIFTS, of_runs & where(severity=ALERTING_SEVERITIES), names)
        suspect = self._store.read(SHIFTS, of_runs & where(p_value=AtMost(MAX_SUSPECT_P)), ("run_id", *KEY))
        for run in runs:
            own = alerting.filter(pc.equal(alerting["run_id"], run))
            self.alerting[run], self._lasting[run] = alerting_columns(own), lasting_columns(own)
            self.suspect[run] = set(keys_of(suspect.filter(pc.equal(suspect["run_id"], run))))

    def _load_told(self, runs: Sequence[str], of_runs: Where) -> None:
        found = self._store.read(FINDINGS, of_runs, ("run_id", *KEY, "explains", "told_once"))
        found = found.filter(pc.fill_null(found["told_once"], False))
        for run in runs:
            own = found.filter(pc.equal(found["run_id"], run))
            self._tell(run, zip(keys_of(own), own["explains"].to_pylist(), strict=True))

    def _load_scores(self, runs: Sequence[str]) -> None:
        stored = self._store.read(CALIBRATION, where(run_id=runs, baseline=self._baseline))
        for run in runs:
            self._scores[run] = Calibration.from_arrow(stored.filter(pc.equal(stored["run_id"], run)))

    def scores_as_rows(self, run: str, facts: dict[str, str]) -> pa.Table:
        """Return a run's scores as rows of `calibration`.

        Args:
            run: The run.
            facts: The columns that are the same in every row.
        """
        rows = self._scores[run].to_arrow()
        for name, value in facts.items():
            rows = rows.append_column(name, pa.repeat(value, rows.num_rows).cast(pa.string()))
        return rows.select(CALIBRATION.arrow_schema.names).cast(CALIBRATION.arrow_schema)
