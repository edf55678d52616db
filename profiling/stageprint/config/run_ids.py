"""Which run ids may be profiled: a run's id becomes part of paths, table names and queries."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Annotated, Final, Protocol

from pydantic import AfterValidator

from stageprint.config.problems import Problem, fail
from stageprint.errors import UsageError

DEFAULT_RUN_ID_PATTERN: Final = "[A-Za-z0-9._:+-]{1,128}"
"""The default of ``run_id_pattern``; none of these characters ends a text in SQL or a folder in a path."""

_DEFAULT_IN_WORDS: Final = "1 to 128 letters, digits and characters of . _ : + -"
_NEVER_IN_A_RUN_ID: Final = re.compile(r"[\x00-\x1f\x7f]")
_ONLY_DOTS: Final = re.compile(r"\.*")
_MAX_RUNS_NAMED: Final = 3
_MAX_CHARACTERS_SHOWN: Final = 150

_log = logging.getLogger("stageprint.config")


def _checked_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        fail([Problem((), f"expected a regular expression, got {pattern!r}: {error}")])
    return pattern


RunIdPattern = Annotated[str, AfterValidator(_checked_pattern)]
"""A regular expression that matches whole run ids."""


class HasRunIdPattern(Protocol):
    """A pipeline's configuration, as far as run ids are concerned."""

    @property
    def run_id_pattern(self) -> str:
        """Regular expression that matches whole run ids."""
        ...


def require_run_ids(config: HasRunIdPattern, runs: Iterable[str]) -> None:
    """Refuse runs whose ids may not become part of a path or a query.

    Only what profiles a run asks this; a run that an earlier release stored under another name can still be read.

    Args:
        config: The pipeline.
        runs: The runs.

    Raises:
        UsageError: A run's id does not match ``run_id_pattern``, consists of dots, or holds a control character.
    """
    for run in runs:
        require_run_id(config.run_id_pattern, run)


def require_run_id(pattern: str, run: str) -> None:
    """Refuse one run; see `require_run_ids`.

    Args:
        pattern: The pipeline's ``run_id_pattern``.
        run: The run's id.

    Raises:
        UsageError: As `require_run_ids` raises it.
    """
    if not _is_allowed(pattern, run):
        message = f"run id {_shown(run)}: expected {_expected(pattern)}; `run_id_pattern` in the configuration says so"
        raise UsageError(message)


def usable_runs(config: HasRunIdPattern, found: Iterable[str]) -> list[str]:
    """Return the listed runs that may be profiled, in their order; the others are logged as a warning.

    Args:
        config: The pipeline.
        found: What stands where the sources' paths have a placeholder.
    """
    names = list(found)
    usable = [run for run in names if _is_allowed(config.run_id_pattern, run)]
    skipped = [run for run in names if run not in set(usable)]
    if skipped:
        more = f" and {len(skipped) - _MAX_RUNS_NAMED} more" if len(skipped) > _MAX_RUNS_NAMED else ""
        _log.warning(
            "skipped %s%s, found where sources have their runs: expected run ids of %s (`run_id_pattern`)",
            ", ".join(_shown(run) for run in skipped[:_MAX_RUNS_NAMED]),
            more,
            _expected(config.run_id_pattern),
        )
    return usable


def _is_allowed(pattern: str, run: str) -> bool:
    if _ONLY_DOTS.fullmatch(run) or _NEVER_IN_A_RUN_ID.search(run):
        return False
    return re.fullmatch(pattern, run) is not None


def _expected(pattern: str) -> str:
    if pattern == DEFAULT_RUN_ID_PATTERN:
        return f"{_DEFAULT_IN_WORDS}, not only dots"
    return f"a match of {pattern!r} without control characters, not only dots"


def _shown(run: str) -> str:
    return repr(run if len(run) <= _MAX_CHARACTERS_SHOWN else f"{run[:_MAX_CHARACTERS_SHOWN]}…")
