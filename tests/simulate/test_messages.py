"""docs/messages.md: a message a cause, with the text that messages have, and the steps that the cause's page has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.incidents.flights import Flights
from scripts.incidents.messages import planted
from scripts.incidents.orders import Orders
from scripts.incidents.plan import Job, scenarios
from stageprint.diagnosis.base import cause_named
from stageprint.report.next_steps import next_steps

PAGE = (Path(__file__).parents[2] / "docs" / "messages.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))


def test_there_are_twenty_and_more() -> None:
    assert len(SECTIONS) >= 20
    assert f"{len(SECTIONS)} causes: " in PAGE


@pytest.mark.parametrize("heading", SECTIONS)
def test_a_message_names_its_cause_where_since_when_and_what_to_do(heading: str) -> None:
    cause, body = heading.replace(" ", "_"), SECTIONS[heading]
    assert cause_named(cause) is not None
    (message,) = re.findall(r"^```text\n(.*?)\n```$", body, re.DOTALL | re.MULTILINE)
    title, sentence, *rest = message.splitlines()
    assert re.fullmatch(rf"\[(critical|warning)\] (nycflights|orders): [\w.]+: {heading} \(since run [\d-]+\)", title)
    assert sentence.endswith(".")
    steps = next_steps(cause).check
    assert f"Look first: {steps[0]}" in rest
    ids = r"`stageprint show [0-9a-f]{16}`\. Say that you are on it: `stageprint incidents ack [0-9a-f]{16}`"
    assert re.fullmatch(f"All about it: {ids}", rest[-1])
    assert re.findall(r"^\d+\. (.*)$", body, re.MULTILINE) == list(steps)
    assert re.search(r"^\*\*What was planted\.\*\* In [\w.:]+: \w.{10,}\.$", body, re.MULTILINE)


@pytest.mark.parametrize("job", [Job("flights"), Job("orders", weeks=22)], ids=lambda job: job.pipeline)
def test_every_fault_of_the_suite_has_words(job: Job) -> None:
    flow = Flights(job.series) if job.pipeline == "flights" else Orders(job.series, job.weeks)
    for scenario in scenarios(job, flow):
        if len(scenario.faults) == 1:
            assert re.match(r"In [\w.:]+: [a-z0-9].{10,}[^.]$", planted(scenario)), scenario.name
