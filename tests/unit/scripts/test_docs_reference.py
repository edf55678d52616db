from __future__ import annotations

from math import isfinite
from pathlib import Path

import pytest

from scripts.docs.causes import cause_pages
from scripts.docs.reference import PAGES, ROOT, kinds_text, main, metrics_page, shifts_page, stale_pages
from stageprint.metrics.base import all_metrics
from stageprint.model import ALL_KINDS, NUMERIC, ORDERED, TIMESTAMPS, ColumnKind
from stageprint.shifts import all_shifts


def test_the_pages_are_what_the_code_says() -> None:
    assert main(["--check"]) == 0, "run `make docs` and commit the pages"
    for name in PAGES:
        assert (ROOT / name).is_file()


def test_a_row_for_every_metric() -> None:
    rows = [line for line in metrics_page().splitlines() if line.startswith("| `")]
    assert [line.split("`")[1] for line in rows] == list(all_metrics())
    assert {line.replace("\\|", "").count("|") for line in rows} == {9}


def test_a_row_for_every_shift_statistic_and_rule() -> None:
    rows = [line for line in shifts_page().splitlines() if line.startswith("| `")]
    assert sorted(line.split("`")[1] for line in rows) == sorted(all_shifts())
    assert {line.replace("\\|", "").count("|") for line in rows} == {10}
    # PSI is stored for those who look for it and decides nothing.
    (psi,) = (line for line in rows if line.startswith("| `psi`"))
    assert psi.split(" | ")[6:8] == ["–", "–"]


def test_what_is_special_about_a_statistic_is_said() -> None:
    said = [line for line in shifts_page().splitlines() if line.startswith("- ")]
    capped = "- `label_swap` scores at most as high as `label_flow`, or else `l_infinity`, which sees"
    assert f"{capped} the same shift and varies less." in said
    assert {name for name, shift in all_shifts().items() if not isfinite(shift.persistence)} == set(
        next(line for line in said if line.startswith("- A second run")).split("`")[1::2]
    )
    assert {name for name, shift in all_shifts().items() if shift.needs_no_history} == set(
        next(line for line in said if line.startswith("- These can alert after one or two")).split("`")[1::2]
    )


def test_a_stale_page_is_named_and_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"], tmp_path) == 1
    told = capsys.readouterr().err.splitlines()
    names = [*PAGES, *cause_pages()]
    assert told == [f"{name} is not what the code says: run `make docs` and commit the page" for name in names]
    assert not list(tmp_path.iterdir())
    assert main([], tmp_path) == 0
    assert capsys.readouterr().out.splitlines() == [f"wrote {name}" for name in names]
    assert main(["--check"], tmp_path) == 0
    page = tmp_path / "docs" / "metrics.md"
    page.write_text(page.read_text("utf-8").replace("rows", "lines", 1), "utf-8")
    assert list(stale_pages(tmp_path)) == [page]
    assert main(["--check"], tmp_path) == 1


@pytest.mark.parametrize(
    ("kinds", "text"),
    [
        (ALL_KINDS, "all"),
        (ORDERED, "numbers, dates and timestamps"),
        (NUMERIC | TIMESTAMPS, "numbers, timestamps"),
        (frozenset({ColumnKind.STRING, ColumnKind.FLOAT, ColumnKind.OTHER}), "floats, strings, other"),
    ],
)
def test_kinds(kinds: frozenset[ColumnKind], text: str) -> None:
    assert kinds_text(kinds) == text
