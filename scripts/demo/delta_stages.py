"""What computes, writes and reads the two stages that are Delta tables, `joined` and `features`: Spark or pandas."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import pandas as pd

from scripts.demo.options import Options

Rows = TypeVar("Rows")
"""A table as the implementation holds it."""


class DeltaStages(Protocol, Generic[Rows]):
    """Computes the stages `joined` and `features`."""

    def prepared(self) -> AbstractContextManager[None]:
        """Return the context in which everything else is called."""
        ...

    def joined(self, raw: Mapping[str, Path], options: Options) -> Rows:
        """Return flights with the weather of their hour, their plane and their destination.

        Args:
            raw: The folders of the raw tables.
            options: The faults in the computation.
        """
        ...

    def features(self, joined: Path) -> Rows:
        """Return one row of features for each flight of `joined`, with the label where it is known."""
        ...

    def to_frame(self, rows: Rows) -> pd.DataFrame:
        """Return rows as a frame of nullable types."""
        ...

    def from_frame(self, frame: pd.DataFrame) -> Rows:
        """Return a frame as rows, in the order in which they are written."""
        ...

    def write(self, rows: Rows, folder: Path) -> int:
        """Replace a Delta table, and return its number of rows."""
        ...

    def read(self, folder: Path) -> pd.DataFrame:
        """Return a Delta table as a frame of nullable types."""
        ...
