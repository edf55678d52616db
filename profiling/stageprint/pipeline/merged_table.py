"""From the partial states of a table's parts to the result of its scan, for engines that merge in one process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from stageprint.fingerprint import members
from stageprint.model import NULL_VALUE, OTHER_VALUES
from stageprint.pipeline.profile_rows import TableScan, merged_row, merged_schema


def merged_table(plan: TableScan, partials: Mapping[tuple[int, int], Sequence[bytes]]) -> pa.Table:
    """Return the merged states of a table and its slices, as rows of `merged_schema`.

    Args:
        plan: What was taken.
        partials: Position among the slices, and index of the plan → the states of all parts.
    """
    places = [
        (0, number, index)
        for number, member in enumerate(members(plan.slices))
        for index in plan.table.indices
        if (number, index) in partials or member is None or member.value not in {OTHER_VALUES, NULL_VALUE}
    ]
    merged = [merged_row(plan.table, place, partials.get(place[1:], [])) for place in places]
    return pa.Table.from_pylist(merged, merged_schema())
