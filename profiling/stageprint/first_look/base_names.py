"""What the name of a column says of it."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

CODES: Final = frozenset(
    {"id", "code", "key", "zip", "zipcode", "postal", "postcode", "plz", "phone", "tel", "telephone", "mobile", "fax",
     "number", "no", "nr", "num", "sku", "ean", "upc", "isbn", "iban", "account", "ssn", "version", "hash", "serial",
     "ticket", "flight", "gate", "room"}
)  # fmt: skip
"""Words of columns whose digits are names, not quantities."""


def words(name: str) -> set[str]:
    """Return the words of a column's name, in lower case, and the name without what is between them."""
    found = [word.lower() for word in _WORD.findall(name)]
    return {*found, "".join(found)}
