"""Values planted in every kind of column, and a search for them in every byte of what was written."""

from __future__ import annotations

import datetime as dt
import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stageprint.errors import StateError
from stageprint.fingerprint import unpack_states
from stageprint.states.base import all_states

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_LONG_TEXT_CHARACTERS: Final = 3_000
_LONG_LIMIT: Final = 1 << 63
_WORD_BYTES: Final = 8
_TABLE_BITS: Final = 24

Value = Any
MakeColumn = Callable[[Sequence[int]], tuple[pa.Array, list[Value]]]


def _text(seed: int) -> str:
    return f"Zq{seed:x}xW"


def _date(seed: int) -> dt.date:
    return dt.date(5000, 1, 1) + dt.timedelta(days=seed % 1_400_000)


def _moment(seed: int) -> dt.datetime:
    return dt.datetime(2150, 1, 1, tzinfo=dt.timezone.utc) + dt.timedelta(microseconds=seed % 10**15)


def _column(data_type: pa.DataType, value: Callable[[int], Value]) -> MakeColumn:
    def make(seeds: Sequence[int]) -> tuple[pa.Array, list[Value]]:
        values = [value(seed) for seed in seeds]
        return pa.array(values, data_type), values

    return make


def _nested(data_type: pa.DataType, wrap: Callable[[str, int], Any]) -> MakeColumn:
    def make(seeds: Sequence[int]) -> tuple[pa.Array, list[Value]]:
        values = [(_text(seed), seed) for seed in seeds]
        return pa.array([wrap(*value) for value in values], data_type), [part for value in values for part in value]

    return make


_FIELDS: Final = pa.struct([("text", pa.string()), ("number", pa.int64())])

KINDS: Final[Mapping[str, MakeColumn]] = {
    "text": _column(pa.string(), _text),
    "digits": _column(pa.string(), lambda seed: f"{seed % 10**9:09d}-{seed % 97:02d}"),
    "unicode": _column(pa.string(), lambda seed: f"Ж{seed:x}ß漢🦄"),
    "very_long": _column(pa.string(), lambda seed: (_text(seed) * _LONG_TEXT_CHARACTERS)[:_LONG_TEXT_CHARACTERS]),
    "yes_no": _column(pa.string(), lambda seed: f"{'yes' if seed % 2 else 'no'}-{seed:x}"),
    "int": _column(pa.int32(), lambda seed: 1_000_000_000 + seed % 1_000_000_000),
    "long": _column(pa.int64(), lambda seed: seed),
    "float": _column(pa.float64(), lambda seed: seed / 1024 + 0.123456789),
    "decimal": _column(pa.decimal128(20, 4), lambda seed: Decimal(seed % 10**14).scaleb(-4)),
    "date": _column(pa.date32(), _date),
    "timestamp": _column(pa.timestamp("us", "UTC"), _moment),
    "local_timestamp": _column(pa.timestamp("us"), lambda seed: _moment(seed).replace(tzinfo=None)),
    "binary": _column(pa.binary(), lambda seed: struct.pack(">Q", seed ^ 0x5A5A5A5A5A5A5A5A)),
    "structure": _nested(_FIELDS, lambda text, number: {"text": text, "number": number}),
    "listed": _nested(pa.list_(_FIELDS), lambda text, number: [{"text": text, "number": number}]),
    "mapped": _nested(pa.map_(pa.string(), pa.int64()), lambda text, number: [(text, number)]),
}
"""Name of a column → the function that makes it and its values from whole numbers of at least 2^40."""


