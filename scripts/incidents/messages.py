"""``python -m scripts.incidents.messages``: writes docs/messages.md from messages about planted faults, one a cause.

The faults are those of the suite, at the magnitude and in the place in which the cause was named first. The message is
what the product would send: its plan of alerts and its own text.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.demo.incidents import INCIDENTS
from scripts.incidents.flights import Flights
from scripts.incidents.flow import Flow, PipelineStoppedError
from scripts.incidents.orders import Orders
from scripts.incidents.plan import MIN_HEALTHY_RUNS, TESTED_RUNS, Job, scenarios
from scripts.incidents.run import Bench
from scripts.incidents.scenarios import LEVELS, Scenario
from stageprint.alerts.base import open_routes
from stageprint.alerts.base_text import MessageText, TextTemplate
from stageprint.config.notify import NotifyRule
from stageprint.config.pipeline import PipelineConfig
from stageprint.model import Severity
from stageprint.pipeline.notify import notify
from stageprint.report.next_steps import next_steps
from stageprint.stores.memory import MemoryStore

PAGE: Final = Path("docs/messages.md")
WORTH_TRYING: Final = 3
"""Scenarios of one fault that are tried, until its cause is named first."""

JOBS: Final = (Job("flights", 0, 1), Job("orders", weeks=22))
"""The pipelines, each at one size."""

_PLANTED: Final[Mapping[str, tuple[str, tuple[str, str, str]]]] = {
    "null_spike": ("{} of the values were lost, at random", ("5 %", "20 %", "60 %")),
    "null_to_sentinel": ("every null was filled with {}", ("0", "-1", "-999")),
    "default_value": ("{} of the values became the median", ("5 %", "20 %", "50 %")),
    "infinite_values": ("{} of the values became infinite", ("0.5 %", "5 %", "20 %")),
    "clipping": ("everything above the {} quantile became that quantile", ("97 %", "90 %", "70 %")),
    "rounding": (
        "values were rounded to the power of ten next below {} of the column's standard deviation",
        ("2 %", "20 %", "100 %"),
    ),
    "unit_change": ("values arrived in another unit: {} times what they were", ("1.0936133", "1.609344", "100")),
    "offset": ("every value was made larger by {} standard deviations", ("0.3", "1", "3")),
    "type_change": ("numbers arrived as text, {}", ("plain", "with a decimal comma", "with a unit")),
    "unseen_category": ("{} of the rows got a label that never occurred before", ("2 %", "10 %", "30 %")),
    "category_missing": (
        "the {} most frequent label was merged into the most frequent one",
        ("fourth", "third", "second"),
    ),
    "category_reencoded": ("labels were written differently: {}", ("padded", "in lower case", "as numbers")),
    "cut_text": ("labels lost {}", ("their last letter", "all letters but two", "all letters but one")),
    "wrong_timezone": (
        "times were set back by {} hours (in November New York's clocks go back too, which makes its flights an hour "
        "later in UTC)",
        ("1", "5", "8.5"),
    ),
    "late_rows": ("{} of the rows were set back by the length of a run", ("3 %", "10 %", "30 %")),
    "constant_column": ("every value became {}", ("the median", "the first value", "0")),
    "column_renamed": ("the column arrived under another name", ("", "", "")),
    "column_dropped": ("the column was left out", ("", "", "")),
    "stale_column": ("the column held the values of the run before, row for row", ("", "", "")),
    "keys_reused": ("{} of the rows got the key of another row", ("2 %", "10 %", "30 %")),
    "join_lost_rows": ("{} of the join keys found no partner", ("5 %", "15 %", "40 %")),
    "join_duplicated_rows": ("{} of the join keys found two partners", ("5 %", "15 %", "40 %")),
    "partial_load": ("the last {} of the rows, by time, were left out", ("10 %", "30 %", "60 %")),
    "rows_repeated": ("{} of the rows arrived twice", ("2 %", "10 %", "30 %")),
    "duplicated_load": ("the whole load arrived {}", ("twice", "three times", "four times")),
    "stale_table": ("the rows of the run before arrived again", ("", "", "")),
    "population_shift": ("other customers ordered, and they order other things", ("", "", "")),
}
"""Fault → what was done to the rows, and how much of it at each magnitude. Those of the demo say it themselves."""

_HEAD: Final = """\
# Messages, one a cause

<!-- Written by `python -m scripts.incidents.messages` from the incident suite; edit that, not this page. -->

This is what you read when you are on call. Each fault was planted in one of the two pipelines of the
[incident suite](incidents.md), in otherwise healthy rows. Each message is what the [alert sinks](alerts.md) send about
it, word for word. Below it you find what was really done to the rows (stageprint did not know) and what to do next.

