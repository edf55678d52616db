"""Values planted in the tables of fault tests, in columns that are declared sensitive, and the search for them.

Every table of `tests.support.damage` holds them, and `with_people` adds them to others. A fault test declares them
(`declared`), or writes to a folder whose name is `PLAIN`. After each test of tests/e2e all other stores are searched
(`tests/e2e/conftest.py`), so a new fault is covered by itself; a test that removes its store calls `Search` before.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from tests.support import planted

SENSITIVE: Final[Mapping[str, Any]] = {"person": "off", "email": "hashed", "salary": 1000, "ill": "off"}
"""The columns with planted values, and what may be stored of them."""

PLAIN: Final = "store-plain"
"""Name of a store that is not searched: its pipeline declares nothing."""

PEOPLE: Final = 4096
"""Different persons; row after row has the next one."""

SECRET: Final = "a secret of the tests of faults, long enough"  # noqa: S105 -- of the tests

_LEAST_SALARY: Final = 152_003_917_446_435
"""No round number: its bytes are not found by chance."""

PEOPLE_SQL: Final = (
    "concat('Zq', lpad(hex(id), 8, '0'), 'xW') AS person",
    "concat('Zq', lpad(hex(id), 8, '0'), 'xW@mail') AS email",
    f"{_LEAST_SALARY} + id * 7654321 AS salary",
    "id % 3 = 0 AS ill",
)
"""The columns in Spark SQL, of rows with a whole number `id`."""


def person(number: int) -> str:
    """Return a person's name."""
    return f"Zq{number % PEOPLE:08X}xW"


def salary(number: int) -> int:
    """Return a person's salary."""
    return _LEAST_SALARY + number % PEOPLE * 7_654_321


VALUES: Final[list[planted.Value]] = [make(number) for number in range(PEOPLE) for make in (person, salary)]


def with_people(table: pa.Table, start: int = 0) -> pa.Table:
    """Return a table with the columns of `SENSITIVE`, whose first row is about person `start`."""
    numbers = range(start, start + table.num_rows)
    columns = {
        "person": [person(number) for number in numbers],
        "email": [f"{person(number)}@mail" for number in numbers],
        "salary": [salary(number) for number in numbers],
        "ill": [number % 3 == 0 for number in numbers],
    }
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values))
    return table


def declared(config: str, store: Path | None = None, checks: Sequence[Any] = ()) -> str:
    """Return a pipeline's YAML in which every table declares the planted columns.

    Args:
        config: The YAML.
        store: Another store; None: the same.
        checks: Checks that every table declares, beside its own.
    """
    content = yaml.safe_load(config)
    for stage in content["stages"]:
        for table in stage["tables"]:
            table.setdefault("columns", {})["sensitive"] = dict(SENSITIVE)
            table["checks"] = [*table.get("checks", ()), *checks]
    if store is not None:
        content["store"] = str(store)
    return yaml.safe_dump(content)


@dataclass
class Search:
    """Searches stores and texts for planted values; what was searched once is not searched again.

    Attributes:
        searched_bytes: Bytes that were searched; of Parquet files also the decoded values.
        hits: Where which value was found.
    """

    searched_bytes: int = 0
    hits: list[str] = field(default_factory=list)
    _known: set[tuple[str, int]] = field(default_factory=set, repr=False)

    def text(self, name: str, shown: str | bytes) -> None:
        """Search what was shown."""
        self._search({name: shown.encode() if isinstance(shown, str) else shown})

    def below(self, root: Path) -> None:
        """Search every file of every store below a folder, but for stores named `PLAIN`."""
        for manifests in sorted(root.rglob("manifests")):
            if (manifests / "_delta_log").is_dir() and manifests.parent.name != PLAIN:
                self.store(manifests.parent)

    def store(self, root: Path) -> None:
        """Search every file of a store: its bytes, and the values of Parquet files and the states in them, decoded."""
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            content = path.read_bytes()
            known = path.name, zlib.crc32(content)
            if known in self._known:
                continue
            self._known.add(known)
            self._search({str(path): content})
            if path.suffix == ".parquet" and not path.name.startswith("."):
                self._decoded(path)

    def _decoded(self, path: Path) -> None:
        try:
            table = pq.read_table(path, partitioning=None)
        except (pa.ArrowException, OSError):  # a command was killed, or the disk was full, while it was written
            return
        self._search({f"{path} metadata": table.schema.to_string(show_schema_metadata=True).encode()})
        self._search(planted.table_bytes(str(path), table))

    def _search(self, found: Mapping[str, bytes]) -> None:
        self.searched_bytes += sum(map(len, found.values()))
        self.hits += _needles().hits(found)


@cache
def _needles() -> planted.Needles:
    return planted.Needles(VALUES)
