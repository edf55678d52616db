"""Decides which slices are compared besides whole tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stageprint.config.pipeline import PipelineConfig
from stageprint.model import OTHER_VALUES, TableKey
from stageprint.model.where import Where, where


@dataclass(frozen=True)
class ComparedSlices:
    """The slices that are compared besides whole tables, each with its own history; none by default.

    Attributes:
        by_table: Table → column or condition that it is sliced by → whether the slice of all other values is compared.
    """

    by_table: Mapping[TableKey, Mapping[str, bool]] = field(default_factory=dict)

    @classmethod
    def from_config(cls, config: PipelineConfig) -> ComparedSlices:
        """Return the slices declared under `slices`; the partitions of incremental tables are not compared.

        Without configured values, the most frequent values of each run are sliced. The slice of the other values then
        holds different values in every run, so it is not compared.
        """
        found = {
            TableKey(stage.name, table.name): {one.by: one.values is not None for one in table.slices}
            for stage, table in config.select()
            if table.slices
        }
        return cls(found)

    @property
    def rows(self) -> Where:
        """Selects the rows of whole tables and of all slices with these keys; `include` decides about each slice."""
        keys = {key for slices in self.by_table.values() for key in slices}
        return where(slice_key=[None, *sorted(keys)])

    def include(self, key: TableKey) -> bool:
        """Tell whether a key is a whole table or a slice that is compared."""
        if key.slice is None:
            return True
        slices = self.by_table.get(key.whole, {})
        return key.slice.key in slices and (key.slice.value != OTHER_VALUES or slices[key.slice.key])
