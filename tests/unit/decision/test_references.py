from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.decision.references import Run, accept, choose, earlier_runs, excluded_runs, previous_runs, seasonal
from stageprint.errors import UsageError

DAYS = [Run(f"d{day:02}", dt.date(2026, 1, 1) + dt.timedelta(days=day)) for day in range(40)]
MONTHS = [Run(f"{year}-{month:02}", dt.date(year, month, 1)) for year in (2022, 2023, 2024) for month in range(1, 13)]


def names(runs: list[Run]) -> tuple[str, ...]:
    return tuple(run.run_id for run in runs)


def test_the_usual_references() -> None:
    found = choose(DAYS[:35], DAYS[35])
    assert found == {
        "prev": ("d34",),
        "window": names(DAYS[28:35]),
        "seasonal": ("d07", "d14", "d21", "d28"),
        "long": names(DAYS[7:35]),
    }


def test_windows_are_as_configured() -> None:
    found = choose(DAYS[:35], DAYS[35], window=3, long_window=5)
    assert found["window"] == ("d32", "d33", "d34")
    assert len(found["long"]) == 5


def test_the_first_run_has_none() -> None:
    assert choose([], DAYS[0]) == {"prev": (), "window": (), "seasonal": (), "long": ()}


def test_a_run_compared_again_does_not_see_itself_nor_the_future() -> None:
    assert choose(DAYS, DAYS[3])["long"] == ("d00", "d01", "d02")


def test_bad_runs_are_no_reference() -> None:
    runs = [*DAYS[:3], Run("d03", DAYS[3].date, bad=True)]
    assert choose(runs, DAYS[4])["prev"] == ("d02",)


def test_flagged_runs_leave_the_references() -> None:
    found = choose(DAYS[:10], DAYS[10], flagged={"d09", "d08"})
    assert found["prev"] == ("d07",)
    assert "d09" not in found["long"]


def test_a_level_is_accepted_after_five_flagged_runs() -> None:
    four = {"d06", "d07", "d08", "d09"}
    assert choose(DAYS[:10], DAYS[10], flagged=four)["prev"] == ("d05",)
    found = choose(DAYS[:11], DAYS[11], flagged={*four, "d10"})
    assert found["long"] == names(DAYS[6:11])
    assert names(accept(DAYS[:13], {*four, "d10", "d11"})) == names(DAYS[6:13])


def test_a_healthy_run_ends_a_streak() -> None:
    flagged = {"d02", "d03", "d05", "d06", "d07"}
    assert names(accept(DAYS[:9], flagged)) == ("d00", "d01", "d04", "d08")


def test_monthly_runs_have_the_month_of_earlier_years() -> None:
    assert seasonal(MONTHS[:30], MONTHS[30]) == ("2022-07", "2023-07")


def test_a_season_has_at_most_four_runs() -> None:
    years = [Run(str(year), dt.date(year, 7, 1)) for year in range(2010, 2020)]
    assert seasonal(years[:9], years[9]) == ("2015", "2016", "2017", "2018")


@pytest.mark.parametrize(
    ("runs", "current"),
    [
        ([Run("a"), Run("b")], Run("c")),
        (DAYS[:3], Run("c")),
        ([], DAYS[0]),
        ([Run("a"), Run("b")], DAYS[0]),
        (
            [Run(str(week), dt.date(2026, 1, 1) + dt.timedelta(weeks=week)) for week in range(60)],
            Run("z", dt.date(2027, 3, 1)),
        ),
        ([DAYS[0]], DAYS[0]),
    ],
    ids=["no dates", "no date now", "no runs", "no dates before", "weekly", "the same day again"],
)
def test_others_have_no_season(runs: list[Run], current: Run) -> None:
    assert seasonal(runs, current) == ()


def test_weekdays_survive_a_gap() -> None:
    assert seasonal([*DAYS[:14], *DAYS[16:28]], DAYS[28]) == ("d00", "d07", "d21")


