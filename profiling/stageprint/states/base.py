"""The contract of a state: empty · update · merge · to_bytes · from_bytes.

Bytes begin with a version byte and a kind byte; then follows the payload. For the DataSketches states the payload is
the library's own bytes, so that ``substring(bytes, 3)`` is what Spark's sketch functions take.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import Self

from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError
from stageprint.model import ColumnKind
from stageprint.registry import discover

if TYPE_CHECKING:
    from stageprint.batch.column import ColumnBatch

HEADER_BYTES = 2


class State(ABC):
    """A mergeable summary of one column.

    Laws, tested for every state: merging is commutative and associative, `empty` is its neutral element, and merged
    parts, successive batches and one large batch give the same state (sketches: within their stated error).

    Attributes:
        kind: Kind of the column that the state was built for.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    kinds: ClassVar[frozenset[ColumnKind]]
    """Kinds of columns that the state is kept for."""
    default: ClassVar[bool] = True
    """Whether every column of these kinds keeps it; theta states are only kept of declared columns."""
    takes_hashes: ClassVar[bool] = False
    """Whether it is kept of a sensitive column whose values are hashed with a secret: of their hashes, as texts."""
    forgets_rare_values: ClassVar[bool] = False
    """Whether it is kept of a sensitive column of which values may be stored that enough rows share; see `suppress`.

    Of a sensitive column, no state is kept that is neither of the two, but for the counts of rows and nulls.
    """

    def __init__(self, kind: ColumnKind) -> None:
        self.kind = kind

    @classmethod
    @abstractmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:
        """Return the state of no rows."""

    @abstractmethod
    def update(self, batch: ColumnBatch) -> None:
        """Take in the rows of one batch."""

    @abstractmethod
    def merge(self, other: Self) -> None:
        """Take in another state of the same name and kind.

        Raises:
            StateError: `other` was built for another kind or with parameters that do not merge.
        """

    def suppress(self, minimum: int) -> None:
        """Forget every value that fewer than `minimum` rows share; a state that keeps no values does nothing."""
        del minimum

    @abstractmethod
    def _payload(self) -> bytes:
        """Return the bytes after the header."""

    @classmethod
    @abstractmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:
        """Rebuild the state from the bytes after the header."""

    def to_bytes(self) -> bytes:
        """Return the state as bytes: version byte, kind byte, payload."""
        return bytes((self.version, _KIND_CODES[self.kind])) + self._payload()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Rebuild a state from `to_bytes`.

        Raises:
            StateError: The bytes are too short, of a newer version, of another kind, or damaged.
        """
        if len(data) < HEADER_BYTES:
            message = f"a {cls.name} state has at least {HEADER_BYTES} bytes, got {len(data)}"
            raise StateError(message)
        version, code = data[0], data[1]
        if not 1 <= version <= cls.version:
            message = (
                f"{cls.name} state of version {version}; this release reads 1 to {cls.version}: upgrade stageprint"
            )
            raise StateError(message)
        kind = _CODE_KINDS.get(code)
        if kind is None or kind not in cls.kinds:
            shown = kind.value if kind is not None else f"code {code}"
            message = f"{cls.name} state holds a {shown} column, which {cls.name} is not kept for"
            raise StateError(message)
        try:
            return cls._from_payload(kind, version, data[HEADER_BYTES:])
        except StateError:
            raise
        except Exception as error:
            message = f"damaged {cls.name} state ({len(data)} bytes): {error}"
            raise StateError(message) from error

    def _check_mergeable(self, other: State) -> None:
        if type(other) is not type(self) or other.kind is not self.kind:
            own, theirs = (f"{state.name} of a {state.kind.value} column" for state in (self, other))
            message = f"cannot merge {own} with {theirs}"
            raise StateError(message)


def all_states() -> Mapping[str, type[State]]:
    """Return every registered state's class by name."""
    return discover("stageprint.states", State)


# Written into stored bytes: never renumber, only append.
_KIND_CODES = {
    ColumnKind.BOOLEAN: 1,
    ColumnKind.INTEGER: 2,
    ColumnKind.FLOAT: 3,
    ColumnKind.DECIMAL: 4,
    ColumnKind.DATE: 5,
    ColumnKind.TIMESTAMP: 6,
    ColumnKind.TIMESTAMP_NTZ: 7,
    ColumnKind.STRING: 8,
    ColumnKind.OTHER: 9,
    ColumnKind.BINARY: 10,
    ColumnKind.ARRAY: 11,
    ColumnKind.MAP: 12,
}
_CODE_KINDS = {code: kind for kind, code in _KIND_CODES.items()}
