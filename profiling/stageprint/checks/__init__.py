"""Declared expectations, evaluated from a table's stored profile without a second scan: one file a check.

* `parse_checks(items, where)`: a table's ``checks:`` from YAML → `DeclaredCheck`; every mistake in one `ConfigError`.
  `read_checks(items)` returns the mistakes instead of raising, and each check with its position.
* `declared_checks(table)`: all checks of a configured table, those that its ``references`` imply among them.
* `run_checks(declared, context)`: → `CheckOutcome`, one a check. A `CheckContext` is the table's
  profile, the run's logical date, the upstream table's profile, a way to look up other tables' and one to run SQL.
  `not_run(declared, table, reason)` makes the rows of a table that could not be profiled.
* `propose(history)`, `to_yaml(suggestions)`: checks proposed from the profiles of past runs, as YAML to paste.
* `all_checks()`: the registry.

A check passes, fails, or is not computable with a reason. A value outside its bound by no more than sketch error
passes and says so. A column the table does not have fails.
"""

from __future__ import annotations

from stageprint.checks._declared import declared_checks
from stageprint.checks._parse import parse_checks, read_checks
from stageprint.checks._suggest import Suggestion, propose, to_yaml
from stageprint.checks.base import (
    Check,
    CheckContext,
    DeclaredCheck,
    all_checks,
    not_run,
    run_checks,
)

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
