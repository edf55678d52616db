"""Compares findings with the planted faults, and computes the figures over all scenarios."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from scripts.incidents.scenarios import Scenario, Truth
from stageprint.model import Finding, Severity


@dataclass(frozen=True)
class Hit:
    """How one planted fault was found.

    Attributes:
        planted: The right answer.
        causes: Names of causes that are right.
        found: Whether a finding at warning or above begins in its stage and table, or explains a shift there.
        stage: Whether that finding begins in its stage.
        column: Whether it names its column.
        cause: Whether it names its cause.
        right_class: Whether its class (data, pipeline or population) is right.
        first_run: Whether its first bad run is right.
        named: The cause it names; empty: there is no finding.
        at: Where it begins.
    """

    planted: str
    causes: tuple[str, ...]
    found: bool
    stage: bool = False
    column: bool = False
    cause: bool = False
    right_class: bool = False
    first_run: bool = False
    named: str = ""
    at: str = ""


@dataclass(frozen=True)
class Result:
    """The outcome of one scenario.

    Attributes:
        pipeline: The pipeline.
        run: The run that is compared.
        fault: The fault's name in the figures.
        level: Its magnitude.
        name: The scenario.
        hits: How each planted fault was found.
        findings: Number of findings at warning or above.
        others: Findings about none of the faults, as text.
        lasting: Whether the fault had begun in the run before.
        seconds: How long it took.
    """

    pipeline: str
    run: str
    fault: str
    level: str
    name: str
    hits: tuple[Hit, ...]
    findings: int
    others: tuple[str, ...]
    lasting: bool
    seconds: float

    @property
    def found(self) -> bool:
        """Return whether every fault was found."""
        return all(hit.found for hit in self.hits)


@dataclass(frozen=True)
class Clean:
    """A healthy run, and its findings at warning or above as text."""

    pipeline: str
    run: str
    findings: tuple[str, ...]


def alerting(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings at warning or above."""
    return [finding for finding in findings if finding.severity.rank >= Severity.WARNING.rank]


def one_line(finding: Finding) -> str:
    """Return a finding in one short line."""
    return f"{finding.severity.value} {finding.cause} at {finding.origin}"


def score(scenario: Scenario, findings: Sequence[Finding], begun: str) -> tuple[tuple[Hit, ...], tuple[str, ...]]:
    """Return how each fault was found, and the findings that are about none.

    Args:
        scenario: What was planted.
        findings: All findings of the run.
        begun: The run in which the faults began.
    """
    alerts = alerting(findings)
    used: list[Finding] = []
    hits = []
    for truth in scenario.truths:
        match = _match(truth, [finding for finding in alerts if finding not in used])
        causes = tuple(sorted(truth.causes))
        if match is None:
            hits.append(Hit(str(truth.origin), causes, found=False))
            continue
        used.append(match)
        columns = truth.columns or {truth.origin.column}
        hits.append(
            Hit(
                str(truth.origin),
                causes,
                found=True,
                stage=match.origin.stage == truth.origin.stage,
                column=match.origin.table_key == truth.origin.table_key and match.origin.column in columns,
                cause=match.cause in truth.causes,
                right_class=match.finding_class == truth.finding_class,
                first_run=match.first_run == begun,
                named=match.cause,
                at=str(match.origin),
            )
        )
    return tuple(hits), tuple(one_line(finding) for finding in alerts if finding not in used)


def _match(truth: Truth, findings: Sequence[Finding]) -> Finding | None:
    """Return the finding about a fault: the one nearest to where it was planted."""
    columns = truth.columns or {truth.origin.column}
    table = str(truth.origin.table_key)

    def rank(finding: Finding) -> int:
        same_table = finding.origin.table_key == truth.origin.table_key
        if same_table and finding.origin.column in columns:
            return 0 if finding.cause in truth.causes else 1
        if str(truth.origin) in finding.explains:
            return 2
        if same_table:
            return 3
        return 4 if any(node == table or node.startswith(f"{table}.") for node in finding.explains) else 9

    ranked = sorted((rank(finding), number) for number, finding in enumerate(findings))
    return findings[ranked[0][1]] if ranked and ranked[0][0] < 9 else None


@dataclass(frozen=True)
class Summary:
    """Figures over scenarios. Recall is a share of the faults planted, the other shares are of the faults found.

    Attributes:
        planted: Faults planted.
        recall: Share found.
        stage: Share with the right first stage.
        column: Share with the right column.
        cause: Share with the right cause named first.
        right_class: Share with the right class.
        first_run: Share with the right first bad run.
        median_findings: Median number of findings of a scenario whose faults were found.
        most_findings: Largest number.
    """

    planted: int
    recall: float
    stage: float
    column: float
    cause: float
    right_class: float
    first_run: float
    median_findings: float
    most_findings: int


def summarise(results: Sequence[Result]) -> Summary:
    """Return the figures of scenarios."""
    hits = [hit for result in results for hit in result.hits]
    found = [hit for hit in hits if hit.found]

    def share(name: str) -> float:
        return sum(getattr(hit, name) for hit in found) / len(found) if found else 0.0

    counts = [result.findings for result in results if result.found]
    return Summary(
        planted=len(hits),
        recall=len(found) / len(hits) if hits else 0.0,
        stage=share("stage"),
        column=share("column"),
        cause=share("cause"),
        right_class=share("right_class"),
        first_run=share("first_run"),
        median_findings=float(median(counts)) if counts else 0.0,
        most_findings=max(counts, default=0),
    )


def confusion(results: Iterable[Result]) -> dict[str, Counter[str]]:
    """Return cause planted → cause named → number of faults; ``(none)`` where nothing was found."""
    found: dict[str, Counter[str]] = {}
    for result in results:
        for hit in result.hits:
            named = hit.named or "(none)"
            wanted = named if named in hit.causes else hit.causes[0]
            found.setdefault(wanted, Counter())[named] += 1
    return found
