"""The faults of Auto-Validate-by-History: 27 set-ups for a column of numbers, 33 for a column of texts.

The classes and their sizes are those of Tu et al., Auto-Validate by-History (KDD 2023), as stated in the authors'
public repository (microsoft/Auto-Validate-by-History, MIT licence, commit 57aed13, ``gene_sample.py``); the code here
is this project's own. Each set-up changes one column of one run. A set-up that leaves the column as it is (upper case
of digits) is void, and is not counted.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Kind = Literal["numeric", "categorical"]
Change = Callable[[pa.Array, "pa.Array | None", np.random.Generator], "pa.Array | None"]
"""(the column, the neighbouring one of its kind or None, a generator) → the faulty column, or None: not possible."""

SHARES: Final = (0.1, 0.5, 1.0)
DIGITS: Final = string.digits
LETTERS: Final = string.ascii_letters + string.digits
"""What a character of a text is replaced by."""

PAPER: Final = "Auto-Validate-by-History"
"""Source of the set-ups of this module."""

MISSING_TEXT: Final = "NULL"
_LARGEST: Final = np.iinfo(np.int64).max


@dataclass(frozen=True)
class SetUp:
    """One fault and its size.

    Attributes:
        kind: Kind of column that it is for.
        fault: Its class.
        name: Name in the results, unique within the kind.
        touched: Share of the rows (for characters: of the characters) that it changes, in per cent; 100 for volume and
            samples, which concern the run as a whole.
        change: What it does.
        source: Who thought of it: `PAPER`, or another generator.
    """

    kind: Kind
    fault: str
    name: str
    touched: int
    change: Change
    source: str = PAPER

    def apply(self, values: pa.Array, neighbour: pa.Array | None, rng: np.random.Generator) -> pa.Array | None:
        """Return the faulty column; None: the set-up is void here.

        Args:
            values: The column: ``int64``, ``double`` or ``string``.
            neighbour: The neighbouring column of the same kind; None: there is none.
            rng: Seeded by the caller.
        """
        made = self.change(values, neighbour, rng)
        return None if made is None or made.equals(values) else made


def of_kind(kind: Kind) -> list[SetUp]:
    """Return the set-ups for a kind of column."""
    return [one for one in SET_UPS if one.kind == kind]


def _hit(count: int, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return a mask with exactly the share of the rows, chosen at random."""
    mask = np.zeros(count, dtype=bool)
    mask[rng.permutation(count)[: round(share * count)]] = True
    return mask


def _neighbour(share: float) -> Change:
    def change(values: pa.Array, neighbour: pa.Array | None, rng: np.random.Generator) -> pa.Array | None:
        if neighbour is None:
            return None
        same = neighbour.type == values.type
        other = neighbour if same else pc.round(neighbour.cast(pa.float64())).cast(values.type)
        return pc.if_else(pa.array(_hit(len(values), share, rng)), other, values)

    return change


def _times(factor: int, share: float) -> Change:
    def change(values: pa.Array, neighbour: pa.Array | None, rng: np.random.Generator) -> pa.Array:
        del neighbour
        scaled = pc.multiply(values, pa.scalar(factor, values.type))
        return pc.if_else(pa.array(_hit(len(values), share, rng)), scaled, values)

    return change


def _in_rows(change_text: Callable[[pa.Array], pa.Array], share: float) -> Change:
    def change(values: pa.Array, neighbour: pa.Array | None, rng: np.random.Generator) -> pa.Array:
        del neighbour
        return pc.if_else(pa.array(_hit(len(values), share, rng)), change_text(values), values)

    return change


def _appended(share: float) -> Change:
    def change(values: pa.Array, neighbour: pa.Array | None, rng: np.random.Generator) -> pa.Array:
        del neighbour, rng
        value = MISSING_TEXT if pa.types.is_string(values.type) else 0
        return pa.concat_arrays([values, pa.repeat(pa.scalar(value, values.type), round(share * len(values)))])

    return change


def _volume(factor: float) -> Change:
    def change(values: pa.Array, neighbour: pa.Array | None, rng: np.random.Generator) -> pa.Array:
        del neighbour
        if factor >= 1:
            return pa.concat_arrays([values] * int(factor))
        return values.filter(pa.array(_hit(len(values), factor, rng)))

    return change


def _sample(share: float, *, first: bool) -> Change:
    """Return a biased sample: rows in the order of how often their value occurs, then of the value."""

    def change(values: pa.Array, neighbour: pa.Array | None, rng: np.random.Generator) -> pa.Array:
        del neighbour, rng
        counted = pc.value_counts(values)
        known = counted.field("values")
        times = counted.field("counts").take(pc.index_in(values, known))
        order = pc.sort_indices(
            pa.table({"times": times, "value": values}), [("times", "ascending"), ("value", "ascending")]
        )
        size = max(1, round(share * len(values)))
        return values.take(order[:size] if first else order[len(values) - size :])

    return change


