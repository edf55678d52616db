"""Somebody with the store and stock tools confirms no guess about a sensitive column; somebody with the secret does."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest

from stageprint.batch.hashes import keyed_hashes
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sensitive import secret_id
from stageprint.errors import UsageError
from stageprint.model.result_tables import SHIFTS, TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.check import check
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import column_profiles
from stageprint.states.base import HEADER_BYTES
from stageprint.stores.memory import MemoryStore
from tests.support.guessing import ASK
from tests.support.memory_engine import MemoryEngine, Rows, profiled_store

FIRST, SECOND = (f"the {which} secret of the tests, long enough" for which in ("first", "second"))
GUESSES = 12
ROWS = 600

CONFIG = """\
pipeline: people
store: memory
stages:
  - name: raw
    tables:
      - name: people
        source: {{table: a}}
        keys: [ssn]
        columns: {{theta: [ssn], sensitive: {sensitive}}}
  - name: clean
    upstream: [raw]
    tables:
      - name: people
        source: {{table: b}}
        keys: [ssn]
        checks:
          - {{check: key_coverage, references: raw.people, min_share: 1.0}}
          - {{check: retention, by: keys, min_share: 0.4}}
        columns: {{sensitive: {clean}}}
"""


def config(how: str | None, clean: str | None = None) -> PipelineConfig:
    declared = [f"{{ssn: {mode}}}" if mode else "{}" for mode in (how, clean or how)]
    return parse_config(CONFIG.format(sensitive=declared[0], clean=declared[1]))


def ssn(number: int) -> str:
    return f"{number % 1000:03d}-{number % 97:02d}-{number:04d}"


def rows(runs: Sequence[str], seed: int = 3) -> Rows:
    rng = random.Random(seed)  # noqa: S311 -- no secret
    found: dict[str, Mapping[str, pa.Table]] = {}
    for run in runs:
        keys = [ssn(at) for at in range(ROWS)]
        # Everybody once, a few often: labels, too, might say who is there.
        people = pa.table({"ssn": keys + keys[:GUESSES] * 6, "plain": [rng.gauss(0, 1) for _ in range(ROWS + 72)]})
        found[run] = {"raw.people": people, "clean.people": people.slice(0, ROWS // 2)}
    return found


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEPRINT_HASH_KEY", FIRST)


def sketches(store: MemoryStore) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the library's own bytes of every sketch of ``ssn`` in a store."""
    for row in store.read(TABLE_PROFILES).to_pylist():
        for key in row["keys"]:
            if key["theta"] is not None:
                yield "theta", key["theta"][HEADER_BYTES:]
    for row in store.read(column_profiles(), where(column_name="ssn")).to_pylist():
        for name, stored in row["states"].items():
            if stored is not None and name in ASK:
                yield name, stored[HEADER_BYTES:]


def confirmed(store: MemoryStore, guesses: Sequence[str]) -> dict[str, int]:
    """Return the number of guesses that some sketch of each kind confirms, where it does not confirm strangers."""
    found: dict[str, int] = {}
    strangers = [f"nobody-{at}" for at in range(400)]
    for name, stored in sketches(store):
        # A guess is confirmed by a sketch whose answer for strangers is mostly another one.
        share = sum(ASK[name](stored, stranger) for stranger in strangers) / len(strangers)
        hits = sum(ASK[name](stored, guess) for guess in guesses)
        found[name] = max(found.get(name, 0), hits if share < 0.5 else 0)
    return found


def test_of_a_plain_column_every_guess_is_confirmed() -> None:
    """The test can fail: this is what stock tools do with sketches of plain values."""
    store = profiled_store(config(None), rows(["2026-03-01"]))
    found = confirmed(store, [ssn(at) for at in range(GUESSES)])
    assert found == {"theta": GUESSES, "hll": GUESSES, "frequent_items": GUESSES}


@pytest.mark.parametrize("how", ["off", "hashed", "50"])
def test_of_a_sensitive_column_no_guess_is_confirmed(how: str) -> None:
    store = profiled_store(config(how), rows(["2026-03-01"]))
    found = confirmed(store, [ssn(at) for at in range(GUESSES)])
    assert found["theta"] == 0
    # Chance: a register or two of HLL may not change for a stranger either.
    assert found.get("hll", 0) <= 3
    assert found.get("frequent_items", 0) == 0
    assert {"off": {"theta"}, "hashed": set(ASK), "50": set(ASK)}[how] == set(found)
    # Who has the secret can ask.
    masks = keyed_hashes([ssn(at).encode() for at in range(GUESSES)], FIRST.encode())
    assert confirmed(store, masks)["theta"] == GUESSES


