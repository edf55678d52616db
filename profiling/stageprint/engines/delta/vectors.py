"""Deletion vectors of Delta tables: which rows of a data file are deleted.

Source of the formats: the Delta protocol ("Deletion Vector Format", "Deletion Vector File Storage Format", "Derived
Fields") and ZeroMQ RFC 32 (Z85).
"""

from __future__ import annotations

import base64
import struct
import uuid
import zlib
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

import numpy as np
from pyroaring import BitMap64

from stageprint.engines.storage.model import Places
from stageprint.engines.storage.opening import open_file
from stageprint.errors import StageprintError

Positions = np.ndarray[Any, np.dtype[np.int64]]

_MAGIC: Final = struct.pack("<i", 1681511377)
"""First bytes of a vector in the portable format, the only one that is written."""

_FILE_VERSION: Final = 1
_UUID_CHARACTERS: Final = 20
_Z85: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_B85: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_TO_B85: Final = str.maketrans(_Z85, _B85)
"""The two alphabets for 85 digits; Python's is that of RFC 1924."""


class VectorError(StageprintError):
    """A deletion vector cannot be understood."""


@dataclass(frozen=True)
class DeletionVector:
    """Which rows of a data file are deleted.

    Attributes:
        count: How many.
        data: The vector itself; empty: it is in a file.
        file: Path of the file that holds it, without percent-encoding; empty: `data` is the vector.
        offset: Where it begins in that file.
    """

    count: int
    data: bytes = b""
    file: str = ""
    offset: int = 0


def described(table: str, kind: str, text: str, offset: int | None, size: int, count: int) -> DeletionVector:
    """Return the vector that an entry of the log describes.

    Args:
        table: Root of the table, with scheme.
        kind: ``storageType``: ``u`` for a file in the table, ``p`` for one at a path, ``i`` for the vector itself.
        text: ``pathOrInlineDv``.
        offset: ``offset``; None for ``i``.
        size: ``sizeInBytes``.
        count: ``cardinality``.

    Raises:
        VectorError: There is no such kind.
    """
    if kind == "i":
        return DeletionVector(count, z85_decoded(text)[:size])
    if kind == "p":
        return DeletionVector(count, file=unquote(text), offset=offset or 1)
    if kind == "u":
        prefix, name = text[:-_UUID_CHARACTERS], uuid.UUID(bytes=z85_decoded(text[-_UUID_CHARACTERS:]))
        folder = f"{table.rstrip('/')}/{prefix}".rstrip("/")
        return DeletionVector(count, file=f"{folder}/deletion_vector_{name}.bin", offset=offset or 1)
    message = f"a deletion vector is stored in a way that is not known: {kind!r}"
    raise VectorError(message)


def of_positions(positions: Positions) -> DeletionVector:
    """Return the vector of rows that are known already.

    Args:
        positions: Their numbers in the file, from 0.
    """
    return DeletionVector(len(positions), _MAGIC + BitMap64(positions.astype(np.uint64)).serialize())


def deleted_rows(vector: DeletionVector, places: Places) -> Positions:
    """Return the numbers of the deleted rows in the file, ascending from 0.

    Args:
        vector: The vector.
        places: How files that are not on the local file system are reached.

    Raises:
        VectorError: It is damaged, or not in the portable format.
        OSError: Its file cannot be read.
    """
    data = vector.data or _stored(vector, places)
    if data[: len(_MAGIC)] != _MAGIC:
        message = f"a deletion vector {_where(vector)}is not in the portable format"
        raise VectorError(message)
    try:
        found = np.frombuffer(BitMap64.deserialize(data[len(_MAGIC) :]).to_array(), np.uint64).astype(np.int64)
    except ValueError as error:
        message = f"a deletion vector {_where(vector)}is damaged"
        raise VectorError(message) from error
    if len(found) != vector.count:
        message = f"a deletion vector {_where(vector)}has {len(found):,} rows where the log says {vector.count:,}"
        raise VectorError(message)
    return found


def z85_decoded(text: str) -> bytes:
    """Return the bytes of a text in Z85, whose length is a multiple of five.

    Raises:
        VectorError: It is no such text.
    """
    try:
        return base64.b85decode(text.translate(_TO_B85))
    except ValueError as error:
        message = "a deletion vector in the log is not encoded as Z85"
        raise VectorError(message) from error


def _stored(vector: DeletionVector, places: Places) -> bytes:
    """Return the vector that a file holds: after its size, before its checksum, both big-endian."""
    with open_file(vector.file, places) as source:
        version = source.read_at(1, 0)
        (size,) = struct.unpack(">i", _whole(source.read_at(4, vector.offset), 4, vector))
        data = _whole(source.read_at(size, vector.offset + 4), size, vector)
        (checksum,) = struct.unpack(">I", _whole(source.read_at(4, vector.offset + 4 + size), 4, vector))
    if version[0] != _FILE_VERSION or zlib.crc32(data) != checksum:
        message = f"a deletion vector {_where(vector)}is damaged, or of another format"
        raise VectorError(message)
    return data


def _whole(data: bytes, size: int, vector: DeletionVector) -> bytes:
    if len(data) != size:
        message = f"a deletion vector {_where(vector)}is cut off"
        raise VectorError(message)
    return data


def _where(vector: DeletionVector) -> str:
    return f"in {vector.file.rsplit('/', 1)[-1]} " if vector.file else ""