def needles(value: Value) -> Iterator[bytes]:
    """Yield every form in which a value would be found: as text, and as the bytes of the types it is kept in."""
    if isinstance(value, str):
        short = value[:24]
        yield short.encode()
        yield json.dumps(short)[1:-1].encode()
        yield short.casefold().encode()
        yield short.encode("utf-16-le")
    elif isinstance(value, bytes):
        yield value
        yield value.hex().encode()
    elif isinstance(value, Decimal):
        yield f"{value:f}".encode()
        if value.is_finite() and abs(value) < _LONG_LIMIT // 10**4:
            yield from _of_number(int(value.scaleb(4)))
        yield struct.pack("<d", float(value))
    elif isinstance(value, float):
        yield repr(value).encode()
        yield value.hex().encode()
        yield struct.pack("<d", value)
        yield struct.pack(">d", value)
    elif isinstance(value, dt.datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)
        yield from _of_number((moment - _EPOCH) // dt.timedelta(microseconds=1))
        yield f"{moment:%Y-%m-%d %H:%M:%S}".encode()
        yield f"{moment:%Y-%m-%dT%H:%M:%S}".encode()
    elif isinstance(value, dt.date):
        days = (value - _EPOCH.date()).days
        yield value.isoformat().encode()
        yield struct.pack("<q", days)
        yield struct.pack("<d", float(days))
    else:
        yield from _of_number(value)


def _of_number(value: int) -> Iterator[bytes]:
    yield str(value).encode()
    yield f"{value:,}".encode()
    yield struct.pack("<q", value)
    yield struct.pack(">q", value)
    yield struct.pack("<d", float(value))
    yield struct.pack(">d", float(value))
    yield float(value).hex().encode()


class Needles:
    """All forms of some values, to be looked for in many texts.

    Args:
        values: The values.
    """

    def __init__(self, values: Sequence[Value]) -> None:
        self._wanted: dict[int, list[tuple[bytes, Value]]] = {}
        for value in dict.fromkeys(values):
            for needle in needles(value):
                assert len(needle) >= _WORD_BYTES, needle
                first = int.from_bytes(needle[:_WORD_BYTES], "little")
                self._wanted.setdefault(first, []).append((needle, value))
        self._first = np.array(sorted(self._wanted), np.uint64)
        # Most places are ruled out by a table of bits, long before any of the needles is looked up.
        self._table = np.zeros(1 << _TABLE_BITS, np.bool_)
        self._table[_slots(self._first)] = True

    def hits(self, haystacks: Mapping[str, bytes]) -> list[str]:
        """Return where which value was found, in words; empty where none was."""
        found = []
        for place, text in haystacks.items():
            for at in self._candidates(text):
                for needle, value in self._wanted[int.from_bytes(text[at : at + _WORD_BYTES], "little")]:
                    if text.startswith(needle, at):
                        found.append(f"{value!r} as {needle!r} in {place}: …{text[max(0, at - 80) : at + 80]!r}…")
        return found

    def _candidates(self, text: bytes) -> list[int]:
        """Return the places in a text where the first eight bytes of some needle are."""
        if len(text) < _WORD_BYTES:
            return []
        words: npt.NDArray[np.uint64] = np.ndarray((len(text) - _WORD_BYTES + 1,), "<u8", text, strides=(1,))
        perhaps = np.flatnonzero(self._table[_slots(words)])
        there: list[int] = perhaps[np.isin(words[perhaps], self._first)].tolist()
        return there


def hits(values: Sequence[Value], haystacks: Mapping[str, bytes]) -> list[str]:
    """Return where which value was found, in words; empty where none was."""
    return Needles(values).hits(haystacks)


def _slots(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    slots: npt.NDArray[np.uint64] = (words * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _TABLE_BITS)
    return slots


def stored_bytes(root: Path) -> dict[str, bytes]:
    """Return what the files below a folder hold: the bytes of each, and of Parquet files every decoded value too."""
    found: dict[str, bytes] = {}
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        found[str(path.relative_to(root))] = path.read_bytes()
        if path.suffix == ".parquet":
            table = pq.read_table(path, partitioning=None)
            found[f"{path.relative_to(root)} metadata"] = str(
                table.schema.to_string(show_schema_metadata=True)
            ).encode()
            found |= table_bytes(f"{path.relative_to(root)}", table)
    return found


def table_bytes(name: str, table: pa.Table) -> dict[str, bytes]:
    """Return every value of a table, column by column: texts, and the bytes of numbers, states and blobs."""
    return {f"{name}:{column}": b"\n".join(_flat(table[column].to_pylist())) for column in table.column_names}


def _flat(value: Any) -> Iterator[bytes]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(key)
            yield from _flat(inner)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for inner in value:
            yield from _flat(inner)
    elif isinstance(value, np.ndarray):
        yield value.tobytes()
        yield from _flat(value.tolist())
    elif isinstance(value, bytes):
        yield value
        yield from _unpacked(value)
    elif isinstance(value, str):
        yield value.encode()
    elif isinstance(value, (bool, type(None))):
        pass
    elif isinstance(value, int):
        yield str(value).encode()
        if abs(value) < _LONG_LIMIT:
            yield struct.pack("<q", value)
    elif isinstance(value, (float, Decimal, dt.date)):
        yield str(value).encode()
        yield from needles(value)
    elif hasattr(value, "__dict__"):
        yield from _flat(vars(value))


def _unpacked(blob: bytes) -> Iterator[bytes]:
    """Yield what a blob holds in other forms: every state that it can be read as, and compressed parts."""
    for state in all_states().values():
        try:
            yield from _flat(vars(state.from_bytes(blob)))
        except (StateError, MemoryError):  # noqa: PERF203 -- most are of another state
            continue
    with suppress(StateError):
        yield from _flat(unpack_states(blob))  # as a task or a serving process packs them
    for at in range(min(len(blob), 64)):
        if blob[at : at + 1] == b"\x78":
            try:
                yield zlib.decompress(blob[at:])
            except zlib.error:
                continue
