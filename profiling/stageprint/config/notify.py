"""Rules that say which incidents are told where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field

from stageprint.config.base import ConfigModel
from stageprint.model import Severity, TableKey


class NotifyRule(ConfigModel):
    """One rule: a sink, and which incidents go to it. Keys of the sink's own stand beside these.

    Attributes:
        sink: Name of the sink, such as ``log``.
        severity: Lowest severity that is sent.
        stages: Only incidents that began in these stages; empty: any stage.
        tables: Only incidents that began in these tables, as ``stage.table`` or the table's name alone; empty: any
            table.
        owners: Only incidents that began in tables of these owners; empty: any owner, or none.
        classes: Only incidents of these classes; empty: any class.
        max_messages: Largest number of messages for incidents that begin at the same time. The worst get one each, the
            others share one.
        template: File with a Jinja template for the message's text, instead of the built-in one.
    """

    # Each sink has keys of its own; `stageprint.config.validation` asks the sink about them.
    model_config = ConfigDict(extra="allow", frozen=True)

    sink: str = Field(min_length=1, description="the name of a sink, such as log")
    severity: Literal["critical", "warning", "review"] = "warning"
    stages: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    classes: tuple[Literal["data", "pipeline", "population", "unknown", "check"], ...] = ()
    max_messages: int = Field(default=20, ge=1, le=1000)
    template: str | None = Field(default=None, min_length=1)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The sink's own keys with their values, as written."""
        return self.model_extra or {}

    def matches(self, severity: Severity, table: TableKey, kind: str, owner: str | None) -> bool:
        """Return whether an incident is sent.

        Args:
            severity: Its severity.
            table: Where it began.
            kind: Its class.
            owner: The owner of the table; None: it has none.
        """
        return (
            severity.rank >= Severity(self.severity).rank
            and (not self.stages or table.stage in self.stages)
            and (not self.tables or not {str(table.whole), table.table}.isdisjoint(self.tables))
            and (not self.classes or kind in self.classes)
            and (not self.owners or owner in self.owners)
        )
