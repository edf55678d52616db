"""Several states as one blob of bytes: what travels between the parts of a scan."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

from stageprint.errors import StateError
from stageprint.states.base import State

_BLOB_VERSION: Final = 1
_LENGTHS: Final = struct.Struct("<BI")


def pack_states(states: Mapping[str, State]) -> bytes:
    """Return states as one blob, which `unpack_states` and `merge_partials` take."""
    return pack_bytes({name: state.to_bytes() for name, state in states.items()})


def pack_bytes(states: Mapping[str, bytes]) -> bytes:
    """Return states' bytes as one blob: a version byte, then for each state two lengths, its name and its bytes."""
    parts = [bytes((_BLOB_VERSION,))]
    for name, data in states.items():
        parts += _LENGTHS.pack(len(name), len(data)), name.encode(), data
    return b"".join(parts)


def unpack_states(blob: bytes) -> dict[str, bytes]:
    """Return the bytes of each state of a blob, by the state's name.

    Raises:
        StateError: The blob is cut short, damaged or of a newer version.
    """
    if blob[:1] != bytes((_BLOB_VERSION,)):
        message = f"a blob of states begins with version byte {_BLOB_VERSION}, got {blob[:1]!r}"
        raise StateError(message)
    at, found = 1, {}
    try:
        while at < len(blob):
            name_length, length = _LENGTHS.unpack_from(blob, at)
            at += _LENGTHS.size
            name = blob[at : at + name_length].decode()
            at += name_length
            found[name] = blob[at : at + length]
            at += length
    except (struct.error, UnicodeDecodeError) as error:
        message = f"damaged blob of states ({len(blob)} bytes): {error}"
        raise StateError(message) from error
    if at != len(blob):
        message = f"damaged blob of states: {len(blob)} bytes instead of {at}"
        raise StateError(message)
    return found
