"""Unseen, missing and re-encoded categories: told apart from each other and from another mix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from stageprint.diagnosis.base import candidates
from stageprint.diagnosis.causes.category_missing import CategoryMissing
from stageprint.diagnosis.causes.category_reencoded import CategoryReencoded
from stageprint.diagnosis.causes.unseen_category import UnseenCategory
from stageprint.diagnosis.example import many_runs, two_runs
from tests.unit.diagnosis.scenarios import labels

RNG = np.random.default_rng(18)
THEN, NOW = labels(RNG, 6000, 8), labels(RNG, 6000, 8)
ORDER = [str(name) for name in sorted(set(THEN.tolist()), key=lambda name: -(name == THEN).sum())]


def texts(values: Sequence[str] | np.ndarray[tuple[int], np.dtype[np.str_]]) -> pa.Array:
    return pa.array([str(value) for value in values])


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_unseen(share: float) -> None:
    now = texts(np.where(RNG.random(NOW.size) < share, "new", NOW))
    found = UnseenCategory().explain(*two_runs(texts(THEN), now))
    assert found is not None
    assert found.score == 0.9
    assert found.evidence["share"] == pytest.approx(share, abs=0.02)
    assert CategoryMissing().explain(*two_runs(texts(THEN), now)) is None
    assert CategoryReencoded().explain(*two_runs(texts(THEN), now)) is None


def test_several_unseen_while_the_rest_shifts() -> None:
    draw = RNG.random(NOW.size)
    mixed = np.select([draw < 0.1, draw < 0.2, draw < 0.5], ["x", "y", ORDER[4]], NOW)
    found = UnseenCategory().explain(*two_runs(texts(THEN), texts(mixed)))
    assert found is not None
    assert found.score == pytest.approx(0.7)
    assert "2 labels that were never there before" in found.sentence


def test_a_new_label_in_the_place_of_an_old_one_is_another_name() -> None:
    now = texts(np.where(ORDER[1] == NOW, "renamed", NOW))
    unseen = UnseenCategory().explain(*two_runs(texts(THEN), now))
    renamed = CategoryReencoded().explain(*two_runs(texts(THEN), now))
    assert unseen is not None
    assert renamed is not None
    assert renamed.score > unseen.score
    assert renamed.evidence["change"] == "other names with the same shares"


def channels(seed: int, phone: float, rows: int = 5500) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    random = np.random.default_rng(seed)
    return np.where(
        random.random(rows) < phone, "phone", random.choice(["web", "app", "store"], rows, p=[0.5, 0.3, 0.2])
    )


def renamed(values: np.ndarray[tuple[int], np.dtype[np.str_]], name: str = "telephone") -> pa.Array:
    return texts(np.where(values == "phone", name, values))


@pytest.mark.parametrize(
    ("shares", "rows"),
    [((0.02,) * 7, 5500), ((0.1,) * 7, 5500), ((0.1, 0.11, 0.1, 0.108, 0.102, 0.11, 0.1), 50_000)],
    ids=["2 %", "10 %", "wanders further than chance"],
)
def test_a_rare_label_under_another_name(shares: tuple[float, ...], rows: int) -> None:
    runs = [{"x": texts(channels(seed, share, rows))} for seed, share in enumerate(shares)]
    now = {"x": renamed(channels(10, 0.104 if shares[0] == 0.1 else 0.02, rows))}
    best = candidates(*many_runs([*runs, now], at="x", statistic="js_distance"))[0]
    assert best.cause.name == "category_reencoded"
    assert best.fit.evidence["examples"] == "'phone' gone, 'telephone' new"
    assert best.fit.evidence["share"] == pytest.approx(shares[0], abs=0.01)


@pytest.mark.parametrize(
    ("past", "share"),
    [((0.03,) * 6, 0.06), ((0.03, 0.03, 0.0, 0.03, 0.03, 0.03), 0.03)],
    ids=["another share", "not in every run"],
)
def test_a_label_that_is_gone_beside_a_new_one_is_told(past: tuple[float, ...], share: float) -> None:
    runs = [{"x": texts(channels(seed, phone))} for seed, phone in enumerate(past)]
    now = {"x": renamed(channels(9, share), "kiosk")}
    best = candidates(*many_runs([*runs, now], at="x", statistic="js_distance"))[0]
    assert best.cause.name == "unseen_category"
    assert "('kiosk'): new categories appeared, 'phone' is gone (before " in best.fit.sentence
    assert best.fit.sentence.endswith("%), the others kept their proportions")


def test_a_rare_label_that_is_missing_by_chance_is_not_gone() -> None:
    runs = [{"x": texts([*channels(seed, 0.0), *["fax"] * 3])} for seed in range(6)]
    now = {"x": texts([*channels(9, 0.0), *["kiosk"] * 60])}
    best = candidates(*many_runs([*runs, now], at="x", statistic="js_distance"))[0]
    assert best.cause.name == "unseen_category"
    assert "gone" not in best.fit.sentence


def test_identifiers_and_rare_labels_are_no_news() -> None:
    then = texts([f"id{i}" for i in range(500)])
    assert UnseenCategory().explain(*two_runs(then, texts([f"id{i}" for i in range(500, 1000)]))) is None
    rare = texts([*NOW[:-3], "a1", "a2", "a3"])
    assert UnseenCategory().explain(*two_runs(texts(THEN), rare)) is None


def test_new_numbers_are_seldom_new_labels() -> None:
    codes = np.array([1.0, 2.0, 3.0])[RNG.integers(0, 3, 3000)]
    found = UnseenCategory().explain(*two_runs(codes, np.where(RNG.random(3000) < 0.1, 9.0, codes)))
    assert found is not None
    assert found.score < 0.75


@pytest.mark.parametrize("place", [0, 2, 4])
def test_missing(place: int) -> None:
    now = texts(NOW[ORDER[place] != NOW])
    found = CategoryMissing().explain(*two_runs(texts(THEN), now))
    assert found is not None
    assert found.score == 0.9
    assert found.evidence["labels"] == [ORDER[place]]
    assert UnseenCategory().explain(*two_runs(texts(THEN), now)) is None


def test_nearly_gone() -> None:
    now = texts(np.where((ORDER[1] == NOW) & (np.arange(NOW.size) % 20 > 0), ORDER[2], NOW))
    found = CategoryMissing().explain(*two_runs(texts(THEN), now))
    assert found is not None
    assert found.score == pytest.approx(0.82)
    assert 0 < found.evidence["share"] < 0.02


def test_collapsed() -> None:
    found = CategoryMissing().explain(*two_runs(texts(THEN), texts(np.where(ORDER[3] == NOW, ORDER[0], NOW))))
    assert found is not None
    assert found.evidence["merged_into"] == ORDER[0]
    assert "categories were merged" in found.sentence


def test_gone_with_more_than_that() -> None:
    shifted = np.where((ORDER[0] == NOW) & (RNG.random(NOW.size) < 0.6), ORDER[4], NOW)
    found = CategoryMissing().explain(*two_runs(texts(THEN), texts(shifted[shifted != ORDER[2]])))
    assert found is not None
    assert found.score < 0.5
    replaced = two_runs(texts(THEN), texts(np.where(ORDER[2] == NOW, "new", NOW)))
    assert CategoryMissing().explain(*replaced) is None
    assert CategoryReencoded().explain(*replaced) is not None


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1])
def test_rare_labels_that_are_not_in_every_run_are_known_from_earlier_ones(share: float) -> None:
    codes = np.array([f"{letter}{number:03d}" for letter in "ABCD" for number in range(100)])
    weights = 1 / np.arange(1, codes.size + 1)
    random = np.random.default_rng(7)
    runs = [random.choice(codes, 1000, p=weights / weights.sum()) for _ in range(9)]
    runs[-1] = np.where(random.random(1000) < share, np.char.rjust(runs[-1], 12), runs[-1])
    evidence, column = many_runs([{"x": texts(run)} for run in runs], at="x", statistic="js_distance")
    best = candidates(evidence, column)[0]
    assert best.cause.name == "category_reencoded"
    assert best.fit.evidence["change"] == "another case, blanks or punctuation"
    assert best.fit.evidence["share"] == pytest.approx(share, abs=0.05)


def test_one_label_left_tells_no_taker() -> None:
    found = CategoryMissing().explain(*two_runs(["a", "b"] * 500, ["a"] * 1000))
    assert found is not None
    assert found.evidence["merged_into"] is None


def test_missing_numbers_say_less() -> None:
    codes = np.array([1.0, 2.0, 3.0, 4.0])[RNG.integers(0, 4, 4000)]
    found = CategoryMissing().explain(*two_runs(codes, codes[codes != 3]))
    assert found is not None
    assert found.score == pytest.approx(0.65)


def test_nothing_missing() -> None:
    assert CategoryMissing().explain(*two_runs(texts(THEN), texts(NOW))) is None
    assert CategoryMissing().explain(*two_runs(["a", "b"] * 50, ["c", "d"] * 50)) is None


@pytest.mark.parametrize(
    ("spell", "way"),
    [
        (np.char.lower, "another case, blanks or punctuation"),
        (lambda names: np.char.add(" ", names), "another case, blanks or punctuation"),
        (lambda names: np.char.add("c_", names), "'c_' was added to them"),
        (lambda names: np.char.add(names, "-x"), "'-x' was added to them"),
    ],
)
@pytest.mark.parametrize("share", [0.1, 1.0])
def test_another_spelling(spell: object, way: str, share: float) -> None:
    now = np.where(RNG.random(NOW.size) < share, spell(NOW), NOW)  # type: ignore[operator]
    found = CategoryReencoded().explain(*two_runs(texts(THEN), texts(now)))
    assert found is not None
    assert found.score >= 0.9
    assert found.evidence["change"] == way


def test_numbers_as_text() -> None:
    codes = RNG.integers(1, 9, 4000)
    then, now = texts([f"{code:03d}" for code in codes]), texts([f"{code}.0" for code in codes])
    found = CategoryReencoded().explain(*two_runs(then, now))
    assert found is not None
    assert found.evidence["change"] == "another way to write numbers"


def test_another_spelling_and_another_mix() -> None:
    mixed = np.where(RNG.random(NOW.size) < 0.15, ORDER[5], NOW)
    found = CategoryReencoded().explain(*two_runs(texts(THEN), texts(np.char.lower(mixed))))
    assert found is not None
    assert found.score == pytest.approx(0.9)


def test_a_spelling_whose_shares_do_not_fit() -> None:
    now = np.where(RNG.random(NOW.size) < 0.5, ORDER[5].lower(), NOW)
    assert CategoryReencoded().explain(*two_runs(texts(THEN), texts(now))) is None


def test_other_names_with_other_shares() -> None:
    draw = RNG.random(NOW.size)
    split = np.where(ORDER[0] == NOW, np.where(draw < 0.5, "new-a", "new-b"), NOW)
    assert CategoryReencoded().explain(*two_runs(texts(THEN), texts(split))) is None


def test_more_names_than_went() -> None:
    split = np.where(ORDER[0] == NOW, np.where(RNG.random(NOW.size) < 0.99, "new-a", "new-b"), NOW)
    found = CategoryReencoded().explain(*two_runs(texts(THEN), texts(split)))
    assert found is not None
    assert found.score == pytest.approx(0.8)


def test_exchanged_codes() -> None:
    now = np.where(ORDER[0] == NOW, ORDER[2], np.where(ORDER[2] == NOW, ORDER[0], NOW))
    found = CategoryReencoded().explain(*two_runs(texts(THEN), texts(now)))
    assert found is not None
    assert found.score == 0.88
    mine = np.isin(NOW, [ORDER[0], ORDER[2]]).mean()
    assert found.evidence["share"] == pytest.approx(mine, abs=0.001)


def test_two_labels_that_were_exchanged_changed_in_all_values() -> None:
    turned = CategoryReencoded().explain(*two_runs(np.arange(2000) % 5 < 1, np.arange(2000) % 5 > 0))
    assert turned is not None
    assert turned.evidence["share"] == 1
    assert turned.sentence.startswith("100.0 % of the values of raw.t.x carry each other's labels since run-2 (")
    assert "'true' in 80.0 %, before 20.0 %" in turned.sentence
    assert "'false' in 20.0 %, before 80.0 %" in turned.sentence
    assert "the two labels were exchanged" in turned.sentence


@pytest.mark.parametrize("known", [True, False])
def test_of_known_labels_it_is_said_what_became_of_one(known: bool) -> None:
    batches = [[f"{name}-{run if not known else 0}" for name in ("app", "web", "store")] * 100 for run in range(5)]
    runs = [*batches[:4], [name.upper() for name in batches[4]]]
    columns: list[dict[str, list[str]]] = [{"x": run} for run in runs]
    found = CategoryReencoded().explain(*many_runs(columns, at="x", statistic="fixed_pattern"))
    assert found is not None
    assert ("became" in found.sentence) is known
    assert ("are written in another way since run-5 (like '" in found.sentence) is not known


def test_numbers_in_other_places_are_rather_moved() -> None:
    codes = np.array([1.0, 2.0, 3.0])[RNG.choice(3, 3000, p=[0.6, 0.3, 0.1])]
    found = CategoryReencoded().explain(*two_runs(codes, 4 - codes))
    assert found is not None
    assert found.score == pytest.approx(0.68)


def test_another_mix_is_no_other_code() -> None:
    one = np.where((ORDER[0] == NOW) & (RNG.random(NOW.size) < 0.3), ORDER[1], NOW)
    assert CategoryReencoded().explain(*two_runs(texts(THEN), texts(one))) is None
    assert CategoryReencoded().explain(*two_runs(texts(THEN), texts(NOW))) is None
    grown = np.where(RNG.random(NOW.size) < 0.06, ORDER[7], NOW)
    assert CategoryReencoded().explain(*two_runs(texts(THEN), texts(grown))) is None


WORDS = ["Amber", "birch", "Cedar", "dune", "Ember", "fjord", "Grove", "heath", "Islet", "juniper"]


def titles(rng: np.random.Generator, rows: int) -> list[str]:
    """Free texts, of which none repeats, in mixed case."""
    return [f"{' '.join(rng.choice(WORDS, size=3))}, {rng.integers(10_000)}" for _ in range(rows)]


@pytest.mark.parametrize(("share", "case"), [(1.0, "upper"), (1.0, "lower"), (0.3, "upper")])
def test_free_texts_in_another_case(share: float, case: str) -> None:
    rng = np.random.default_rng(5)
    runs = [titles(rng, 3000) for _ in range(5)]
    rewritten = int(share * 3000)
    now = [getattr(text, case)() if number < rewritten else text for number, text in enumerate(titles(rng, 3000))]
    found = CategoryReencoded().explain(
        *many_runs([{"x": run} for run in [*runs, now]], at="x", statistic="characters")
    )
    assert found is not None
    assert found.evidence["change"] == f"{case} case"
    assert found.evidence["share"] == pytest.approx(share, abs=0.03)
    assert f"the texts came in {case} case" in found.sentence
    assert (found.score > 0.9) == (share == 1)


def test_free_texts_that_lost_more_than_their_case_were_not_rewritten() -> None:
    rng = np.random.default_rng(6)
    runs = [{"x": titles(rng, 3000)} for _ in range(5)]
    for change in (
        lambda text: text.upper().replace(" ", ""),  # the spaces are gone, too
        lambda text: "".join(sign for sign in text if not sign.islower()),  # letters in lower case were deleted
    ):
        now = {"x": [change(text) for text in titles(rng, 3000)]}
        assert CategoryReencoded().explain(*many_runs([*runs, now], at="x", statistic="characters")) is None


def test_texts_whose_case_wanders_by_itself_were_not_rewritten() -> None:
    rng = np.random.default_rng(7)
    shares = (0.3, 0.55, 0.25, 0.5, 0.3, 0.6)
    runs = [
        {"x": [text.upper() if number < share * 3000 else text for number, text in enumerate(titles(rng, 3000))]}
        for share in shares
    ]
    assert CategoryReencoded().explain(*many_runs(runs, at="x", statistic="characters")) is None
