"""Two stages compared row by row: one column differs, one is equal, one cannot be compared."""

from __future__ import annotations

from stageprint.model import TableKey
from stageprint.skew.records import ColumnSkew, DifferingRow, Suspicion, TableSkew

FACTOR = Suspicion("factor", 990, 0.99, "the right is 100 times the left")
PRICE = ColumnSkew("price", "double", "int", 1000, 1000, 10, 0, (FACTOR,), (DifferingRow("7 · DE", "1.5", "150"),))
SKEW = TableSkew(
    TableKey("features", "orders"),
    TableKey("serving", "log"),
    ("id", "country"),
    left_rows=1200,
    right_rows=1004,
    matched=1000,
    left_only=200,
    right_only=0,
    repeated=3,
    null_keys=1,
    columns=(
        PRICE,
        ColumnSkew("items", "int", "int", 1000),
        ColumnSkew("tags", "array<int>", "string", reason="type array<int> is not compared"),
    ),
    left_columns=("label",),
)
