"""What the template prints: one class for each part of the page, holding finished texts, drawings and links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stageprint.report.faulty_rows import RowQuery
from stageprint.report.html.graph import Edge, Graph
from stageprint.report.html.pictures.base import Picture
from stageprint.report.html.sparkline import Sparkline


@dataclass(frozen=True, slots=True)
class BesideView:
    """One line of a finding's card: a finding about a column that moved beside it."""

    severity: str
    place: str
    link: str | None
    cause: str
    sentence: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding's card; `anchor` is its fragment name."""

    anchor: str
    severity: str
    place: str
    link: str | None
    cause: str
    kind: str
    since: str
    confidence: str | None
    sentence: str
    evidence: tuple[tuple[str, str], ...]
    explains: tuple[tuple[str, str | None], ...]
    alternatives: str
    to_check: tuple[str, ...]
    rows: RowQuery | None
    queries: tuple[str, ...]
    pictures: tuple[Picture, ...]
    beside: tuple[BesideView, ...] = ()
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check's row; `badge` is its severity if it failed, else its status."""

    badge: str
    style: str
    place: str
    link: str | None
    check: str
    expected: str
    observed: str


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One column's row; each measure is a text and a drawing, each extreme a short and a full text.

    `order` is what the cells from nulls to typical value are sorted by; "": they have no value. `learning` says how
    many further runs the column needs, `advances` how it advances with time or run; empty: none, not at all.
    """

    anchor: str
    place: str
    name: str
    data_type: str
    severity: str
    learning: str
    advances: str
    explanation: str
    nulls: tuple[str, Sparkline | None]
    distinct: tuple[str, Sparkline | None]
    centre: tuple[str, Sparkline | None]
    order: tuple[float | str, ...]
    low: tuple[str, str]
    high: tuple[str, str]


@dataclass(frozen=True, slots=True)
class TableView:
    """One table: its summary line, and its columns."""

    anchor: str
    stage: str
    name: str
    severity: str
    failed: bool
    error: str
    notes: tuple[str, ...]
    rows: str
    change: str
    rows_line: Sparkline | None
    facts: tuple[tuple[str, str], ...]
    columns: tuple[ColumnView, ...]
    column_count: str
    flagged: int


@dataclass(frozen=True, slots=True)
class StageView:
    """A stage's box: its worst severity, whether the first finding began there, and the texts in it."""

    severity: str
    affected: bool
    origin: bool
    note: str
    detail: str
    link: str


@dataclass(frozen=True, slots=True)
class FirstLookView:
    """A line of the first look: place, link to it, name of the rule, sentence, and places of which the same is true."""

    place: str
    link: str | None
    rule: str
    sentence: str
    also: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What the first screen says: whether the run is all right, in a few words, and what to know of it.

    `state` is the worst severity, ``good`` or ``unknown``.
    """

    state: str
    headline: str
    detail: str
    findings: tuple[FindingView, ...]
    more: int


@dataclass(frozen=True, slots=True)
class ReportView:
    """The whole page."""

    title: str
    subtitle: str
    tiles: tuple[tuple[str, str, str], ...]
    answer: AnswerView
    findings: tuple[FindingView, ...]
    first_look: tuple[FirstLookView, ...]
    checks: tuple[CheckView, ...]
    passed: tuple[CheckView, ...]
    graph: Graph
    hot: frozenset[Edge]
    blamed: frozenset[Edge]
    stages: Mapping[str, StageView]
    tables: tuple[TableView, ...]
    runs: tuple[str, ...]
    others: int
    payload: str
    foot: str
    legend: str
