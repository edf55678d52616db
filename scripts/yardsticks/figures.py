"""The figures of a whole run as one JSON object."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scripts.yardsticks import missed, tab_errors, volume
from scripts.yardsticks.causes import MECHANISMS
from scripts.yardsticks.perturb import PAPER
from scripts.yardsticks.planted import HEALTHY, HISTORIES, Trial
from scripts.yardsticks.real import Judged
from scripts.yardsticks.scoring import (
    OURS,
    RIVALS,
    TOUCHED,
    Score,
    best_point,
    by_source,
    named,
    rounded,
    score,
    share,
    stands,
    with_history,
)
from scripts.yardsticks.volume import VolumeTrial


def summary(judged: Sequence[Judged], trials: Sequence[Trial]) -> dict[str, float | int | None]:
    """Return the headline figures: what ``make yardsticks-quick`` prints last."""
    found: dict[str, float | int | None] = {
        "real_runs": sum(one.runs for one in judged),
        "real_runs_with_false_alert": sum(one.runs_with(false_only=True) for one in judged),
        "real_runs_with_false_critical": sum(one.runs_with(critical=True, false_only=True) for one in judged),
        "real_alerts": sum(len(one.alerts) for one in judged),
        "real_alerts_with_mechanism": sum(mechanisms(one) for one in judged),
    }
    longest = by_source(with_history(trials, HISTORIES, max(HISTORIES)), PAPER)
    alert = score(longest, OURS["alert"])
    causes = named(longest)
    return found | {
        "precision": rounded(alert.precision),
        "recall": rounded(alert.recall),
        **{f"recall_{touched}": rounded(alert.recall_at(touched)) for touched in TOUCHED},
        "right_cause": rounded(share(causes.right, causes.found)),
        "wrong_cause": rounded(share(causes.wrong, causes.found)),
    }


def mechanisms(one: Judged) -> int:
    """Return the number of alerts of a real set that say what was done to the rows: nobody did anything to them."""
    return sum(alert.cause in MECHANISMS for alert, _, _ in one.alerts)


def planted(trials: Sequence[Trial], source: str = PAPER) -> dict[str, Any]:
    """Return all figures about the faults that a source thought of, by length of history."""
    some = by_source(trials, source)
    return {str(history): _planted(with_history(some, HISTORIES, history)) for history in HISTORIES}


def _planted(trials: Sequence[Trial]) -> dict[str, Any]:
    kinds: dict[str, list[Trial]] = {"all": list(trials)}
    for trial in trials:
        kinds.setdefault(trial.kind, []).append(trial)
    return {
        "rules": {kind: _rules(some) for kind, some in kinds.items()},
        "faults": _by(kinds, lambda trial: trial.fault, _fault),
        "missed": {"faults": _by(kinds, lambda trial: trial.fault, missed.counts), **missed.figures(trials)},
        "set_ups": _by(kinds, lambda trial: trial.name, _fault),
        "sets": {name: _score(score(some, OURS["alert"])) for name, some in _by_set(trials).items()},
    }


def _by(
    kinds: Mapping[str, Sequence[Trial]],
    what: Callable[[Trial], str],
    figures: Callable[[Sequence[Trial]], Mapping[str, Any]],
) -> dict[str, Any]:
    """Return figures of the faults of each kind of column, under the kind and what they are grouped by."""
    return {
        f"{kind}: {group}": figures([trial for trial in some if what(trial) == group])
        for kind, some in kinds.items()
        if kind != "all"
        for group in dict.fromkeys(map(what, some))
        if group != HEALTHY
    }


def _rules(trials: Sequence[Trial]) -> dict[str, Any]:
    ours = {name: score(trials, flag) for name, flag in OURS.items()}
    found: dict[str, Any] = {name: _score(one) for name, one in ours.items()}
    found["standing"] = _score(score(trials, stands))
    for name, flag in RIVALS.items():
        rival = score(trials, flag)
        best = best_point(ours, rival)
        found[name] = _score(rival) | {
            "our_level": None if best is None else best[0],
            "our_recall": None if best is None else rounded(best[1].recall),
        }
    return found


def _by_set(trials: Sequence[Trial]) -> Mapping[str, list[Trial]]:
    found: dict[str, list[Trial]] = {}
    for trial in trials:
        found.setdefault(trial.column.split("/")[0], []).append(trial)
    return found


def _score(one: Score) -> dict[str, Any]:
    return {
        "planted": one.planted,
        "healthy": one.healthy,
        "false": one.false,
        "precision": rounded(one.precision),
        "recall": rounded(one.recall),
        **{f"recall_{touched}": rounded(one.recall_at(touched)) for touched in TOUCHED},
    }


def _fault(trials: Sequence[Trial]) -> dict[str, Any]:
    causes = named(trials)
    wrong: dict[str, int] = {}
    for trial in trials:
        if trial.alert and trial.naming == "wrong":
            for cause in trial.causes:
                wrong[cause] = wrong.get(cause, 0) + 1
    return {
        "planted": len(trials),
        "digest": rounded(score(trials, OURS["digest"]).recall),
        "alert": rounded(score(trials, OURS["alert"]).recall),
        "right": causes.right,
        "wrong": causes.wrong,
        "absent": causes.absent,
        "wrong_causes": dict(sorted(wrong.items(), key=lambda item: -item[1])),
    }


def whole(
    judged: Sequence[Judged], trials: Sequence[Trial], volumes: Sequence[VolumeTrial], worlds: Mapping[str, Any]
) -> dict[str, Any]:
    """Return everything that the page shows."""
    return {
        "measured": dt.datetime.now(dt.timezone.utc).date().isoformat(),
        "summary": summary(judged, trials),
        "real": [_real(one) for one in judged],
        "volume": volume.figures(volumes),
        "worlds": worlds,
        "planted": planted(trials),
        "tab_err": planted(trials, tab_errors.SOURCE),
        "columns": len({trial.column for trial in trials}),
    }


def _real(one: Judged) -> dict[str, Any]:
    grouped: dict[tuple[str, str, str, bool, str], list[tuple[str, bool]]] = {}
    for alert, real, reason in one.alerts:
        place = (alert.table, alert.column, alert.cause, real, reason)
        grouped.setdefault(place, []).append((alert.run, alert.critical))
    return {
        "set": one.name,
        "source": one.source,
        "runs": one.runs,
        "tables": one.tables,
        "columns": one.columns,
        "runs_with_alert": one.runs_with(),
        "runs_with_critical": one.runs_with(critical=True),
        "runs_with_false_alert": one.runs_with(false_only=True),
        "runs_with_false_critical": one.runs_with(critical=True, false_only=True),
        "alerts": [
            {
                "table": table,
                "column": column or None,
                "cause": cause,
                "true_event": real,
                "reason": reason,
                "runs": [run for run, _ in runs],
                "critical": sum(critical for _, critical in runs),
            }
            for (table, column, cause, real, reason), runs in grouped.items()
        ],
        "events": [{"runs": sorted(verdict.runs), "told": told, "event": verdict.reason} for verdict, told in one.told],
    }