def _characters(change_text: Callable[[str, str, float, np.random.Generator], str], share: float) -> Change:
    """Return a change of characters: of any in texts, of the digits in numbers."""

    def change(values: pa.Array, neighbour: pa.Array | None, rng: np.random.Generator) -> pa.Array:
        del neighbour
        text = pa.types.is_string(values.type)
        alphabet = LETTERS if text else DIGITS
        made = [
            None if value is None else change_text(value if text else repr(value), alphabet, share, rng)
            for value in values.to_pylist()
        ]
        if text:
            return pa.array(made, pa.string())
        parse: Callable[[str], Any] = int if pa.types.is_integer(values.type) else float
        numbers = [_number(new, old, parse) for new, old in zip(made, values.to_pylist(), strict=True)]
        return pa.array(numbers, values.type)

    return change


def _number(text: str | None, before: Any, parse: Callable[[str], Any]) -> Any:
    """Return the number that a text says; null without digits, and the number before where a long one does not fit."""
    if text is None or not any(sign in DIGITS for sign in text):
        return None
    try:
        number = parse(text)
    except ValueError:  # such as "1e" of 1e-07
        return None
    return before if isinstance(number, int) and abs(number) > _LARGEST else number


def _changes(sign: str, alphabet: str) -> bool:
    """Return whether a character can be changed: of numbers only digits can."""
    return alphabet != DIGITS or sign in DIGITS


def _replaced(text: str, alphabet: str, share: float, rng: np.random.Generator) -> str:
    hit, drawn = rng.random(len(text)) < share, rng.integers(0, len(alphabet), len(text))
    return "".join(
        alphabet[new] if yes and _changes(sign, alphabet) else sign
        for sign, yes, new in zip(text, hit, drawn, strict=True)
    )


def _inserted(text: str, alphabet: str, share: float, rng: np.random.Generator) -> str:
    hit, drawn = rng.random(len(text)) < share, rng.integers(0, len(alphabet), len(text))
    return "".join(
        alphabet[new] + sign if yes and _changes(sign, alphabet) else sign
        for sign, yes, new in zip(text, hit, drawn, strict=True)
    )


def _deleted(text: str, alphabet: str, share: float, rng: np.random.Generator) -> str:
    hit = rng.random(len(text)) < share
    return "".join("" if yes and _changes(sign, alphabet) else sign for sign, yes in zip(text, hit, strict=True))


def _padded(before: str, after: str) -> Callable[[pa.Array], pa.Array]:
    return lambda values: pc.binary_join_element_wise(before, values, after, "")


def _percent(share: float) -> int:
    return round(100 * share)


def _set_ups(kind: Kind) -> Iterator[SetUp]:
    def sized(fault: str, what: str, share: float, change: Change) -> SetUp:
        return SetUp(kind, fault, f"{what} {_percent(share)} %", _percent(share), change)

    def whole(fault: str, name: str, change: Change) -> SetUp:
        return SetUp(kind, fault, name, 100, change)

    neighbour = "other column's values"
    yield from (sized(neighbour, neighbour, share, _neighbour(share)) for share in SHARES)
    if kind == "numeric":
        for factor in (10, 100, 1000):
            yield from (sized("unit", f"× {factor:,},", share, _times(factor, share)) for share in (0.1, 1.0))
    else:
        for name, case in (("upper", pc.utf8_upper), ("lower", pc.utf8_lower)):
            yield from (sized("case", f"{name} case", share, _in_rows(case, share)) for share in SHARES)
    yield from (sized("missing rows filled", "extra rows filled", share, _appended(share)) for share in SHARES)
    for name, size in (("rows × 2", 2), ("rows × 10", 10), ("rows ÷ 2", 0.5), ("rows ÷ 10", 0.1)):
        yield whole("volume", name, _volume(size))
    for share in (0.1, 0.5):
        yield whole("biased sample", f"rarest {_percent(share)} %", _sample(share, first=True))
        yield whole("biased sample", f"most frequent {_percent(share)} %", _sample(share, first=False))
    for name, change, shares in (
        ("replaced", _replaced, SHARES),
        ("inserted", _inserted, SHARES[:2]),
        ("deleted", _deleted, SHARES[:2]),
    ):
        fault = f"characters {name}"
        yield from (sized(fault, fault, share, _characters(change, share)) for share in shares)
    if kind == "categorical":
        for name, pad in (("before", _padded(" ", "")), ("after", _padded("", " "))):
            yield from (sized("padding", f"blank {name}", share, _in_rows(pad, share)) for share in SHARES)


SET_UPS: Final = (*_set_ups("numeric"), *_set_ups("categorical"))
"""All set-ups."""