@pytest.mark.parametrize("how", ["off", "50"])
def test_without_a_secret_no_sketch_of_the_values_is_kept(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAGEPRINT_HASH_KEY")
    store = profiled_store(config(how), rows(["2026-03-01"]))
    assert {name for name, _ in sketches(store)} <= {"frequent_items"}
    (row,) = store.read(TABLE_PROFILES, where(stage="raw", table_name="people")).to_pylist()
    assert row["key_hash_id"] is None
    (key,) = row["keys"]
    assert (key["rows"], key["null_rows"], key["duplicate_rows"]) == (ROWS + 72, 0, 72)
    assert (key["theta"], key["distinct"]) == (None, None)
    outcomes = {one.check: one for one in check(config(how), ["2026-03-01"], store=store).checks}
    assert "there was no secret to hash it with" in str(outcomes["key_coverage"].reason)


def test_hashed_without_a_secret_is_an_error_that_says_where_to_put_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAGEPRINT_HASH_KEY")
    outcome = profile(
        config("hashed"), ["2026-03-01"], engine=MemoryEngine(rows(["2026-03-01"])), store=MemoryStore("people")
    )
    assert "STAGEPRINT_HASH_KEY" in str(outcome.failed[0].error)
    assert "sensitive.secret_file" in str(outcome.failed[0].error)


@pytest.mark.parametrize("how", ["off", "hashed"])
def test_keys_are_followed_from_stage_to_stage(how: str) -> None:
    store = profiled_store(config(how), rows(["2026-03-01"]))
    outcomes = {one.check: one for one in check(config(how), ["2026-03-01"], store=store).checks}
    assert outcomes["key_coverage"].status == "pass"
    assert outcomes["retention"].status == "pass"
    assert "50 %" in str(outcomes["retention"].observed)


def test_a_stage_that_does_not_declare_the_column_is_not_compared_with_one_that_does() -> None:
    mixed = config("off").model_dump(mode="json")
    mixed["stages"][1]["tables"][0]["columns"]["sensitive"] = {}
    plain_below = PipelineConfig.model_validate(mixed)
    store = profiled_store(plain_below, rows(["2026-03-01"]))
    for one in check(plain_below, ["2026-03-01"], store=store).checks:
        assert one.status == "not_computable"
        assert "hashed with different secrets, or only one side's are" in str(one.reason)


RUNS = [f"2026-03-{day:02}" for day in range(1, 9)]


def shifts_of(store: MemoryStore, run: str, statistic: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = store.read(SHIFTS, where(run_id=run, statistic=statistic)).to_pylist()
    return found


def test_after_a_rotation_nothing_is_compared_across_secrets_and_nothing_is_alarmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given, store, pipeline = rows(RUNS), MemoryStore("people"), config("hashed")
    engine = MemoryEngine(given)
    profile(pipeline, RUNS[:-1], engine=engine, store=store)
    monkeypatch.setenv("STAGEPRINT_HASH_KEY", SECOND)
    profile(pipeline, RUNS[-1:], engine=engine, store=store)
    ids = {row["run_id"]: row["key_hash_id"] for row in store.read(TABLE_PROFILES).to_pylist()}
    assert (ids[RUNS[0]], ids[RUNS[-1]]) == (secret_id(FIRST.encode()), secret_id(SECOND.encode()))
    compare(pipeline, RUNS, store=store)
    assert Results(store).findings(RUNS[-1]) == []
    for statistic in ("new_keys", "js_distance"):
        for run, computable in ((RUNS[-2], True), (RUNS[-1], False)):
            found = shifts_of(store, run, statistic)
            assert found, statistic
            assert all((row["value"] is not None) is computable for row in found), (statistic, run)
    reasons = {row["reason"] for row in shifts_of(store, RUNS[-1], "js_distance")}
    assert reasons == {"the labels are hashed with different secrets"}
    reasons = {row["reason"] for row in shifts_of(store, RUNS[-1], "new_keys")}
    assert reasons == {"the keys are hashed with different secrets, or only one side's are"}
    # Within the run both stages have the new secret, and are compared.
    assert all(one.status == "pass" for one in check(pipeline, RUNS[-1:], store=store).checks)


def test_a_secret_file_that_is_missing_or_empty_is_named(tmp_path: Any) -> None:
    given = config("off").model_dump(mode="json")
    for name, content, expected in (("none", None, "cannot be read"), ("empty", " \n", "got an empty file")):
        file = tmp_path / name
        if content is not None:
            file.write_text(content, "utf-8")
        given["sensitive"] = {"secret_file": str(file)}
        with pytest.raises(UsageError, match=expected):
            PipelineConfig.model_validate(given).sensitive.secret()
