"""Keeps the results as JSON, by section, so that one section can be measured again without losing the others."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.benchmarks.measure import Result


@dataclass(frozen=True)
class Measured:
    """The results of a section.

    Attributes:
        results: The results.
        command: The command that produced them.
        when: Day of the measurement, UTC.
        busy: Load averages of the minute before and of the minute after.
        machine: Hardware and versions.
    """

    results: tuple[Result, ...]
    command: str
    when: str
    busy: tuple[float | None, float | None]
    machine: Mapping[str, str]

    def find(self, name: str) -> Result:
        """Return the first result of a name.

        Raises:
            KeyError: There is none.
        """
        for result in self.results:
            if result.name == name:
                return result
        raise KeyError(name)


def today() -> str:
    """Return today's date, UTC."""
    return dt.datetime.now(dt.timezone.utc).date().isoformat()


def load(file: Path) -> dict[str, Measured]:
    """Return the sections of a file; none if it is missing."""
    if not file.exists():
        return {}
    sections: Mapping[str, Mapping[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return {name: _measured(section) for name, section in sections.items()}


def save(file: Path, sections: Mapping[str, Measured], order: Sequence[str]) -> None:
    """Write the sections in an order."""
    document = {name: _document(sections[name]) for name in order if name in sections}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _measured(section: Mapping[str, Any]) -> Measured:
    before, after = section["busy"]
    results = tuple(Result.from_dict(result) for result in section["results"])
    return Measured(results, section["command"], section["when"], (before, after), section["machine"])


def _document(section: Measured) -> dict[str, Any]:
    return {
        "command": section.command,
        "when": section.when,
        "busy": list(section.busy),
        "machine": dict(section.machine),
        "results": [result.as_dict() for result in section.results],
    }