def test_baselines() -> None:
    runs, now = DAYS[:9], DAYS[9]
    assert choose(runs, now, baseline="previous") == {"prev": ("d08",)}
    assert choose(runs, now, baseline="window:3") == {"window:3": ("d06", "d07", "d08")}
    assert choose(runs, now, baseline="window:7") == {"window": names(DAYS[2:9])}
    assert choose(runs, now, baseline="run:d02", flagged={"d02"}) == {"run:d02": ("d02",)}
    assert choose(runs, now, baseline="stage:training") == {"stage:training": ("d09",)}


@pytest.mark.parametrize("baseline", ["", "weekly", "window:", "window:0", "window:x", "run:", "stage:", "previous:1"])
def test_a_baseline_that_is_none(baseline: str) -> None:
    with pytest.raises(UsageError, match="is none of auto, previous, window:N, run:ID and stage:NAME"):
        choose(DAYS[:9], DAYS[9], baseline=baseline)


def test_a_baseline_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="there is no run 'd0x' – did you mean 'd0"):
        choose(DAYS[:9], DAYS[9], baseline="run:d0x")


def test_a_merged_run_is_no_reference_for_a_plain_one_nor_the_other_way_round() -> None:
    days = [Run("1"), Run("2"), Run("week 1", merged=True), Run("3")]
    assert choose(days, Run("4"), baseline="previous") == {"prev": ("3",)}
    assert choose(days, Run("4"))["window"] == ("1", "2", "3")
    assert choose(days, Run("week 2", merged=True), baseline="previous") == {"prev": ("week 1",)}
    assert choose(days, Run("4"), baseline="run:week 1") == {"run:week 1": ("week 1",)}


def test_a_quiet_season_is_usual_the_third_time() -> None:
    days = [Run(f"{day:02}", dt.date(2026, 3, 1) + dt.timedelta(days=day)) for day in range(22)]
    once, twice = {"07"}, {"00", "07"}
    assert choose(days[:14], days[14], flagged=once)["seasonal"] == ("00",)
    assert choose(days[:14], days[14], flagged=twice)["seasonal"] == ("00", "07")
    # Rules and records go by the longest reference: what the season had before is no record in it, but on other days.
    assert {"00", "07"} <= set(choose(days[:14], days[14], flagged=twice)["long"])
    assert choose(days[:14], days[14], flagged=twice)["long"] == tuple(run.run_id for run in days[:14])
    assert "07" not in choose(days[:14], days[14], flagged=once)["long"]
    assert not twice & set(choose(days[:15], days[15], flagged=twice)["long"])


def test_a_watched_run_counts_until_the_next_has_spoken() -> None:
    assert excluded_runs(["1", "2", "3"], (), {"3"}) == {"3"}
    assert excluded_runs(["1", "2"], (), {"2"}) == set()
    assert excluded_runs(["1", "2"], {"2"}, {"2"}) == {"2"}
    assert excluded_runs(["1", "2", "3"], (), {"2"}) == set()
    assert excluded_runs(["0", "1", "2", "3"], {"3"}, {"2"}) == {"2", "3"}


def test_the_earlier_runs_of_a_run_are_those_it_may_be_compared_with() -> None:
    runs = [Run("1"), Run("week 1", merged=True), Run("2", bad=True), Run("3"), Run("week 2", merged=True), Run("4")]
    assert names(earlier_runs(runs, runs[-1])) == ("1", "3")
    assert names(earlier_runs(runs, runs[4])) == ("week 1",)
    assert names(earlier_runs(runs, Run("new"))) == ("1", "3", "4")
    assert earlier_runs(runs, runs[0]) == []


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12))
def test_the_previous_run_is_the_last_of_the_earlier_ones(kinds: list[tuple[bool, bool]]) -> None:
    runs = [Run(str(place), bad=bad, merged=merged) for place, (bad, merged) in enumerate(kinds)]
    expected = {run.run_id: (names(earlier_runs(runs, run)) or (None,))[-1] for run in runs}
    assert previous_runs(runs) == expected
