"""The order of a pipeline's runs: the one place that decides which of two runs is the earlier one."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import AfterValidator

from stageprint.config.problems import Problem, fail
from stageprint.config.run_dates import after_date, run_date

BY_NAME: Final = "name"
"""Value of ``run_order``: runs are in the order of their names."""

BY_START: Final = "started"
"""Value of ``run_order``: runs are in the order in which they were first profiled."""

_COUNTED, _TIMED, _UNKNOWN = "0", "1", "2"
"""First character of a sort key: a name that counts, a date or time, neither."""

_DIGITS: Final = re.compile(r"\d+")
_RANDOM: Final = re.compile(
    r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}"  # a UUID
    r"|(?=.*[a-f])[0-9a-f]{7,64}"  # the hash of a commit
    r"|[0-7][0-9a-hjkmnp-tv-z]{25}",  # a ULID
    re.IGNORECASE | re.ASCII,
)


def order_key(run_id: str, first_profiled: dt.datetime | None = None, order: str = BY_NAME) -> str:
    """Return the text by which runs are sorted, oldest first; runs with equal texts are in the order of their names.

    By name, runs whose names begin with a date are in the order of these dates, and those with equal dates in the
    natural order of what follows. Before them come the runs without a date whose names hold a number, in natural order.
    A name that tells nothing, such as ``nightly``, a UUID or the hash of a commit, is placed by the time when the run
    was first profiled.

    Args:
        run_id: Name of the run.
        first_profiled: When it was first profiled; None: never, or not known.
        order: ``name``, ``started``, or a regular expression; what its first group finds in the name is used in place
            of the name. Where it finds nothing, the name tells nothing.

    Example:
        >>> in_order(["v10", "v9", "2026-03-08-2", "2026-03-08", "2026-W10", "2026-W9"])
        ['2026-W9', '2026-W10', 'v9', 'v10', '2026-03-08', '2026-03-08-2']
        >>> in_order(["manual__2026-03-09", "scheduled__2026-03-08"], "__(.*)")
        ['scheduled__2026-03-08', 'manual__2026-03-09']
    """
    if order == BY_START:
        return _by_time(run_id, first_profiled)
    if order == BY_NAME:
        return _by_name(run_id) or _by_time(run_id, first_profiled)
    found = re.search(order, run_id)
    key = _by_name(found[1]) if found is not None and found[1] is not None else None
    return f"{key} {natural(run_id)}" if key is not None else _by_time(run_id, first_profiled)


def in_order(runs: Iterable[str], order: str = BY_NAME) -> list[str]:
    """Return runs that were not profiled yet, oldest first as far as their names tell.

    Args:
        runs: Their names.
        order: As in `order_key`; ``started`` is the order of the names.
    """
    by = BY_NAME if order == BY_START else order
    return sorted(runs, key=lambda run: (order_key(run, None, by), run))


def natural(text: str) -> str:
    """Return a text that sorts as people expect of another one: its numbers by their size, its letters in any case.

    Numbers may have any length, leading zeros and the digits of any script.

    Example:
        >>> sorted(["run-10", "Run-2", "run-002b"], key=natural)
        ['Run-2', 'run-002b', 'run-10']
    """
    return _DIGITS.sub(lambda found: _number(found[0]), text.casefold())


def _checked(order: str) -> str:
    if order in {BY_NAME, BY_START}:
        return order
    wanted = "expected name, started, or a regular expression with a group, such as 'build-([0-9]+)'"
    try:
        groups = re.compile(order).groups
    except re.error as error:
        fail([Problem((), f"{wanted}, got {order!r}: {error}")])
    if groups == 0:
        fail([Problem((), f"{wanted}, got {order!r}, which has no group")])
    return order


RunOrder = Annotated[str, AfterValidator(_checked)]
"""A ``run_order`` of the configuration: ``name``, ``started``, or a regular expression with a group."""


def _by_name(text: str) -> str | None:
    date = run_date(text)
    if date is not None:
        return f"{_TIMED}{date.isoformat()} {natural(after_date(text))}"
    if _DIGITS.search(text) is None or _RANDOM.fullmatch(text) is not None:
        return None
    return f"{_COUNTED}{natural(text)}"


def _by_time(run_id: str, first_profiled: dt.datetime | None) -> str:
    if first_profiled is None:
        return f"{_UNKNOWN}{natural(run_id)}"
    aware = first_profiled if first_profiled.tzinfo is not None else first_profiled.replace(tzinfo=dt.timezone.utc)
    return f"{_TIMED}{aware.astimezone(dt.timezone.utc).isoformat(timespec='microseconds')} {natural(run_id)}"


def _number(digits: str) -> str:
    """Return a number so that longer numbers sort after shorter ones: the length of its length, its length, itself."""
    # Not int(): Python refuses to convert thousands of digits.
    plain = "".join(str(unicodedata.decimal(digit)) for digit in digits).lstrip("0") or "0"
    length = str(len(plain))
    return f"{len(length)}{length}{plain}"
