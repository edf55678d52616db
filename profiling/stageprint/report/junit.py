"""JUnit XML (``--format junit``): what CI systems show as tests. A finding or a failed check is a test that failed.

The files are valid by both published schemas of the format, that of Ant and that of Jenkins: `tests/data/junit`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree as ET

from stageprint.model import Severity, TableKey
from stageprint.model.change import changes_line
from stageprint.model.judged import Judged
from stageprint.report.next_steps import next_steps
from stageprint.report.rows import Row, place
from stageprint.report.text import words

_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HOST: Final = "localhost"
"""What Ant's schema asks for where the machine is not told."""


@dataclass(frozen=True, slots=True)
class JunitRun:
    """What is known of a run.

    Attributes:
        run_id: The run.
        tables: Its rows of `table_profiles`, with `stage`, `table`, `status`, `error` and `seconds`.
        findings: Its findings.
        checks: Its check results.
        judged: How many columns of each table were judged; None: not known, or nothing was compared.
        unclear: Why nothing, or not everything, can be said of it, a sentence each.
        at: When it was profiled.
        compared: Whether findings were asked for: then a table without one passed.
        accepted: Identifiers of the incidents that a person accepted as the new normal.
    """

    run_id: str
    tables: Sequence[Row] = ()
    findings: Sequence[Row] = ()
    checks: Sequence[Row] = ()
    judged: Mapping[TableKey, Judged] | None = None
    unclear: Sequence[str] = ()
    at: dt.datetime | None = None
    compared: bool = True
    accepted: Container[str] = ()


@dataclass(slots=True)
class _Suite:
    """The tests of one run, as they are counted."""

    element: ET.Element
    fail_on: Severity | None
    counts: dict[str, int] = field(default_factory=lambda: {"failure": 0, "error": 0, "skipped": 0})
    seconds: float = 0.0
    tests: int = 0

    def add(
        self,
        classname: str,
        name: str,
        outcome: str | None,
        message: str,
        text: str = "",
        kind: str = "",
        seconds: float = 0.0,
    ) -> None:
        """Add a test; `outcome` is failure, error, skipped, or None where it passed."""
        case = ET.SubElement(
            self.element,
            "testcase",
            {"classname": _plain(classname), "name": _plain(name), "time": f"{seconds:.3f}"},
        )
        self.tests += 1
        self.seconds += seconds
        if outcome is None:
            return
        self.counts[outcome] += 1
        attributes = {"message": _plain(message)} | ({} if outcome == "skipped" else {"type": _plain(kind)})
        ET.SubElement(case, outcome, attributes).text = _plain(text) or None

    def severity(self, severity: str) -> str:
        """Return what a finding or failed check of a severity is: a failure, or skipped where it is too low for one."""
        fails = self.fail_on is not None and Severity(severity).rank >= self.fail_on.rank
        return "failure" if fails else "skipped"


