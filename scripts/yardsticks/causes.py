"""Which named causes are right for a planted fault, as the pages of the causes describe what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

Naming = Literal["right", "wrong", "absent"]

NO_CAUSE: Final = "distribution_shift"
"""The cause that says that no known cause fits: it names none."""

_NEW_TEXTS: Final = frozenset({"unseen_category", "type_change"})
"""Labels that were never there, or texts in another format: true of whatever else is in a text than before."""

RIGHT: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    # What another column of the table held; of texts, labels appear and others are gone.
    ("numeric", "other column's values"): frozenset({"column_swapped"}),
    ("categorical", "other column's values"): _NEW_TEXTS | {"column_swapped", "category_missing"},
    ("numeric", "unit"): frozenset({"unit_change"}),
    # The same labels in another spelling.
    ("categorical", "case"): _NEW_TEXTS | {"category_reencoded"},
    ("categorical", "padding"): _NEW_TEXTS | {"category_reencoded"},
    # Rows that should hold nulls have a stand-in for them.
    ("numeric", "missing rows filled"): frozenset({"default_value", "null_to_sentinel"}),
    ("categorical", "missing rows filled"): _NEW_TEXTS | {"default_value", "null_to_sentinel"},
    # The same rows more than once, or only a part of them.
    ("numeric", "volume"): frozenset({"duplicated_load", "partial_load"}),
    ("categorical", "volume"): frozenset({"duplicated_load", "partial_load", "category_missing"}),
    ("numeric", "biased sample"): frozenset({"partial_load", "constant_column", "category_missing"}),
    ("categorical", "biased sample"): frozenset({"partial_load", "constant_column", "category_missing"}),
    # No cause describes digits that were mistyped.
    ("numeric", "characters replaced"): frozenset(),
    ("numeric", "characters inserted"): frozenset(),
    ("numeric", "characters deleted"): frozenset({"null_spike"}),
    ("categorical", "characters replaced"): _NEW_TEXTS | {"category_missing"},
    ("categorical", "characters inserted"): _NEW_TEXTS | {"category_missing"},
    # Characters are gone.
    ("categorical", "characters deleted"): _NEW_TEXTS | {"category_missing", "precision_loss"},
    # tab-err's error types.
    ("numeric", "tab-err: one standard deviation added"): frozenset({"offset"}),
    # No cause describes single values far out.
    ("numeric", "tab-err: outliers"): frozenset(),
    ("numeric", "tab-err: × 10"): frozenset({"unit_change"}),
    ("numeric", "tab-err: values missing"): frozenset({"null_spike"}),
    ("categorical", "tab-err: values missing"): frozenset({"null_spike"}),
    # No cause describes labels that were dealt out anew.
    ("categorical", "tab-err: another label"): frozenset(),
    ("categorical", "tab-err: words around the value"): _NEW_TEXTS | {"category_reencoded"},
    ("categorical", "tab-err: a character removed"): _NEW_TEXTS | {"category_missing", "precision_loss"},
    ("categorical", "tab-err: typing errors"): _NEW_TEXTS | {"category_missing"},
}
"""(kind of column, class of fault) → causes whose description is true of it."""


MECHANISMS: Final = frozenset(
    {
        *("unit_change", "offset", "default_value", "null_to_sentinel", "clipping", "precision_loss"),
        *("wrong_timezone", "category_reencoded", "column_swapped", "join_lost_rows", "join_duplicated_rows"),
        *("duplicated_load", "stale_column", "stale_table", "type_change"),
    }
)
"""Causes that say what was done to the rows. Nobody did anything to those of the published tables, where such a name is
wrong; the other causes say what is to be seen."""


def naming(kind: str, fault: str, named: Iterable[str]) -> Naming:
    """Return how the causes that a fault's findings name do.

    Args:
        kind: ``numeric`` or ``categorical``.
        fault: Class of the fault.
        named: The causes of the findings about it.

    Returns:
        ``right``: one of them is right. ``absent``: none is named. ``wrong``: only others are named.
    """
    found = set(named) - {NO_CAUSE}
    if found & RIGHT[kind, fault]:
        return "right"
    return "wrong" if found else "absent"
