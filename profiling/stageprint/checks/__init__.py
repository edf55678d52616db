"""Declared expectations, evaluated from a table's stored profile without reading the table again; one file a check.

* `parse_checks(items, where)`: a table's ``checks:`` from YAML → `DeclaredCheck`; one `ConfigError` lists all mistakes.
  `read_checks(items)` returns the mistakes instead, and each check with its position.
* `declared_checks(table)`: all checks of a configured table, with those that its ``references`` imply.
* `run_checks(declared, context)`: → one `CheckOutcome` for each check. A `CheckContext` holds the table's profile, the
  run's logical date and the upstream table's profile; it can look up other tables and runs, and run SQL.
  `not_run(declared, table, reason)` returns the outcomes for a table that could not be profiled.
* `propose(history)`, `to_yaml(suggestions)`: proposes checks from the profiles of past runs, as YAML to paste.
* `all_checks()`: the registry.

A check passes, fails, or is not computable for a stated reason. A value that misses its bound by no more than sketch
error passes, and the outcome says so. A check on a column that the table does not have fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stageprint.checks._parse import parse_checks, read_checks
from stageprint.checks.base import (
    Check,
    CheckContext,
    DeclaredCheck,
    all_checks,
    not_run,
    run_checks,
)

if TYPE_CHECKING:
    from stageprint.checks._declared import declared_checks
    from stageprint.checks._suggest import Suggestion, propose, to_yaml

__all__ = [
    "Check",
    "CheckContext",
    "DeclaredCheck",
    "Suggestion",
    "all_checks",
    "declared_checks",
    "not_run",
    "parse_checks",
    "propose",
    "read_checks",
    "run_checks",
    "to_yaml",
]


def __getattr__(name: str) -> Any:
    """Import what no reader of a configuration needs when it is first used (PEP 562): it costs more than the rest."""
    if name == "declared_checks":
        from stageprint.checks import _declared  # noqa: PLC0415 -- see above

        return _declared.declared_checks
    if name not in {"Suggestion", "propose", "to_yaml"}:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from stageprint.checks import _suggest  # noqa: PLC0415 -- see above

    return getattr(_suggest, name)
