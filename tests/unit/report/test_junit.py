"""JUnit XML is valid by both published schemas, and says of nothing that was not looked at that it passed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from stageprint.model import Severity, TableKey
from stageprint.model.judged import Judged
from stageprint.report.junit import JunitRun, to_junit
from tests.support.findings import finding

SCHEMAS = Path(__file__).parents[2] / "data" / "junit"
AT = dt.datetime(2026, 3, 2, 4, 5, tzinfo=dt.timezone.utc)
JUDGED = Judged(4, 4)
LEARNING = Judged(4, 0, 0, 4, (0, 0, 4))


@pytest.fixture(scope="module", params=["ant", "jenkins"])
def schema(request: pytest.FixtureRequest) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMAS / f"{request.param}.xsd")


def table(name: str, **more: Any) -> dict[str, Any]:
    return {"stage": "raw", "table": name, "status": "ok", "error": None, "seconds": 1.25, **more}


def check(status: str, **more: Any) -> dict[str, Any]:
    said = {"expected": "no nulls", "observed": "3 nulls", "message": "raw.orders.id has nulls.", "reason": None}
    place = {"stage": "raw", "table": "orders", "column": "id", "check": "not_null", "severity": "critical"}
    return {**place, **said, "status": status, **more}


RUN = JunitRun(
    "2026-03-02",
    [table("weather"), table("orders"), table("new"), table("odd"), table("gone", status="failed", error="no file")],
    [finding(), finding(severity="review", sentence="a \x1b[2J ]]> & < \ud800 \ufffe", column=None, table="planes")],
    [check("pass"), check("fail"), check("fail", severity="review"), check("not_computable", reason="no profile")],
    {TableKey("raw", "weather"): JUDGED, TableKey("raw", "orders"): JUDGED, TableKey("raw", "new"): LEARNING},
    at=AT,
)


def outcomes(run: JunitRun, fail_on: Severity | None = Severity.WARNING) -> dict[str, list[str]]:
    """Return name → outcomes of its tests."""
    (suite,) = ET.fromstring(to_junit("shop", [run], fail_on))  # noqa: S314 -- our own text
    found: dict[str, list[str]] = {}
    for case in suite.iter("testcase"):
        found.setdefault(str(case.get("name")), []).append(case[0].tag if len(case) else "passed")
    told = {name: int(str(suite.get(name))) for name in ("tests", "failures", "errors", "skipped")}
    every = [one for some in found.values() for one in some]
    assert told == {
        "tests": len(every),
        "failures": every.count("failure"),
        "errors": every.count("error"),
        "skipped": every.count("skipped"),
    }
    return found


@pytest.mark.parametrize(
    "runs",
    [[], [RUN], [JunitRun("1"), RUN], [JunitRun("1", unclear=["run 1 has not been compared"])]],
    ids=["no run", "every outcome", "two runs", "unclear"],
)
def test_it_is_valid(schema: xmlschema.XMLSchema, runs: list[JunitRun]) -> None:
    schema.validate(to_junit("shop", runs, Severity.CRITICAL))


def test_findings_and_failed_checks_fail_from_the_severity_on_and_the_rest_says_why_it_did_not() -> None:
    assert outcomes(RUN) == {
        "raw.weather.temp: unit change": ["failure"],
        "raw.planes: unit change": ["skipped"],
        "raw.orders: no finding": ["passed"],
        "raw.new: no finding": ["skipped"],
        "raw.odd: no finding": ["skipped"],
        "raw.gone: profiled": ["error"],
        "raw.orders.id: not_null": ["passed", "failure", "skipped", "skipped"],
    }


def test_a_finding_that_a_person_accepted_fails_no_more() -> None:
    run = JunitRun("2013-03", findings=[finding(incident_id="i1")], accepted={"i1"})
    assert outcomes(run) == {"raw.weather.temp: unit change": ["skipped"]}
    assert "warning, accepted: raw.weather.temp looks" in to_junit("shop", [run], Severity.WARNING)


def test_never_fails_where_nothing_is_to_fail() -> None:
    found = [one for some in outcomes(RUN, None).values() for one in some]
    assert "failure" not in found
    assert found.count("error") == 1, "what could not be read is no matter of severity"


def test_a_run_of_which_nothing_can_be_said_has_no_table_that_passed() -> None:
    run = JunitRun("1", [table("orders")], unclear=["run 1 has not been compared"])
    assert outcomes(run) == {"run 1": ["error"]}


def test_a_failure_says_what_happened_and_what_to_do() -> None:
    change = {"kind": "code", "what": "git commit", "before": "a", "now": "b", "text": "git commit a → b"}
    run = JunitRun("2013-03", findings=[finding(changes=[change])])
    (failure,) = ET.fromstring(to_junit("shop", [run], Severity.WARNING)).iter("failure")  # noqa: S314 -- as above
    assert str(failure.get("message")).startswith("raw.weather.temp looks converted from °F to °C")
    lines = str(failure.text).splitlines()
    assert lines[0] == "since run 2013-03"
    assert lines[1].startswith("explains joined.flights.c0")
    assert lines[2] == "changed at the same time (a coincidence, no proof): git commit a → b"
    assert lines[3].startswith("to check: ")
    assert lines[-1] == "stageprint show f1"
