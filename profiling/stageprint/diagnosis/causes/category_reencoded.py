"""The same categories under other labels: other case, blanks, prefixes, swapped or renumbered codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from math import sqrt
from statistics import fmean
from typing import ClassVar

from stageprint.batch.text_formats import pattern_of
from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.letter_case import other_case, rewritten_share
from stageprint.diagnosis.pair import Pair, pair
from stageprint.diagnosis.past_moves import healthy_transitions, stands_out
from stageprint.diagnosis.shares import sorted_variation, thinned, total_variation
from stageprint.model import ColumnKey
from stageprint.model.figures import percent
from stageprint.shifts.distributions.fixed_pattern import FixedPattern
from stageprint.shifts.texts.characters import CharactersShift
from stageprint.shifts.texts.new_form import NewForm

MIN_RELABELLED_SHARE = 0.004
"""Minimum share of the values that must carry another label."""

MIN_MAPPED_SHARE = 0.9
"""Minimum share of the new labels that must be an old one in another spelling."""

MIN_STANDARD_ERRORS = 4.0
"""Standard errors beyond which a label's share has moved."""

MIN_MISSED = 20
"""Minimum number of rows that a label that is gone, or a new one, should have had: chance leaves out e⁻²⁰ of such."""

MIN_TRANSITIONS = 2
"""Minimum number of earlier transitions, of three runs, in which a label that is gone was always there."""

MAX_STANDARD_ERRORS_APART = 3.0
"""Standard errors of the difference within which a new label has the usual share of the one that is gone, if no earlier
run was further from it."""

MAX_SHARE_APART = 0.3
"""The same, as a part of the share: where the rows are few, chance alone allows too much."""

MIN_PERMUTED_VARIATION = 0.03
"""Minimum total variation at which a permutation of the same labels is looked for."""


