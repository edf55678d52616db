"""What tests of faults have seen: kept in ``docs/reliability/*.json``, of which ``docs/reliability.md`` is made.

A test that sees something else than what is kept fails. ``make reliability`` runs the tests so that they write what
they see, and then the page.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from tests.support.planted_faults import Search

RESULTS: Final = Path(__file__).resolve().parents[2] / "docs" / "reliability"

_WRITE: Final = "STAGEPRINT_WRITE_RELIABILITY"
_MAX_HITS: Final = 5
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PORT: Final = re.compile(r"(127\.0\.0\.1|localhost):\d+")


@dataclass(frozen=True)
class Seen:
    """What a fault did.

    Attributes:
        fault: The fault.
        tries: How often it was caused.
        rows_lost: Rows of result tables that were missing after the command was repeated without the fault; None: there
            is no store to count in.
        rows_duplicated: Rows of result tables that were there more than once then; None: as for `rows_lost`.
        meanwhile: What the commands said and how they exited while the fault lasted.
        message: The message, without what differs from machine to machine.
    """

    fault: str
    tries: int
    rows_lost: int | None
    rows_duplicated: int | None
    meanwhile: str
    message: str


def normalised(text: str, root: Path) -> str:
    """Return a message without what differs from run to run: the test's folder, names made at random, ports."""
    for folder in {str(root), str(root.resolve())}:
        text = text.replace(folder, "…")
    return _PORT.sub(r"\1:PORT", _UUID.sub("UUID", text))


def keep(section: str, seen: Sequence[Seen]) -> None:
    """Check that what was seen is what is kept of it in a section; with `_WRITE` set, keep it.

    Args:
        section: Name of the section's file, which holds its title and text.
        seen: Some of the section's faults, or all.
    """
    if os.environ.get(_WRITE):
        write(section, seen)
        return
    kept = {row["fault"]: row for row in _stored(section)["faults"]}
    found = _by_fault(seen)
    assert {fault: kept.get(fault) for fault in found} == found, "run `make reliability` and look at what has changed"


def write(section: str, seen: Sequence[Seen]) -> None:
    """Keep what was seen, in place of what is kept of the same faults.

    Args:
        section: Name of the section's file, which holds its title and text.
        seen: Some of the section's faults, or all.
    """
    stored = _stored(section)
    kept = {row["fault"]: row for row in stored["faults"]}
    rows = sorted((kept | _by_fault(seen)).values(), key=lambda row: str(row["fault"]))
    text = json.dumps({**stored, "faults": rows}, indent=2, ensure_ascii=False) + "\n"
    (RESULTS / f"{section}.json").write_text(text, "utf-8")


def keep_searched(fault: str, tries: int, search: Search) -> None:
    """Check that no planted value was found after a fault; with `_WRITE` set, keep what was searched.

    Args:
        fault: The fault.
        tries: How often it was caused.
        search: What was searched since the fault.
    """
    assert not search.hits, "\n".join(search.hits[:_MAX_HITS])
    assert search.searched_bytes
    if os.environ.get(_WRITE):
        write_searched(fault, tries, search.searched_bytes, 0)
        return
    kept = [row["fault"] for row in _stored("values")["faults"]]
    assert fault in kept, "run `make reliability` and look at what has changed"


def write_searched(fault: str, tries: int, searched_bytes: int, values_found: int) -> None:
    """Keep how much was searched for planted values after a fault, and how many were found."""
    stored = _stored("values")
    row = {"fault": fault, "tries": tries, "searched_bytes": searched_bytes, "values_found": values_found}
    rows = {kept["fault"]: kept for kept in stored["faults"]} | {fault: row}
    stored["faults"] = [rows[name] for name in sorted(rows)]
    (RESULTS / "values.json").write_text(json.dumps(stored, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _stored(section: str) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((RESULTS / f"{section}.json").read_text("utf-8"))
    return stored


def _by_fault(seen: Sequence[Seen]) -> dict[str, dict[str, Any]]:
    found = {one.fault: asdict(one) for one in seen}
    assert len(found) == len(seen), "a fault is there twice"
    return found