def to_junit(pipeline: str, runs: Iterable[JunitRun], fail_on: Severity | None) -> str:
    """Return runs as JUnit XML: a suite a run.

    A finding and a failed check are tests that failed; below `fail_on`, where a person accepted the finding, and where
    a check could not be computed, tests that were skipped, with the reason. A table without a finding passed; one whose
    columns all still learn was skipped; one that could not be profiled is an error, and so is a run of which nothing
    can be said.

    Args:
        pipeline: The pipeline, which all tests are named after.
        runs: The runs.
        fail_on: Lowest severity that fails; None: none does.
    """
    root = ET.Element("testsuites")
    for number, run in enumerate(runs):
        _add_run(root, number, pipeline, run, fail_on)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _add_run(root: ET.Element, number: int, pipeline: str, run: JunitRun, fail_on: Severity | None) -> None:
    element = ET.SubElement(root, "testsuite")
    properties = ET.SubElement(element, "properties")
    for name, value in (("pipeline", pipeline), ("run", run.run_id)):
        ET.SubElement(properties, "property", {"name": name, "value": _plain(value)})
    suite = _Suite(element, fail_on)
    for sentence in run.unclear:
        suite.add(pipeline, f"run {run.run_id}", "error", sentence, kind="nothing known")
    for finding in run.findings:
        _add_finding(suite, pipeline, finding, accepted=finding.get("incident_id") in run.accepted)
    _add_tables(suite, pipeline, run)
    for check in run.checks:
        _add_check(suite, pipeline, check)
    for name in ("system-out", "system-err"):
        ET.SubElement(element, name)
    moment = (run.at or dt.datetime.fromtimestamp(0, dt.timezone.utc)).astimezone(dt.timezone.utc)
    element.attrib |= {
        "name": _plain(f"{pipeline} {run.run_id}"),
        "package": _plain(pipeline),
        "id": str(number),
        "hostname": _HOST,
        "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S"),
        "time": f"{suite.seconds:.3f}",
        "tests": str(suite.tests),
        "failures": str(suite.counts["failure"]),
        "errors": str(suite.counts["error"]),
        "skipped": str(suite.counts["skipped"]),
    }


def _add_finding(suite: _Suite, pipeline: str, finding: Row, *, accepted: bool) -> None:
    where, cause = place(finding), words(str(finding["cause"]))
    lines = [f"since run {finding['first_run']}"] if finding["first_run"] else []
    if finding["explains"]:
        lines.append(f"explains {', '.join(finding['explains'])}")
    changed = changes_line(finding.get("changes"))
    lines += [] if changed is None else [changed]
    lines += [f"to check: {step}" for step in next_steps(str(finding["cause"])).check]
    lines.append(f"stageprint show {finding['finding_id']}")
    outcome = "skipped" if accepted else suite.severity(str(finding["severity"]))
    kind = f"{finding['severity']} {finding['cause']}"
    why = f"{finding['severity']}, accepted" if accepted else finding["severity"]
    message = str(finding["sentence"]) if outcome == "failure" else f"{why}: {finding['sentence']}"
    suite.add(f"{pipeline}.{finding['stage']}", f"{where}: {cause}", outcome, message, "\n".join(lines), kind)


def _add_tables(suite: _Suite, pipeline: str, run: JunitRun) -> None:
    if not run.compared:
        return
    flagged = {(row["stage"], row["table"]) for row in run.findings}
    for row in run.tables:
        where = f"{row['stage']}.{row['table']}"
        name, classname, seconds = (
            f"{where}: no finding",
            f"{pipeline}.{row['stage']}",
            float(row.get("seconds") or 0.0),
        )
        judged = (run.judged or {}).get(TableKey(row["stage"], row["table"]))
        if row["status"] != "ok":
            suite.add(classname, f"{where}: profiled", "error", str(row["error"]), kind="not profiled", seconds=seconds)
        elif (row["stage"], row["table"]) in flagged or run.unclear:
            continue
        elif judged is None:
            suite.add(classname, name, "skipped", "it is not known which of its columns were judged", seconds=seconds)
        elif judged.nothing:
            suite.add(classname, name, "skipped", judged.explained, seconds=seconds)
        else:
            suite.add(classname, name, None, "", seconds=seconds)


def _add_check(suite: _Suite, pipeline: str, check: Row) -> None:
    outcome = {"pass": None, "fail": suite.severity(str(check["severity"]))}.get(str(check["status"]), "skipped")
    name = f"{place(check)}: {check['check']}"
    message = str(check["reason"] or check["message"] or "")
    text = f"expected {check['expected']}\nfound {check['observed']}"
    suite.add(f"{pipeline}.{check['stage']}.checks", name, outcome, message, text, f"{check['severity']} check")


def _plain(text: str) -> str:
    """Return a text without characters that XML cannot hold, in one line of attributes or several of text."""
    return _NOT_IN_XML.sub("�", text)
