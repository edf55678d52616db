"""Which slices are compared besides whole tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stageprint.config.pipeline import PipelineConfig
from stageprint.model import OTHER_VALUES, TableKey
from stageprint.model.where import Where, where


@dataclass(frozen=True)
class ComparedSlices:
    """The slices that are compared, each with a history of its own; none by default.

    Attributes:
        by_table: Table → what it is sliced by → whether the slice of the other values is compared too.
    """

    by_table: Mapping[TableKey, Mapping[str, bool]] = field(default_factory=dict)

    @classmethod
    def from_config(cls, config: PipelineConfig) -> ComparedSlices:
        """Return the slices that are declared as `slices`; an incremental table's partitions are not among them.

        Where the values are the most frequent ones of each run, the rest of them is something else in every run.
        """
        found = {
            TableKey(stage.name, table.name): {one.by: one.values is not None for one in table.slices}
            for stage, table in config.select()
            if table.slices
        }
        return cls(found)

    @property
    def rows(self) -> Where:
        """The rows of whole tables and of the slices' tables; `include` says which of the latter are compared."""
        keys = {key for slices in self.by_table.values() for key in slices}
        return where(slice_key=[None, *sorted(keys)])

    def include(self, key: TableKey) -> bool:
        """Return whether a key is a whole table, or one of the slices that are compared."""
        if key.slice is None:
            return True
        slices = self.by_table.get(key.whole, {})
        return key.slice.key in slices and (key.slice.value != OTHER_VALUES or slices[key.slice.key])
