"""Which rows count: the writings of many commands, some of them stopped, against a plain model of what readers see."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.errors import StoreError
from stageprint.model import TableKey
from stageprint.model.manifest import Manifest, ManifestKind
from stageprint.model.result_tables import CHECK_RESULTS, MANIFESTS, RUNS, SHIFTS, TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.manifests import counting_profiles, failed_again, read_manifests
from stageprint.pipeline.writing import Writing, Written, write_manifests
from stageprint.stores.memory import MemoryStore

RUN = "2026-03-02"
TABLES = [TableKey("raw", "a"), TableKey("raw", "b"), TableKey("made", "c")]

Step = tuple[frozenset[TableKey], frozenset[TableKey], bool, int]
"""Tables written, tables that failed, whether all other tables of the run go, after how many steps it is stopped."""

STEPS = st.lists(
    st.tuples(
        st.frozensets(st.sampled_from(TABLES)), st.frozensets(st.sampled_from(TABLES)), st.booleans(), st.integers(0, 9)
    ),
    max_size=6,
)


def write(store: MemoryStore, step: Step, *, number: int) -> bool:
    """Write profiles as a command does; return whether it came to its end. The number is the rows of each table."""
    good, failed, replaces_all, stopped = step
    failed -= good
    writing = Writing(store, ManifestKind.PROFILE, [RUN], tables=good | failed)
    if stopped == 0:
        return False
    writing.begin()
    if stopped == 1:
        return False
    rows = [
        {
            "pipeline": "shop",
            "run_id": RUN,
            "stage": key.stage,
            "table_name": key.table,
            "status": "ok" if key in good else "failed",
            "row_count": number if key in good else None,
        }
        for key in good | failed
    ]
    writing.replace(TABLE_PROFILES, writing.signed(TABLE_PROFILES.rows(rows)), where(run_id=RUN))
    if stopped == 2:
        return False
    writing.finish({RUN: Written(len(good), good, failed, replaces=lambda key: replaces_all)})  # noqa: ARG005
    return True


@given(STEPS)
def test_readers_see_the_latest_profile_that_came_to_its_end(steps: list[Step]) -> None:
    store = MemoryStore("shop")
    seen: dict[TableKey, int | None] = {}
    beside: set[TableKey] = set()
    for number, step in enumerate(steps, 1):
        if write(store, step, number=number):
            good, failed, replaces_all, _ = step
            failed -= good
            if replaces_all:
                seen = {key: rows for key, rows in seen.items() if key in good | failed}
            beside = {key for key in (beside - good) | (failed & {k for k, r in seen.items() if r}) if seen.get(key)}
            seen |= dict.fromkeys(good, number) | {key: None for key in failed if not seen.get(key)}
        rows = CommittedStore(store).read(TABLE_PROFILES).to_pylist()
        assert sorted((row["stage"], row["table_name"], row["row_count"]) for row in rows) == sorted(
            (key.stage, key.table, rows) for key, rows in seen.items()
        )
        assert set(failed_again(read_manifests(store))) == beside
        assert (counting_profiles(read_manifests(store)) is None) == (not seen)


@given(STEPS)
def test_what_no_longer_counts_is_gone_once_commands_have_ended(steps: list[Step]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stageprint.pipeline.processes._runs", lambda _pid: False)
        store = MemoryStore("shop")
        for number, step in enumerate(steps, 1):
            write(store, step, number=number)
        write(store, (frozenset(TABLES), frozenset(), True, 9), number=99)
        assert sorted(store.read(TABLE_PROFILES)["row_count"].to_pylist()) == [99] * 3
        assert store.read(MANIFESTS).num_rows == 1


def test_commands_that_end_at_the_same_time_lose_nothing() -> None:
    store = MemoryStore("shop")
    one, other = (Writing(store, ManifestKind.PROFILE, [RUN], tables=[key]) for key in TABLES[:2])
    for writing, key in ((one, TABLES[0]), (other, TABLES[1])):
        writing.begin()
        row = {"pipeline": "shop", "run_id": RUN, "stage": key.stage, "table_name": key.table}
        which = where(run_id=RUN, stage=key.stage, table_name=key.table)
        writing.replace(TABLE_PROFILES, writing.signed(TABLE_PROFILES.rows([row])), which)
    # Both have read the manifests before either finishes.
    ends = [
        writing.finished({RUN: Written(1, frozenset([key]), replaces=lambda key: False)})  # noqa: ARG005
        for writing, key in ((one, TABLES[0]), (other, TABLES[1]))
    ]
    for manifests in ends:
        write_manifests(store, manifests)
    assert sorted(CommittedStore(store).read(TABLE_PROFILES)["table_name"].to_pylist()) == ["a", "b"]


def test_a_clock_that_is_behind_does_not_hide_what_ended_later() -> None:
    store = MemoryStore("shop")
    write(store, (frozenset(TABLES), frozenset(), True, 9), number=1)
    (first,) = read_manifests(store)
    ahead = dt.datetime.now(dt.timezone.utc) + dt.timedelta(hours=3)
    row = first.to_row("shop") | {"started_at": ahead, "finished_at": ahead}
    store.replace(MANIFESTS, MANIFESTS.rows([row]), where(run_id=RUN))
    write(store, (frozenset(TABLES), frozenset(), True, 9), number=2)
    assert set(CommittedStore(store).read(TABLE_PROFILES)["row_count"].to_pylist()) == {2}


def test_a_command_whose_rows_were_removed_as_abandoned_says_so() -> None:
    store = MemoryStore("shop")
    writing = Writing(store, ManifestKind.PROFILE, [RUN])
    writing.begin()
    store.replace(MANIFESTS, MANIFESTS.empty(), where(run_id=RUN))
    with pytest.raises(StoreError, match=r"was removed meanwhile.*run it again"):
        writing.finish({RUN: Written(0)})


def test_a_stopped_command_is_abandoned_after_a_day_wherever_it_ran() -> None:
    store = MemoryStore("shop")
    writing = Writing(store, ManifestKind.PROFILE, [RUN])
    writing.begin()
    (begun,) = read_manifests(store)
    long_ago = dt.datetime.now(dt.timezone.utc) - dt.timedelta(hours=25)
    row = begun.to_row("shop") | {"started_at": long_ago, "writer": "elsewhere:1:7"}
    store.replace(MANIFESTS, MANIFESTS.rows([row]), where(run_id=RUN))
    write(store, (frozenset(TABLES), frozenset(), True, 9), number=1)
    assert [one.manifest_id for one in read_manifests(store)] != [begun.manifest_id]
    assert len(read_manifests(store)) == 1


def test_comparisons_count_for_their_own_baseline() -> None:
    store = MemoryStore("shop")
    for baseline, rows in (("auto", 3), ("previous", 2), ("auto", 1)):
        writing = Writing(store, ManifestKind.COMPARISON, [RUN], baseline=baseline)
        writing.begin()
        row = {"pipeline": "shop", "run_id": RUN, "baseline": baseline}
        table = writing.signed(SHIFTS.rows([row] * rows))
        writing.replace(SHIFTS, table, where(run_id=RUN, baseline=baseline))
        writing.finish({RUN: Written(rows)})
    assert sorted(CommittedStore(store).read(SHIFTS)["baseline"].to_pylist()) == ["auto", "previous", "previous"]
    assert store.read(SHIFTS).num_rows == 3


def test_rows_without_a_manifest_count_until_they_are_written_again() -> None:
    store = MemoryStore("shop")
    store.replace(RUNS, RUNS.rows([{"pipeline": "shop", "run_id": RUN}]), where(run_id=RUN))
    rows = [
        {"pipeline": "shop", "run_id": RUN, "stage": key.stage, "table_name": key.table, "row_count": 7}
        for key in TABLES
    ]
    store.replace(TABLE_PROFILES, TABLE_PROFILES.rows(rows), where(run_id=RUN))
    assert CommittedStore(store).read(TABLE_PROFILES).num_rows == 3
    write(store, (frozenset(TABLES[:1]), frozenset(TABLES[1:2]), False, 9), number=1)
    found = {row["table_name"]: row["row_count"] for row in CommittedStore(store).read(TABLE_PROFILES).to_pylist()}
    assert found == {"a": 1, "b": 7, "c": 7}
    assert {key.table for key in failed_again(read_manifests(store))} == {"b"}


def test_a_run_is_asked_for_alone_or_with_all_others() -> None:
    store = MemoryStore("shop")
    write(store, (frozenset(TABLES), frozenset(), True, 9), number=4)
    known = CommittedStore(store)
    assert known.read(TABLE_PROFILES, where(run_id=RUN), ("row_count",)).num_rows == 3
    assert known.read(TABLE_PROFILES, where(table_name="a")).num_rows == 1
    assert known.read(TABLE_PROFILES, where(run_id="2026-03-03")).num_rows == 0
    assert known.read(CHECK_RESULTS).num_rows == 0
    # What is written meanwhile is not seen by the same reader.
    write(store, (frozenset(TABLES), frozenset(), True, 1), number=5)
    assert set(known.read(TABLE_PROFILES)["row_count"].to_pylist()) == {4}


def test_a_manifest_survives_the_store() -> None:
    now = dt.datetime(2026, 3, 2, tzinfo=dt.timezone.utc)
    one = Manifest(
        run_id=RUN,
        kind=ManifestKind.CHECKS,
        manifest_id="m",
        baseline=None,
        made_from="c",
        started_at=now,
        finished_at=now,
        rows=3,
        tables=frozenset(TABLES[:1]),
        failed_tables=frozenset(TABLES[1:2]),
        replaced_tables=frozenset(TABLES[2:]),
        writer="host:1:2",
    )
    store = MemoryStore("shop")
    write_manifests(store, [one])
    assert read_manifests(store) == [one]