{count} causes: {causes}.
"""


@dataclass(frozen=True)
class Named:
    """A scenario whose first finding names a cause, and the store after it.

    Attributes:
        cause: The cause.
        scenario: What was planted.
        config: The pipeline.
        store: The store.
        run: The run that was compared last.
    """

    cause: str
    scenario: Scenario
    config: PipelineConfig
    store: MemoryStore
    run: str


@dataclass(frozen=True)
class Sent:
    """A message about a planted fault.

    Attributes:
        cause: The cause that it names.
        pipeline: The pipeline.
        planted: What was planted, where.
        text: The message.
    """

    cause: str
    pipeline: str
    planted: str
    text: MessageText


def main() -> None:
    """Write the page."""
    sent: dict[str, Sent] = {}
    for job in JOBS:
        for one in messages(job, sent):
            sent[one.cause] = one
            sys.stderr.write(f"{one.cause}: {one.text.title}\n")
    PAGE.write_text(page(list(sent.values())), encoding="utf-8")
    sys.stdout.write(f"{PAGE}: {len(sent)} messages\n")


def messages(job: Job, known: Mapping[str, object]) -> Iterator[Sent]:
    """Yield a message for each cause of a pipeline's scenarios that is not known yet."""
    for one in first_named(job, known):
        text = message(one.config, one.store, one.run, one.cause)
        if text is not None:
            yield Sent(one.cause, one.config.pipeline, planted(one.scenario), text)


def first_named(job: Job, known: Iterable[str]) -> Iterator[Named]:
    """Yield the first scenario of a pipeline that names a cause first, for each cause that is not known yet."""
    flow: Flow = Flights(job.series) if job.pipeline == "flights" else Orders(job.series, job.weeks)
    bench = Bench(flow, MIN_HEALTHY_RUNS, TESTED_RUNS)
    bench.build(lambda line: sys.stderr.write(f"{line}\n"))
    told, tried = set(known), dict[str, int]()
    run = flow.runs[-2]
    for scenario in _by_size(scenarios(job, flow)):
        wanted = scenario.truths[0].causes
        if wanted <= told or tried.get(scenario.fault, 0) >= WORTH_TRYING:
            continue
        tried[scenario.fault] = tried.get(scenario.fault, 0) + 1
        try:
            store, at, findings = bench.compared(scenario, run)
        except PipelineStoppedError:
            continue
        alerts = [finding for finding in findings if finding.severity.rank >= Severity.WARNING.rank]
        if alerts and findings[0].cause in wanted - told:
            told.add(findings[0].cause)
            yield Named(findings[0].cause, scenario, flow.config, store, at)


def planted(scenario: Scenario) -> str:
    """Return what a scenario did to the rows, in words without a full stop."""
    origin, demo = scenario.truths[0].origin, scenario.fault.removeprefix("demo: ")
    if demo != scenario.fault:
        (does, *_) = str(INCIDENTS[demo].__doc__).splitlines()
        return f"In {origin}: {does[0].lower()}{does[1:].removesuffix('.')}"
    does, amounts = _PLANTED[scenario.fault]
    return f"In {origin}: {does.format(amounts[LEVELS.index(scenario.level)])}"


def _by_size(every: Sequence[Scenario]) -> list[Scenario]:
    """Return single faults, the middle magnitude first: no small one, of which there may be no message."""
    ones = [one for one in every if len(one.faults) == 1 and not one.lasting and one.level != "small"]
    return sorted(ones, key=lambda one: one.level == "large")


def message(config: PipelineConfig, store: MemoryStore, run: str, cause: str) -> MessageText | None:
    """Return the message about the incident of a cause that began in a run; None: none is sent."""
    outcome = notify(config, run, store=store, routes=open_routes([NotifyRule(sink="log")]), dry_run=True)
    alerts = [sent.alert for sent in outcome.alerts if sent.alert.incidents[0]["cause"] == cause]
    return TextTemplate().render(alerts[0]) if alerts else None


def page(sent: Sequence[Sent]) -> str:
    """Return the page."""
    ordered = sorted(sent, key=lambda one: one.cause)
    names = ", ".join(f"[{one.cause.replace('_', ' ')}](#{one.cause.replace('_', '-')})" for one in ordered)
    return "\n".join([_HEAD.format(count=len(ordered), causes=names), *(_section(one) for one in ordered)])


def _section(one: Sent) -> str:
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(next_steps(one.cause).check, 1))
    return (
        f"## {one.cause.replace('_', ' ')}\n\n"
        f"```text\n{one.text.title}\n{one.text.body}\n```\n\n"
        f"**What was planted.** {one.planted}.\n\n"
        f"**What to do next** ([more](causes/{one.cause}.md))\n\n{steps}\n"
    )


if __name__ == "__main__":
    main()
