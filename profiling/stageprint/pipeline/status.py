"""The use case behind ``stageprint status``: is all well, and has the expected run come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import did_you_mean
from stageprint.model import Severity, TableKey
from stageprint.model.judged import Judged
from stageprint.model.run_state import RunState
from stageprint.model.run_status import RunStatus, StatusVerdict
from stageprint.pipeline.cadence import arrivals, gap_note
from stageprint.pipeline.expectation import Expectation
from stageprint.pipeline.marks import Marks
from stageprint.pipeline.patterns import joined
from stageprint.pipeline.results import Results
from stageprint.pipeline.runs import first_profiled_at
from stageprint.ports import ProfileStore

_MAX_CLOCK_DIFFERENCE: Final = dt.timedelta(minutes=5)
_MAX_TABLES_NAMED: Final = 5


def status(
    config: PipelineConfig,
    *,
    store: ProfileStore,
    expectation: Expectation,
    run: str | None = None,
    fail_on: Severity | None = Severity.CRITICAL,
    now: dt.datetime | None = None,
) -> RunStatus:
    """Return whether all is well with the latest run, or with one run, and whether the expected run has come.

    Args:
        config: The pipeline.
        store: Its store.
        expectation: By when a run is expected, if any is.
        run: The run that is expected and looked at; None: the latest one that was not merged from others.
        fail_on: Lowest severity of findings and failed checks with which all is not well; None: none.
        now: The present time; None: that of the clock.

    Raises:
        StoreError: The store cannot be read.
    """
    now = now or dt.datetime.now(dt.timezone.utc)
    results = Results(store, config.run_order)
    known = results.runs()
    facts = _Facts(config, results, known, expectation, now)
    row = _chosen(known, run)
    if row is None:
        return _absent(facts, run)
    facts = replace(facts, config=joined(config, results.store, row["run_id"]))
    problems = _Problems.of(results, row["run_id"])
    found = _described(facts, row, problems)
    found = _come(facts, found) if run is None else _named_come(facts, found)
    return found if found.sentence else _judged(facts, found, problems, fail_on)


@dataclass(frozen=True, slots=True)
class _Facts:
    config: PipelineConfig
    results: Results
    rows: Sequence[Mapping[str, Any]]
    expectation: Expectation
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class _Problems:
    """What was found in a run, read once."""

    findings: Sequence[Mapping[str, Any]]
    failed_checks: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, results: Results, run: str) -> _Problems:
        failed = [check for check in results.check_rows([run]) if check["status"] == "fail"]
        return cls(results.findings(run), failed)

    def without(self, incidents: Collection[str]) -> _Problems:
        left = [row for row in self.findings if row["incident_id"] not in incidents]
        return _Problems(left, self.failed_checks)

    @property
    def worst(self) -> Severity | None:
        severities = [Severity(row["severity"]) for row in (*self.findings, *self.failed_checks)]
        return max(severities, key=lambda severity: severity.rank, default=None)


def _chosen(rows: Sequence[Mapping[str, Any]], run: str | None) -> Mapping[str, Any] | None:
    if run is not None:
        return next((row for row in rows if row["run_id"] == run), None)
    own = [row for row in rows if not row["merged"]] or rows
    return own[-1] if own else None


def _absent(facts: _Facts, run: str | None) -> RunStatus:
    """Return the status without a run to look at."""
    expectation, pipeline = facts.expectation, facts.config.pipeline
    if run is None:
        # Without any run there is no cadence.
        late = expectation.is_set and not expectation.cadence
        due = expectation.expected([], facts.now) if late else None
        text = f"no run of pipeline {pipeline!r} was ever profiled into {facts.results.location}"
        if due is None:
            return RunStatus(pipeline, StatusVerdict.UNKNOWN, f"{text}: nothing can be said")
        return RunStatus(
            pipeline, StatusVerdict.LATE, f"{text}; one was expected by {due.text}", expected_by=due.text, due=due.due
        )
    due_at = expectation.deadline(facts.now)
    text = f"run {run!r} has not been profiled: it is not in {facts.results.location}"
    text += did_you_mean(run, [row["run_id"] for row in facts.rows])
    if due_at is not None and facts.now < due_at:
        sentence = f"{text}; it is expected by {expectation.shown(due_at)}, which has not come yet"
        return RunStatus(
            pipeline, StatusVerdict.UNKNOWN, sentence, run, expected_by=expectation.shown(due_at), due=due_at
        )
    by = f"; it was expected by {expectation.shown(due_at)}" if due_at is not None else ""
    return RunStatus(
        pipeline,
        StatusVerdict.LATE,
        text + by,
        run,
        expected_by=None if due_at is None else expectation.shown(due_at),
        due=due_at,
    )


def _described(facts: _Facts, row: Mapping[str, Any], problems: _Problems) -> RunStatus:
    """Return the facts about a run, without a verdict yet."""
    run, results = row["run_id"], facts.results
    tables = {(table["stage"], table["table"]): table["status"] for table in results.table_rows([run])}
    wanted = [TableKey(stage.name, table.name) for stage, table in facts.config.select()]
    findings, failed, worst = problems.findings, problems.failed_checks, problems.worst
    state = results.states([run])[run]
    # What is stored may be of the profile before; that there is nothing says nothing.
    known = state is RunState.CURRENT
    judged = _judged_columns(results, run)
    again = facts.results.failed_again([run]).get(run, {})
    reason = Marks(facts.results.store, facts.config.run_order).bad.get(run)
    notes = [
        gap_note(facts.rows, run),
        _clock_note(facts, row),
        _newer_note(facts, row),
        f"{_named([str(key) for key in again])} could not be profiled again: the profile before it counts"
        if again
        else None,
        f"run {run} is marked as bad: {reason}" if reason is not None else None,
    ]
    return RunStatus(
        facts.config.pipeline,
        StatusVerdict.UNKNOWN,
        "",
        run,
        state.value,
        first_profiled_at(row),
        row["ended_at"],
        results.compared_at(run),
        row["tables_profiled"],
        tuple(sorted(".".join(key) for key, state in tables.items() if state != "ok")),
        tuple(str(key) for key in wanted if (key.stage, key.table) not in tables),
        len(findings) if known or findings else None,
        len(failed) if known or failed else None,
        None if worst is None else worst.value,
        notes=tuple(note for note in notes if note is not None),
        learning=None if judged is None or not known else judged.to_object(),
    )


def _named_come(facts: _Facts, found: RunStatus) -> RunStatus:
    """Return the status of a run that was asked for, with a sentence unless it was profiled and compared."""
    due = facts.expectation.deadline(facts.now)
    by = None if due is None else facts.expectation.shown(due)
    found = replace(found, expected_by=by, due=due)
    state = RunState(found.state)
    if state is RunState.CURRENT:
        return found
    text = f"run {found.run_id} {state.sentence}"
    if due is not None and facts.now < due:
        return replace(found, sentence=f"{text}; it is expected by {by}, which has not come yet")
    return replace(
        found, verdict=StatusVerdict.LATE, sentence=text if by is None else f"{text}; it was expected by {by}"
    )


def _come(facts: _Facts, found: RunStatus) -> RunStatus:
    """Return the status of the latest run, with a sentence unless the expected run was profiled and compared."""
    expectation, came = facts.expectation, arrivals(facts.rows)
    if not expectation.is_set:
        return found
    expected = expectation.expected(came, facts.now)
    if expected is None:
        sentence = (
            "how often runs come is not known before the fourth: name the expected run with --run, or its greatest age "
            "with --max-age"
        )
        return replace(found, sentence=sentence)
    found = replace(found, expected_by=expected.text, due=expected.due)
    states = facts.results.states([arrival.run_id for arrival in expected.runs])
    if RunState.CURRENT in states.values():
        return found
    if expectation.time is not None and facts.now < expected.due:
        return replace(found, notes=(*found.notes, f"the run expected by {expected.text} has not come yet"))
    if expected.runs:
        last = expected.runs[-1]
        sentence = f"run {last.run_id} came at {expectation.shown(last.at)}, but {states[last.run_id].sentence}"
    else:
        last_seen = f" since {expectation.shown(came[-1].at)} (run {came[-1].run_id})" if came else ""
        sentence = f"no run has come{last_seen}"
    if expected.due <= facts.now:
        sentence += f"; one was expected by {expected.text}"
    return replace(found, verdict=StatusVerdict.LATE, sentence=sentence)


def _judged(facts: _Facts, found: RunStatus, problems: _Problems, fail_on: Severity | None) -> RunStatus:
    """Return the status of a run that has come."""
    run, state = found.run_id, RunState(found.state)
    if state is not RunState.CURRENT:
        return replace(found, sentence=f"nothing can be said of run {run}: it {state.sentence}")
    judged = _judged_columns(facts.results, str(run)) or Judged()
    columns = facts.results.compared([str(run)]).get(str(run), {"columns": 0})["columns"]
    if (judged.nothing or columns == 0) and found.worst_severity is None:
        why = judged.explained or "it was compared, but too few earlier runs say what is usual"
        return replace(found, sentence=f"nothing can be said of run {run}: {why}")
    left = problems.without(facts.results.accepted_by_person()) if problems.findings else problems
    what = _tally(found, len(problems.findings) - len(left.findings))
    if fail_on is not None and left.worst is not None and left.worst.rank >= fail_on.rank:
        return replace(found, verdict=StatusVerdict.FOUND, sentence=f"run {run} has {what}")
    absent = [
        *(f"{_named(found.tables_failed)} could not be profiled" for _ in found.tables_failed[:1]),
        *(f"{_named(found.tables_missing)} not profiled" for _ in found.tables_missing[:1]),
    ]
    if absent:
        return replace(found, verdict=StatusVerdict.TABLES_FAILED, sentence=f"run {run}: {'; '.join(absent)}")
    if found.worst_severity is not None:
        return replace(
            found, verdict=StatusVerdict.WELL, sentence=f"run {run} has come and been compared: it has {what}"
        )
    sentence = f"all is well: run {run} has come and been compared ({columns:,} columns), and nothing was found"
    if judged.learning:
        sentence = (
            f"run {run} has come and been compared, and nothing was found in the {judged.whole_rule:,} columns with "
            f"enough earlier runs; {judged.explained}"
        )
    return replace(found, verdict=StatusVerdict.WELL, sentence=sentence)


def _judged_columns(results: Results, run: str) -> Judged | None:
    tables = results.judged([run]).get(run)
    return None if tables is None else Judged.total(tables.values())


def _tally(found: RunStatus, accepted: int) -> str:
    parts = [(found.findings, "finding"), (found.failed_checks, "failed check")]
    text = " and ".join(f"{number} {noun}{'' if number == 1 else 's'}" for number, noun in parts if number)
    return f"{text}, at worst {found.worst_severity}" + (f" ({accepted:,} accepted)" if accepted else "")


def _named(tables: Sequence[str]) -> str:
    more = len(tables) - _MAX_TABLES_NAMED
    return ", ".join(tables[:_MAX_TABLES_NAMED]) + (f" and {more} more" if more > 0 else "")


def _clock_note(facts: _Facts, row: Mapping[str, Any]) -> str | None:
    at = first_profiled_at(row)
    if at is None or at <= facts.now + _MAX_CLOCK_DIFFERENCE:
        return None
    return f"run {row['run_id']} was profiled at {facts.expectation.shown(at)}, which is not yet: two clocks differ"


def _newer_note(facts: _Facts, row: Mapping[str, Any]) -> str | None:
    """Return a sentence about a run that came after this one and is none of the later runs."""
    came = arrivals(facts.rows)
    places = {each["run_id"]: place for place, each in enumerate(facts.rows)}
    if not came or places[came[-1].run_id] >= places[row["run_id"]]:
        return None
    return (
        f"run {came[-1].run_id} came last, at {facts.expectation.shown(came[-1].at)}, but is an earlier run by "
        f"run_order ({facts.config.run_order})"
    )
