"""Rules that say which findings are sent where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field

from stageprint.config.base import ConfigModel
from stageprint.model import Severity, TableKey


class NotifyRule(ConfigModel):
    """One rule: a sink, and which findings go to it. Keys of the sink's own stand beside these.

    Attributes:
        sink: Name of the sink, such as ``log``.
        severity: Lowest severity that is sent.
        stages: Only findings that began in these stages; empty: in any.
        tables: Only findings that began in these tables, as ``stage.table`` or the table's name alone; empty: in any.
    """

    # Each sink has keys of its own; `stageprint.config.validation` asks the sink about them.
    model_config = ConfigDict(extra="allow", frozen=True)

    sink: str = Field(min_length=1, description="the name of a sink, such as log")
    severity: Literal["critical", "warning", "review"] = "warning"
    stages: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()

    @property
    def settings(self) -> Mapping[str, Any]:
        """The sink's own keys with their values, as written."""
        return self.model_extra or {}

    def matches(self, severity: Severity, table: TableKey) -> bool:
        """Return whether a finding of that severity that began in that table is sent."""
        return (
            severity.rank >= Severity(self.severity).rank
            and (not self.stages or table.stage in self.stages)
            and (not self.tables or not {str(table.whole), table.table}.isdisjoint(self.tables))
        )
