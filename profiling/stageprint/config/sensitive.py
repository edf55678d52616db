"""What may be stored of columns whose values are sensitive, and the secret that their values are hashed with."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal, TypeAlias

from pydantic import Field

from stageprint.config.base import ConfigModel
from stageprint.errors import UsageError, plain_reason

Sensitive: TypeAlias = Literal["off", "hashed"] | int
"""What may be stored of a sensitive column's values: nothing, keyed hashes, or values that so many rows share."""

HASH_KEY_VARIABLE: Final = "STAGEPRINT_HASH_KEY"
"""Environment variable that holds the secret where the configuration names no file."""

_NESTING: Final = (".", "[", "{", "#")
"""What follows a column's name in the path of something inside it, or in that of its namesake."""

RECORD_COLUMNS: Final = ("_corrupt_record", "_rescued_data")
"""Columns in which readers keep the text of whole records, or what of them fits no column."""

_ID_TEXT: Final = b"stageprint\x00id of the secret"
_ID_DIGITS: Final = 16


class SensitiveSettings(ConfigModel):
    """Settings of all sensitive columns of a pipeline.

    Attributes:
        secret_file: File that holds the secret; None: the environment variable ``STAGEPRINT_HASH_KEY`` does.
        min_group_size: Rows that must share a hashed value for its number of rows to be stored, and that a slice by a
            sensitive column must have.
    """

    secret_file: str | None = Field(default=None, min_length=1)
    min_group_size: int = Field(default=5, ge=2)

    def secret(self) -> bytes:
        """Return the secret, without white space around it; empty where there is none.

        Raises:
            UsageError: The file cannot be read, or is empty.
        """
        if self.secret_file is None:
            return os.environ.get(HASH_KEY_VARIABLE, "").strip().encode()
        try:
            found = Path(self.secret_file).read_bytes().strip()
        except OSError as error:
            message = f"sensitive.secret_file: {self.secret_file!r} cannot be read: {plain_reason(error)}"
            raise UsageError(message) from None
        if not found:
            message = f"sensitive.secret_file: expected a secret in {self.secret_file!r}, got an empty file"
            raise UsageError(message)
        return found


def secret_for(table: str, sensitive: Mapping[str, Sensitive], settings: SensitiveSettings) -> bytes:
    """Return the secret that values of a table's sensitive columns are hashed with; empty without one, or any of them.

    Args:
        table: The table's name, for the error.
        sensitive: The table's ``columns.sensitive``.
        settings: The pipeline's settings.

    Raises:
        UsageError: A column is ``hashed`` and there is no secret, or its file cannot be read.
    """
    if not sensitive:
        return b""
    found = settings.secret()
    if not found and "hashed" in sensitive.values():
        message = (
            f"table {table!r}: columns.sensitive: `hashed` needs a secret in the environment variable "
            f"{HASH_KEY_VARIABLE}, or in the file that `sensitive.secret_file` names; the same secret in every run "
            "keeps values comparable"
        )
        raise UsageError(message)
    return found


def secret_id(secret: bytes) -> str | None:
    """Return the id of a secret: 16 hexadecimal digits that tell secrets apart; None without one.

    It is stored with what was hashed, so that hashes of different secrets are never compared.
    """
    return hmac.new(secret, _ID_TEXT, hashlib.sha256).hexdigest()[:_ID_DIGITS] if secret else None


def sensitivity(path: str, declared: Mapping[str, Sensitive]) -> Sensitive | None:
    """Return what may be stored of a column's values: what is declared for it, or for what it lies in; None: all.

    Of `RECORD_COLUMNS` nothing may be stored, in a table with any sensitive column: they hold its values too.

    Args:
        path: The column's path.
        declared: The table's ``columns.sensitive``. Capitals and back-ticks do not matter; a namesake of a declared
            column (``a#2``) is sensitive too. Of several names the longest counts.
    """
    folded = fold(path)
    found = [name for name in declared if is_or_is_in(folded, fold(name))]
    if found:
        return declared[max(found, key=len)]
    return "off" if declared and any(is_or_is_in(folded, name) for name in RECORD_COLUMNS) else None


def mentions(text: str, names: Iterable[str]) -> list[str]:
    """Return those of some columns' names that occur in a text, such as a condition in SQL, as words."""
    folded = f" {fold(text)} "
    return [name for name in names if _occurs(fold(name), folded)]


def is_or_is_in(path: str, name: str) -> bool:
    """Return whether a folded path is that of a column, of something inside it, or of its namesake."""
    return path == name or path.startswith(tuple(f"{name}{mark}" for mark in _NESTING))


def fold(name: str) -> str:
    """Return a name or text without back-ticks and capitals: columns are found whatever the case."""
    return name.replace("`", "").casefold()


def _occurs(name: str, text: str) -> bool:
    start = text.find(name)
    while start >= 0:
        before, after = text[start - 1], text[start + len(name)]
        if not (before.isalnum() or before == "_" or after.isalnum() or after == "_"):
            return True
        start = text.find(name, start + 1)
    return False
