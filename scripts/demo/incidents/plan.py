"""From ``NAME@RUN[:STAGE]`` on the command line to incidents planted in runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from scripts.demo.errors import DemoError, require
from scripts.demo.incidents.base import INCIDENTS, Incident
from scripts.demo.layout import STAGES, TABLES, table_path
from scripts.demo.months import MONTHS

DEFAULT_INCIDENTS = ("join_drop@2013-06:joined", "wrong_timezone@2013-10:raw")
NOTHING = "none"


@dataclass(frozen=True)
class Planted:
    """An incident in one stage of one run."""

    incident: Incident
    run_id: str
    stage: str

    def __str__(self) -> str:
        """Return it in the form of the command line."""
        return f"{self.incident.name}@{self.run_id}:{self.stage}"

    @property
    def seed(self) -> int:
        """The seed of its random choices."""
        return crc32(str(self).encode())

    @property
    def changes_tables(self) -> bool:
        """Whether it changes the tables that a stage computed, not only how they are computed."""
        return type(self.incident).apply is not Incident.apply

    @property
    def previous_stage(self) -> str | None:
        """The stage of the previous run that must exist; raw comes from the source instead."""
        needed = self.stage if self.incident.needs_previous == "same" else self.incident.needs_previous
        return None if needed == "raw" else needed


def parse(text: str) -> Planted:
    """Read one ``NAME@RUN[:STAGE]``.

    Raises:
        DemoError: The form is wrong, a name is unknown, or the incident cannot occur there.
    """
    name, at, where = text.partition("@")
    run_id, colon, stage = where.partition(":")
    require("incident", name, INCIDENTS)
    if not at or not run_id:
        message = f"incident {text!r} names no run: write {name}@2013-06 or {name}@2013-06:STAGE"
        raise DemoError(message)
    require("run", run_id, MONTHS)
    incident = INCIDENTS[name]
    if not colon:
        stage = incident.default_stage
    require("stage", stage, STAGES)
    if stage not in incident.stages:
        message = f"incident {name!r} cannot strike in stage {stage!r}: available: {', '.join(incident.stages)}"
        raise DemoError(message)
    if incident.needs_previous and MONTHS[run_id].previous is None:
        message = f"incident {name!r} needs the month before, and {run_id} is the first"
        raise DemoError(message)
    return Planted(incident, run_id, stage)


def parse_all(texts: Sequence[str] | None, runs: Sequence[str]) -> list[Planted]:
    """Read every ``--incident``.

    Args:
        texts: As given; ``none`` plants nothing, None plants the defaults.
        runs: The runs to build.

    Returns:
        The incidents of those runs; default incidents of other runs are left out.

    Raises:
        DemoError: See `parse`; also if ``none`` is not alone, or the run is not being built.
    """
    if texts is None:
        return [planted for planted in map(parse, DEFAULT_INCIDENTS) if planted.run_id in runs]
    if NOTHING in texts:
        if len(texts) > 1:
            message = f"--incident {NOTHING} plants nothing: leave the others out"
            raise DemoError(message)
        return []
    plan = [parse(text) for text in texts]
    for planted in plan:
        if planted.run_id not in runs:
            message = f"incident {planted}: run {planted.run_id} is not being made: available: {', '.join(runs)}"
            raise DemoError(message)
    return plan


def check_previous(plan: Sequence[Planted], runs: Sequence[str], out: Path) -> None:
    """Check that every incident finds what it needs of the previous run.

    Raises:
        DemoError: A run is missing.
    """
    for planted in plan:
        stage, before = planted.previous_stage, MONTHS[planted.run_id].previous
        if stage is None or before is None or before.run_id in runs:
            continue
        if not all(table_path(out, before.run_id, stage, table).is_dir() for table in TABLES[stage]):
            message = f"incident {planted} needs run {before.run_id}, which is not in {out}: add it to --runs"
            raise DemoError(message)
