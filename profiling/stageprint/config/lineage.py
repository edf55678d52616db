"""Where lineage is kept outside the configuration."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from stageprint.config.base import ConfigModel

UNITY_TABLE = "system.access.column_lineage"
"""Unity Catalog's table of the columns that queries read and wrote."""


class LineageSettings(ConfigModel):
    """Where lineage is kept outside the configuration; ``derived_from`` of a table wins over all of it.

    Attributes:
        openlineage: Files, folders or patterns of OpenLineage events: a JSON object a line, or one list of them.
        dbt: The ``manifest.json`` of a dbt project.
        unity_catalog: Name of the table of column lineage, which Spark reads; None: it is not read. ``true`` stands for
            `UNITY_TABLE`.
        days: How many days of Unity Catalog's table are read.
    """

    openlineage: tuple[str, ...] = ()
    dbt: str | None = None
    unity_catalog: str | None = None
    days: int = Field(default=30, ge=1, le=365)

    @field_validator("openlineage", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("unity_catalog", mode="before")
    @classmethod
    def _usual_table(cls, value: Any) -> Any:
        if isinstance(value, bool):
            return UNITY_TABLE if value else None
        return value

    @property
    def is_asked(self) -> bool:
        """Whether any is named."""
        return bool(self.openlineage or self.dbt or self.unity_catalog)