class CategoryReencoded(Cause):
    """The labels changed, but what they stand for did not.

    The same categories arrive under other names: in another case, with blanks or a prefix, renumbered, or with their
    codes swapped. A model that knows the old labels treats every such row as an unknown category, or as the wrong one.

    Signature: the new labels are the old ones in another spelling (case, blanks and punctuation, another way to write a
    number, a common prefix or suffix), and the shares agree once both are spelt alike. Or the labels differ, but their
    shares in descending order agree, or some are gone that every run had, and as many new ones have their shares. Or
    the labels are the same but have swapped their shares. Or, where every run has new texts, they follow a pattern that
    no earlier run used, or free texts have lost their letters in one case while their length, digits, spaces and
    punctuation stayed.

    Told apart from: `unseen_category`: no old label is gone; `category_missing`: no new label appeared; a genuine
    change of the mix: the shares in descending order change too.

    Check:
        - Compare the list of labels with that of the run before; the sentence shows one pair.
        - Look for a new version of the encoder, of a mapping table or of the source system since the first bad run.
        - At a serving stage, compare the encoding code of serving with that of training: it is often written twice.

    Fix: Map the new labels back to the old ones where they enter the pipeline, and share one mapping between training
    and serving. If the new labels are to stay, convert the history or retrain before they reach the model.

    Evidence:
        change: how the labels were rewritten.
        share: share of the values that have another label, 0–1.
        examples: one old label and its new form.
        pattern: the new pattern of letters and digits, where every run has new texts.
        pattern_before: the pattern that every earlier run had.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> evidence, column = two_runs(["UA", "AA", "AA"] * 300, ["ua", "aa", "aa"] * 300)
        >>> CategoryReencoded().explain(evidence, column).evidence["change"]
        'another case, blanks or punctuation'
    """

    name: ClassVar[str] = "category_reencoded"
    family: ClassVar[Family] = "skew"
    assumes_level: ClassVar[bool] = True
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Spell both sides alike; else compare the shares in falling order."""
        both = pair(evidence, origin)
        if both is None:
            return None
        if len(both.then.labels) < 2 or len(both.now.labels) < 2:
            return _written_otherwise(evidence, origin, both)
        seen = _seen(evidence, origin, both)
        respelt = _spelling(both, set().union(*seen))
        # Labels that are known say what became of each; texts that are new in every run only how they are written.
        written = _written_otherwise(evidence, origin, both) if respelt is None else None
        if written is not None:
            return written
        found = respelt or _renamed(both) or _replaced(both, seen) or _permuted(both)
        if found is None:
            return None
        score, way, share, examples = found
        if both.now.numeric:
            # Numbers keep their order when they are moved or scaled, and the causes for that are more specific.
            score -= 0.2
        sentence = (
            f"{percent(share)} of the values of {origin} carry other labels since {evidence.first_run(origin)} "
            f"({examples}), while the shares stayed as they were: the categories were re-encoded ({way})"
        )
        if way in _EXCHANGES:
            sentence = (
                f"{percent(share)} of the values of {origin} carry each other's labels since "
                f"{evidence.first_run(origin)} ({examples}): the categories were re-encoded ({way})"
            )
        figures = {"change": way, "share": round(share, 6), "examples": examples}
        return Fit(score, sentence, figures, brief=f"re-encoded categories ({way})")


Found = tuple[float, str, float, str]

_TWO, _CODES = _EXCHANGES = ("the two labels were exchanged", "their codes were exchanged")

_OTHER = {"upper": "lower", "lower": "upper"}


def _written_otherwise(evidence: Evidence, origin: ColumnKey, both: Pair) -> Fit | None:
    """Return the fit of texts that a statistic about how texts are written flags."""
    found = None
    if evidence.flagged_by(origin, FixedPattern.name) is not None:
        found = _rewritten(evidence, origin, both)
    if found is None and any(evidence.flagged_by(origin, one.name) for one in (CharactersShift, NewForm)):
        found = _in_other_case(evidence, origin, both)
    return found


def _rewritten(evidence: Evidence, origin: ColumnKey, both: Pair) -> Fit | None:
    """Return the fit of labels that are new in every run, and are written in another way for the first time."""
    new, _ = _new_and_gone(both)
    before = {pattern_of(label): label for label in both.then.labels}
    fresh = {pattern_of(label): label for label in new if pattern_of(label) not in before}
    alike = {pattern: known for pattern in fresh for known in before if _letters(pattern) == _letters(known)}
    share = sum(both.now.labels[label] for label in new)
    if not alike or len(alike) < len(fresh) or share < MIN_MAPPED_SHARE:
        return None
    pattern, known = next(iter(alike.items()))
    sentence = (
        f"{percent(share)} of the values of {origin} are written in another way since {evidence.first_run(origin)} "
        f"(like {fresh[pattern]!r}, in every earlier run like {before[known]!r}): another case, blanks or punctuation"
    )
    figures = {"change": "another case, blanks or punctuation", "share": round(share, 6), "pattern": pattern}
    return Fit(0.94, sentence, {**figures, "pattern_before": known}, brief="another way of writing")


def _in_other_case(evidence: Evidence, origin: ColumnKey, both: Pair) -> Fit | None:
    """Return the fit of free texts, of which none repeats, that came in another case."""
    found = other_case(both)
    if found is None or not stands_out(evidence, origin, rewritten_share):
        return None
    sentence = (
        f"{percent(found.share)} of the texts of {origin} lost their letters in {_OTHER[found.case]} case since "
        f"{evidence.first_run(origin)}, while length, digits, spaces and punctuation stayed as they were: "
        f"the texts came in {found.case} case"
    )
    figures = {"change": f"{found.case} case", "share": round(found.share, 6)}
    return Fit(0.94 if found.whole else 0.85, sentence, figures, brief=f"texts in {found.case} case")


def _new_and_gone(both: Pair) -> tuple[dict[str, float], dict[str, float]]:
    then, now = both.then.labels, both.now.labels
    return (
        {label: share for label, share in now.items() if label not in then},
        {label: share for label, share in then.items() if label not in now},
    )


def _seen(evidence: Evidence, origin: ColumnKey, both: Pair) -> list[Mapping[str, float]]:
    """Return the labels of the reference, and of each healthy run before: rare labels are not there in each run."""
    past = () if both.source is not None else healthy_transitions(evidence, origin)
    return [both.then.labels, *(side.labels for one in past for side in (one.then, one.now))]


def _spelling(both: Pair, earlier: Set[str]) -> Found | None:
    new = {label: share for label, share in both.now.labels.items() if label not in earlier}
    share = sum(new.values())
    if share < MIN_RELABELLED_SHARE:
        return None
    for way, spell in _spellings(list(new)):
        known = {spell(label): label for label in earlier}
        mapped = {label: known[spell(label)] for label in new if spell(label) in known}
        if sum(new[label] for label in mapped) < MIN_MAPPED_SHARE * share:
            continue
        after = total_variation(_respelt(both.then.labels, spell), _respelt(both.now.labels, spell))
        before = total_variation(both.then.labels, both.now.labels)
        if after <= max(both.label_noise, 0.3 * before):
            top = max(mapped, key=lambda label: new[label])
            return 0.97 if after <= both.label_noise else 0.9, way, share, f"{mapped[top]!r} became {top!r}"
    return None


def _letters(label: str) -> str:
    return re.sub(r"[\W_]+", "", label.casefold())


def _spellings(new: list[str]) -> list[tuple[str, Callable[[str], str]]]:
    prefix, suffix = _common(new), _common([label[::-1] for label in new])[::-1]

    def digits(label: str) -> str:
        try:
            return repr(float(label))
        except ValueError:
            return label.casefold()

    def bare(label: str) -> str:
        return label.removeprefix(prefix).removesuffix(suffix) if label.startswith(prefix) else label

    ways: list[tuple[str, Callable[[str], str]]] = [
        ("another case, blanks or punctuation", _letters),
        ("another way to write numbers", digits),
    ]
    if (prefix or suffix) and len(new) > 1:
        ways.append((f"{prefix or suffix!r} was added to them", bare))
    return ways


def _common(texts: list[str]) -> str:
    """Return what all texts begin with: what the first and the last in order begin with."""
    first, last = min(texts), max(texts)
    return next((first[:at] for at, sign in enumerate(first) if last[at : at + 1] != sign), first)


def _respelt(shares: Mapping[str, float], spell: Callable[[str], str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for label, share in shares.items():
        found[spell(label)] = found.get(spell(label), 0.0) + share
    return found


def _renamed(both: Pair) -> Found | None:
    new, gone = _new_and_gone(both)
    share, lost = sum(new.values()), sum(gone.values())
    noise = both.label_noise
    if min(share, lost) < max(MIN_RELABELLED_SHARE, 2 * noise) or both.now.slack > 0 or both.then.slack > 0:
        return None
    kept = [label for label in both.now.labels if label in both.then.labels]
    moved = sum(abs(both.now.labels[label] - both.then.labels[label]) for label in kept) / 2
    if moved > noise or sorted_variation(new.values(), gone.values()) > noise:
        return None
    first = max(gone, key=lambda label: gone[label])
    second = max(new, key=lambda label: new[label])
    whole = 0.92 if len(new) == len(gone) else 0.8
    return whole, "other names with the same shares", share, f"{first!r} gone, {second!r} new"


def _replaced(both: Pair, seen: Sequence[Mapping[str, float]]) -> Found | None:
    """Return labels that are gone, each with a new one of the same share in its place.

    Their own shares are compared: in those of all labels a rare one that was renamed is lost in the noise.

    Args:
        both: The column now and in its reference.
        seen: What `_seen` returns.
    """
    if both.now.slack > 0 or both.then.slack > 0:
        return None
    then, now = both.then.labels, both.now.labels
    if both.source is None and len(seen) <= 2 * MIN_TRANSITIONS:  # two sides of each transition, and the reference
        return None
    earlier = set().union(*seen)
    # Rare labels come and go: one that is gone was in every run, and is missed by more rows than chance leaves out.
    lost = {label: share for label, share in then.items() if label not in now and share * both.now.values >= MIN_MISSED}
    new = {label: share for label, share in now.items() if label not in earlier}
    new = {label: share for label, share in new.items() if share * both.then.values >= MIN_MISSED}
    if not lost or len(lost) != len(new) or any(label not in labels for labels in seen for label in lost):
        return None
    matched = list(
        zip(sorted(lost, key=lambda name: -lost[name]), sorted(new, key=lambda name: -new[name]), strict=True)
    )
    for old, fresh in matched:
        mean = fmean(labels[old] for labels in seen)
        chance = MAX_STANDARD_ERRORS_APART * sqrt(mean * (1 - mean)) * both.sampling
        usual = max(abs(labels[old] - mean) for labels in seen)
        if abs(new[fresh] - mean) > min(max(chance, usual), MAX_SHARE_APART * mean):
            return None
    rest = thinned(both, *lost, *new)
    share = sum(new.values())
    if share < MIN_RELABELLED_SHARE or rest.moved > rest.noise:
        return None
    old, fresh = matched[0]
    return 0.92, "other names with the same shares", share, f"{old!r} gone, {fresh!r} new"


def _permuted(both: Pair) -> Found | None:
    then, now = both.then.labels, both.now.labels
    before = total_variation(then, now)
    new, gone = _new_and_gone(both)
    if max(sum(new.values()), sum(gone.values())) > 0.01 or before < MIN_PERMUTED_VARIATION:
        return None
    errors = {label: both.share_error(label) + both.then.slack + both.now.slack for label in now.keys() & then.keys()}
    movers = [label for label, error in errors.items() if abs(now[label] - then[label]) > MIN_STANDARD_ERRORS * error]
    if len(movers) < 2:
        return None
    # The same shares, dealt out otherwise: each within chance of the one it is matched with.
    first, second = sorted(movers, key=lambda label: then[label]), sorted(movers, key=lambda label: now[label])
    dealt = zip(first, second, strict=True)
    apart = max(abs(then[one] - now[other]) / max(errors[one], errors[other]) for one, other in dealt)
    if apart > MIN_STANDARD_ERRORS or first == second:
        return None
    moved = sorted(movers, key=lambda label: -abs(now[label] - then[label]))[:2]
    shares = "; ".join(f"{label!r} in {percent(now[label])}, before {percent(then[label])}" for label in moved)
    share = min(1.0, sum(now[label] for label in movers))
    return (0.85, _TWO, share, shares) if len(then) == 2 else (0.88, _CODES, share, shares)
