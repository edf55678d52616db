"""All checks of a configured table: those it declares, and one for each foreign key without a check."""

from __future__ import annotations

from stageprint.checks._parse import parse_checks
from stageprint.checks.base import DeclaredCheck
from stageprint.checks.key_coverage import KeyCoverageCheck, KeyCoverageParameters
from stageprint.config.tables import TableConfig
from stageprint.model import Severity


def declared_checks(table: TableConfig) -> list[DeclaredCheck]:
    """Return a table's checks in the order of declaration, then those that its ``references`` imply.

    A reference says that every value is found in the other table: a ``key_coverage`` of 100 %, whose failure is a
    warning. A ``key_coverage`` that the table declares for the same columns replaces it, with a share and
    severity of its own.

    Raises:
        ConfigError: A check cannot be read; this cannot happen for a configuration that was loaded.
    """
    declared = parse_checks(table.checks, f"table {table.name!r}: checks")
    own = {_columns(entry.check) for entry in declared if isinstance(entry.check, KeyCoverageCheck)}
    for column, target in table.references.items():
        implied = KeyCoverageCheck(KeyCoverageParameters(references=target, key=(column,)))
        if _columns(implied) not in own:
            declared.append(DeclaredCheck(implied, Severity.WARNING))
    return declared


def _columns(check: KeyCoverageCheck) -> tuple[object, ...]:
    """Return which columns are compared with which; None stands for the key that the table declares."""
    parameters = check.parameters
    return parameters.key, parameters.table, parameters.their_key or parameters.key, parameters.run
