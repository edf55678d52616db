"""A check is one file: YAML declares it, runs evaluate it, and its documentation is written, by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

import stageprint.checks
from scripts.docs.checks import checks_page
from stageprint.checks import all_checks, parse_checks, propose, run_checks
from stageprint.checks.base import CheckContext
from stageprint.errors import ConfigError
from stageprint.model import Severity, TableProfile
from stageprint.registry import discover
from tests.support.plugins import one_more_file
from tests.support.shop import days
from tests.unit.checks.build import profile

NAME: Final = "no_nan"
FILE: Final = '''
"""No NaN in a column."""

from typing import ClassVar

from pydantic import Field

from stageprint.checks.base import CheckContext, ColumnCheck, Parameters, UndecidedError, Verdict, state_of
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.states.counts import CountsState


class NoNanParameters(Parameters):
    """Parameters of ``no_nan``.

    Attributes:
        max_rows: Largest number of rows that may be NaN.
    """

    max_rows: int = Field(default=0, ge=0)


class NoNanCheck(ColumnCheck[NoNanParameters]):
    """No value is NaN. Exact. Not computable for a column that cannot hold NaN.

    Example:
        - no_nan: [speed]
    """

    name: ClassVar[str] = "no_nan"
    model: ClassVar[type[Parameters]] = NoNanParameters

    @property
    def expected(self) -> str:
        return f"at most {self.parameters.max_rows} NaN"

    def judge_column(self, column: ColumnProfile, context: CheckContext) -> Verdict:
        if column.kind is not ColumnKind.FLOAT:
            raise UndecidedError("the column cannot hold NaN")
        nan = state_of(column, CountsState).nan
        return Verdict(nan <= self.parameters.max_rows, f"{nan} NaN")
'''
NAN: Final = float("nan")
BEFORE: Final = (set(all_checks()), checks_page().splitlines())


@pytest.fixture
def one_more(tmp_path: Path) -> Iterator[None]:
    with one_more_file(stageprint.checks, NAME, FILE, tmp_path, (discover,)):
        yield


def history() -> dict[str, TableProfile]:
    """Return four runs of a table in which many checks hold, the new one among them."""
    return {
        day: profile({"speed": [1.5 + run, 2.0, 2.5] * 200, "id": list(range(600 + run))[:600]})
        for run, day in enumerate(days(4))
    }


PROPOSED: Final = propose(history())


@pytest.mark.usefixtures("one_more")
def test_yaml_declares_it() -> None:
    assert set(all_checks()) - BEFORE[0] == {NAME}
    items = yaml.safe_load("[{no_nan: [speed, height]}, {check: no_nan, column: a, max_rows: 2, severity: warning}]")
    declared = parse_checks(items, "checks")
    assert [(one.check.name, one.check.column, one.severity) for one in declared] == [
        (NAME, "speed", Severity.CRITICAL),
        (NAME, "height", Severity.CRITICAL),
        (NAME, "a", Severity.WARNING),
    ]
    assert [one.check.expected for one in declared] == ["at most 0 NaN", "at most 0 NaN", "at most 2 NaN"]


@pytest.mark.usefixtures("one_more")
@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("{no_nan: {column: a, max_row: 2}}", "did you mean 'max_rows'"),
        ("{no_nan: {column: a, max_rows: -1}}", "max_rows"),
        ("no_nann: [a]", "no check 'no_nann' – did you mean 'no_nan'"),
    ],
)
def test_mistakes_in_its_yaml_are_told(item: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_checks([yaml.safe_load(item)], "checks")


@pytest.mark.usefixtures("one_more")
def test_it_is_evaluated() -> None:
    table = profile({"good": [1.0, None], "bad": [1.0, NAN], "whole": [1, 2]})
    declared = parse_checks([{NAME: ["good", "bad", "whole", "missing"]}], "checks")
    outcomes = run_checks(declared, CheckContext(table, "2026-03-02"))
    assert [(one.key.column, one.check, one.status, one.observed, one.reason) for one in outcomes] == [
        ("good", NAME, "pass", "0 NaN", None),
        ("bad", NAME, "fail", "1 NaN", None),
        ("whole", NAME, "not_computable", "not known", "the column cannot hold NaN"),
        ("missing", NAME, "fail", "no such column: missing – available: 'bad', 'good', 'whole'", None),
    ]
    assert outcomes[1].message == "raw.flights.bad fails no_nan: expected at most 0 NaN, found 1 NaN."


@pytest.mark.usefixtures("one_more")
def test_it_is_documented() -> None:
    added = [line for line in checks_page().splitlines() if line not in BEFORE[1]]
    assert [line for line in added if "](#" not in line] == [
        "### no_nan",
        "No value is NaN. Exact. Not computable for a column that cannot hold NaN.",
        "| `max_rows` | 0 | Largest number of rows that may be NaN. |",
        "  - no_nan: [speed]",
    ]
    (links,) = [line for line in added if "](#" in line]
    assert "[`no_nan`](#no_nan)" in links


@pytest.mark.usefixtures("one_more")
def test_it_is_not_proposed() -> None:
    """What `suggest` proposes is chosen by its own rules, so that a new check cannot appear in users' YAML unasked."""
    assert len(PROPOSED) > 3
    assert propose(history()) == PROPOSED
    assert NAME not in {proposal.check for proposal in propose(history())}


def test_it_is_gone_again() -> None:
    assert set(all_checks()) == BEFORE[0]
    assert checks_page().splitlines() == BEFORE[1]
