"""Labels that differ in case, blanks or one letter."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import ClassVar, Final

from stageprint.first_look.base import ColumnLook, FirstLookRule, Remark, TableLook
from stageprint.model import ColumnKind

_MAX_LABELS: Final = 1_000
_MIN_CHARACTERS: Final = 2
_MIN_LETTERS_OF_A_WORD: Final = 6
_MAX_SHARE_OF_A_MISTAKE: Final = 0.05
_MIN_ROWS_OF_THE_RIGHT_ONE: Final = 20
_MAX_SHOWN: Final = 3
_BETWEEN: Final = re.compile(r"[\s_.\-]+")
_LETTERS: Final = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")


class NearDuplicateLabels(FirstLookRule):
    """Several spellings of one label: "Oslo", "oslo" and "Oslo ", or a label with one letter wrong.

    A label counts as misspelt if it differs in one letter from a label with at least 20 times as many rows, and both
    have at least six characters. Labels that differ in digits are different. Quiet about columns with more than 1,000
    distinct values: those are names.
    """

    name: ClassVar[str] = "near_duplicate_labels"

    def look(self, table: TableLook) -> Iterator[Remark]:
        """Yield columns with such labels."""
        for column in table.of_kinds(ColumnKind.STRING):
            if column.name in table.codes or int(column.figure("distinct_count") or 0) > _MAX_LABELS:
                continue
            groups = [*_same(column.labels), *_misspelt(column)]
            if groups:
                shown = "; ".join(", ".join(map(repr, group[:4])) for group in groups[:_MAX_SHOWN])
                more = f" and {len(groups) - _MAX_SHOWN} more" if len(groups) > _MAX_SHOWN else ""
                yield Remark(column.name, f"has labels that are hardly different: {shown}{more}", {"groups": groups})


def _same(labels: Mapping[str, int]) -> list[list[str]]:
    """Return labels that differ in case, blanks, hyphens or forms of a letter only."""
    groups: dict[str, list[str]] = defaultdict(list)
    for label in labels:
        folded = _BETWEEN.sub(" ", unicodedata.normalize("NFKC", label).casefold()).strip()
        if len(folded) >= _MIN_CHARACTERS and any(map(str.isalpha, folded)):
            groups[folded].append(label)
    return [group for group in groups.values() if len(group) > 1]


def _misspelt(column: ColumnLook) -> list[list[str]]:
    """Return pairs of a label and a rare one that differs in one letter."""
    words = {
        label: rows
        for label, rows in column.labels.items()
        if _LETTERS.fullmatch(label) and len(label) >= _MIN_LETTERS_OF_A_WORD
    }
    found = []
    by_letter: dict[str, list[str]] = defaultdict(list)
    for word in words:
        by_letter[word[0].casefold()].append(word)
    for one, other in (pair for same in by_letter.values() for pair in combinations(same, 2)):
        right, wrong = (one, other) if words[one] >= words[other] else (other, one)
        if (
            words[right] >= _MIN_ROWS_OF_THE_RIGHT_ONE
            and words[wrong] <= _MAX_SHARE_OF_A_MISTAKE * words[right]
            and _is_one_letter_off(right.casefold(), wrong.casefold())
        ):
            found.append([right, wrong])
    return found


def _is_one_letter_off(right: str, wrong: str) -> bool:
    """Return whether two texts differ in one letter: another, a missing, an additional one, or two exchanged."""
    if abs(len(right) - len(wrong)) > 1 or right == wrong:
        return False
    pairs = enumerate(zip(right, wrong, strict=False))
    start = next((at for at, (a, b) in pairs if a != b), min(len(right), len(wrong)))
    a, b = right[start:], wrong[start:]
    if len(right) == len(wrong):
        return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
    # An "s" at the end is the plural.
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[1:] == shorter and longer != "s"
