"""A declared key that identifies no row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from stageprint.first_look.base import FirstLookRule, Remark, TableLook


class RepeatedKey(FirstLookRule):
    """A declared key repeats or is null: joins by it multiply or lose rows, and later runs like this look normal."""

    name: ClassVar[str] = "repeated_key"
    shows_no_value: ClassVar[bool] = True

    def look(self, table: TableLook) -> Iterator[Remark]:
        """Yield keys with repeated or missing values."""
        for key in table.keys:
            repeated, nulls = int(key.get("duplicate_rows") or 0), int(key.get("null_rows") or 0)
            said = [f"repeats in {repeated:,} rows"] if repeated else []
            said += [f"is null in {nulls:,} rows"] if nulls else []
            if said:
                text = f"has a key, {key['columns']}, that {' and '.join(said)}"
                yield Remark(None, text, {"key": key["columns"], "duplicate_rows": repeated, "null_rows": nulls})
