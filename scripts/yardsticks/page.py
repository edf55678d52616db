"""Figures as text: tables for the terminal, and the page ``docs/yardsticks.md``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from scripts.yardsticks.planted import HISTORIES
from scripts.yardsticks.real import Judged
from scripts.yardsticks.scoring import OURS, RIVALS, TOUCHED

TEMPLATE: Final = Path(__file__).with_name("page.md")
"""The words of the page, with ``{{name}}`` where a table belongs."""

TITLES: Final[Mapping[str, str]] = {
    "digest": "stageprint, digest and above",
    "alert": "**stageprint, alerts**",
    "critical": "stageprint, critical",
    "standing": "stageprint, alerts, ongoing ones counted in each run",
    "psi": "PSI > 0.2",
    "ks_p": "Kolmogorov–Smirnov or χ², p < 0.05",
    "three_sigma": "3 σ over the earlier runs",
    "evidently": "Evidently, defaults",
    "deequ_change": "Deequ, RelativeRateOfChange ½ … 2",
    "deequ_range": "Deequ, SimpleThreshold at the range so far",
    "deequ_normal": "Deequ, OnlineNormal",
    "tfdv_schema": "TFDV, inferred schema",
    "tfdv": "TFDV, schema and drift > 0.01",
}


def real_text(judged: Sequence[Judged]) -> str:
    """Return the table of the real sets, for a terminal."""
    lines = [f"\n{'set':<24}{'runs':>6}{'alert':>8}{'critical':>10}{'false':>8}{'false critical':>16}{'told':>10}"]
    for one in judged:
        told = f"{sum(spoken for _, spoken in one.told)}/{len(one.told)}"
        lines.append(
            f"{one.name:<24}{one.runs:>6}{one.runs_with():>8}{one.runs_with(critical=True):>10}"
            f"{one.runs_with(false_only=True):>8}{one.runs_with(critical=True, false_only=True):>16}{told:>10}"
        )
    return "\n".join(lines)


def planted_text(found: Mapping[str, Any]) -> str:
    """Return the tables of planted faults, for a terminal: recall by class and by rule, in per cent."""
    lines = []
    for history, figures in found.items():
        lines.append(f"\n{history} runs of history; planted, found in the digest and as alert in %, causes r/w/absent")
        for fault, one in figures["faults"].items():
            causes = f"{one['right']}/{one['wrong']}/{one['absent']}"
            wrong = ", ".join(f"{cause} {count}" for cause, count in one["wrong_causes"].items())
            shares = f"{_percent(one['digest']):>6}{_percent(one['alert']):>6}"
            lines.append(f"  {fault:<38}{one['planted']:>6}{shares}  {causes:<14}{wrong}")
        heads = "".join(f"{f'{touched} %':>7}" for touched in TOUCHED)
        lines.append(f"  {'rule':<44}{'precision':>10}{'recall':>8}{heads}{'false':>12}")
        lines += [
            f"  {TITLES[name].strip('*'):<44}{_percent(rule['precision']):>10}{_percent(rule['recall']):>8}"
            + "".join(f"{_percent(rule[f'recall_{touched}']):>7}" for touched in TOUCHED)
            + f"{rule['false']:>6}/{rule['healthy']}"
            for name, rule in figures["rules"].get("all", {}).items()
        ]
    return "\n".join(lines)


def write_page(file: Path, result: Mapping[str, Any]) -> None:
    """Write the page, from its words and the figures."""
    text = TEMPLATE.read_text("utf-8")
    for name, made in sections(result).items():
        text = text.replace(f"{{{{{name}}}}}", made)
    file.write_text(text, "utf-8")


def with_history(result: dict[str, Any], file: Path, label: str | None) -> dict[str, Any]:
    """Return the result with the headline figures of earlier ones, which the JSON file keeps.

    Args:
        result: The figures.
        file: The JSON file of before.
        label: Name under which these figures are kept for later pages; None: they are not.
    """
    earlier = json.loads(file.read_text("utf-8")).get("history", {}) if file.exists() else {}
    now = {} if label is None else {label: result["summary"]}
    return result | {"history": {**earlier, **now}}


def sections(result: Mapping[str, Any]) -> dict[str, str]:
    """Return the generated parts of the page."""
    found = {
        "real": _real(result["real"]),
        "events": _events(result["real"]),
        "volume": _volume(result["volume"]),
        "worlds": _worlds(result["worlds"]),
        "alerts": _alerts(result["real"]),
        "sources": "\n".join(f"- `{one['set']}`: {one['source']}." for one in result["real"]),
        "history": _history(result),
        "measured": result["measured"],
    }
    missed = result["planted"][str(max(HISTORIES))]["missed"]
    found["missed"], found["missed_columns"] = _missed(missed), _missed_columns(missed)
    found["visible"] = ", ".join(
        f"{_percent(recall)} % at {touched} % touched" for touched, recall in missed["visible"].items()
    )
    for history in HISTORIES:
        figures = result["planted"][str(history)]
        found[f"faults_{history}"] = _faults(figures)
        for kind in ("numeric", "categorical"):
            found[f"rules_{kind}_{history}"] = _rules(figures["rules"][kind])
        found[f"tab_err_{history}"] = _faults(result["tab_err"][str(history)])
    return found


def _real(sets: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            f"`{one['set']}`",
            one["runs"],
            one["columns"],
            one["runs_with_alert"],
            one["runs_with_false_alert"],
            one["runs_with_false_critical"],
            f"{sum(event['told'] for event in one['events'])} of {len(one['events'])}",
        ]
        for one in sets
    ]
    return _table(
        ["set", "runs", "columns", "runs with an alert", "with a false alert", "with a false critical", "events told"],
        rows,
    )


def _events(sets: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [f"`{one['set']}`", ", ".join(event["runs"]), event["event"], "told" if event["told"] else "**not told**"]
        for one in sets
        for event in one["events"]
    ]
    return _table(["set", "run", "what happened", ""], rows)


def _volume(sets: Mapping[str, Mapping[str, Mapping[str, int]]]) -> str:
    rows = [
        [f"`{name}`", change, one["planted"], one["critical"], one["told"]]
        for name, changes in sets.items()
        for change, one in changes.items()
    ]
    return _table(["set", "change", "planted", "critical at once", "told"], rows)


def _worlds(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    rows = [
        [
            f"{world}, {how}",
            one["stores"],
            one["table_runs"],
            one["with_alert"],
            one["with_critical"],
            f"{one['special_with_alert']} of {one['special_table_runs']}",
            ", ".join(f"{cause} {count}" for cause, count in one["causes"].items()),
        ]
        for how, worlds in found.items()
        for world, one in worlds.items()
    ]
    heads = ["world", "stores", "tables × runs", "with an alert", "critical", "of holidays and month ends", "what"]
    return _table(heads, rows)


def _alerts(sets: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            f"`{one['set']}`",
            f"`{alert['table']}.{alert['column']}`" if alert["column"] else f"`{alert['table']}`",
            f"`{alert['cause']}`",
            ", ".join(alert["runs"]),
            alert["critical"],
            "true event" if alert["true_event"] else "**false**",
            alert["reason"],
        ]
        for one in sets
        for alert in one["alerts"]
    ]
    return _table(["set", "where", "cause", "runs", "of which critical", "verdict", "reason"], rows)


def _faults(figures: Mapping[str, Any]) -> str:
    rows = []
    for fault, one in figures["faults"].items():
        found = one["right"] + one["wrong"] + one["absent"]
        wrong = ", ".join(f"`{cause}` {count}" for cause, count in one["wrong_causes"].items())
        rows.append(
            [fault, one["planted"], _percent(one["digest"]), _percent(one["alert"])]
            + [_percent(one[name] / found if found else None) for name in ("right", "wrong", "absent")]
            + [wrong]
        )
    return _table(["fault", "planted", "digest", "alert", "right cause", "wrong", "none named", "wrongly named"], rows)


def _missed(found: Mapping[str, Mapping[str, Any]]) -> str:
    names = ("planted", "missed", "usual_rows", "digest", "silent")
    total = {name: sum(one[name] for one in found["faults"].values()) for name in names}
    rows = [[fault, *(one[name] for name in names)] for fault, one in {**found["faults"], "all": total}.items()]
    return _table(["fault", "planted", "missed", "rows as an earlier run had", "only in the digest", "not told"], rows)


def _missed_columns(found: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        [f"`{column}`", one["planted"], one["missed"], one["of_values"]] for column, one in found["columns"].items()
    ]
    return _table(["column", "planted", "missed", "of which changed values"], rows)


def _rules(rules: Mapping[str, Mapping[str, Any]]) -> str:
    rows = []
    for name in (*OURS, "standing", *RIVALS):
        one = rules[name]
        ahead = (
            ""
            if name not in RIVALS
            else ("–" if one["our_level"] is None else f"{_percent(one['our_recall'])} ({one['our_level']})")
        )
        rows.append(
            [TITLES[name], _percent(one["precision"]), _percent(one["recall"])]
            + [_percent(one[f"recall_{touched}"]) for touched in TOUCHED]
            + [f"{one['false']} of {one['healthy']}", ahead]
        )
    heads = [f"{touched} % touched" for touched in TOUCHED]
    return _table(["rule", "precision", "recall", *heads, "healthy runs flagged", "stageprint at that precision"], rows)


def _history(result: Mapping[str, Any]) -> str:
    names = list(result["summary"])
    rows = [
        [label, *(_figure(name, one.get(name)) for name in names)]
        for label, one in {**result.get("history", {}), "this page": result["summary"]}.items()
    ]
    return _table(["", *(f"`{name}`" for name in names)], rows)


def _figure(name: str, value: Any) -> str:
    return ("–" if value is None else str(value)) if name.startswith("real_") else _percent(value)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join(lines)
