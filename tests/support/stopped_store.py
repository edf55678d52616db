"""A store whose process is stopped before one of its writes."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from stageprint.errors import StoreError
from stageprint.model.result_tables import ResultTable
from stageprint.model.where import Where
from stageprint.ports import RowSource
from stageprint.stores.memory import MemoryStore


class StoppedStore(MemoryStore):
    """A store whose process is stopped before its nth write from now on; None: never."""

    def __init__(self, pipeline: str) -> None:
        super().__init__(pipeline)
        self.writes_left: int | None = None

    def replace(self, table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table], which: Where) -> None:
        self._count()
        super().replace(table, rows, which)

    def append(self, table: ResultTable, rows: pa.Table | RowSource, which: Where) -> None:
        self._count()
        super().append(table, rows, which)

    def _count(self) -> None:
        if self.writes_left == 0:
            message = "stopped"
            raise StoreError(message)
        if self.writes_left is not None:
            self.writes_left -= 1

    def copy(self) -> StoppedStore:
        """Return an independent store with the same rows, which is not stopped."""
        other = StoppedStore(self.pipeline)
        other._tables = dict(self._tables)
        return other

    def stop_at(self, writes: int, command: Callable[[], object]) -> bool:
        """Return whether a command was stopped before it had made more than `writes`."""
        self.writes_left = writes
        try:
            command()
        except StoreError:
            return True
        finally:
            self.writes_left = None
        return False
