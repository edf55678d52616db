from __future__ import annotations

from stageprint.report.html.sparkline import HEIGHT, WIDTH, Sparkline, as_svg, sparkline

RUNS = ["r1", "r2", "r3", "r4"]


def draw(values: list[float | None], severities: list[str] | None = None, *, from_zero: bool = False) -> Sparkline:
    line = sparkline(RUNS, values, severities or ["none"] * 4, lambda value: f"{value:g}", from_zero=from_zero)
    assert line is not None
    return line


def test_fewer_than_two_values_are_no_line() -> None:
    assert sparkline(RUNS, [None, 1.0, None, float("nan")], ["none"] * 4, str) is None


def test_it_stays_inside_its_box_and_goes_from_left_to_right() -> None:
    line = draw([1.0, 50.0, -20.0, 3.0])
    assert [point.x for point in line.points] == sorted(point.x for point in line.points)
    assert all(0 < point.x < WIDTH and 0 < point.y < HEIGHT for point in line.points)
    assert min(line.points, key=lambda point: point.y).label == "r2: 50"


def test_a_gap_breaks_the_line() -> None:
    line = draw([1.0, None, 2.0, 3.0])
    assert line.path.count("M") == 2
    assert line.path.count("L") == 1


def test_the_last_point_is_the_report_s_run_or_none() -> None:
    last = draw([1.0, 2.0, 3.0, 4.0]).last
    assert last is not None
    assert last.label == "r4: 4"
    assert draw([1.0, 2.0, 3.0, None]).last is None


def test_flagged_runs_are_marked() -> None:
    line = draw([1.0, 2.0, 3.0, 4.0], ["none", "warning", "none", "critical"])
    assert [(point.label, point.severity) for point in line.marked] == [("r2: 2", "warning"), ("r4: 4", "critical")]


def test_noise_in_a_steady_column_looks_flat() -> None:
    heights = [point.y for point in draw([100.0, 100.1, 99.9, 100.0]).points]
    assert max(heights) - min(heights) < 1


def test_all_the_same_is_a_line_in_the_middle() -> None:
    assert {point.y for point in draw([7.0, 7.0, 7.0, 7.0]).points} == {HEIGHT / 2}
    assert {point.y for point in draw([0.0, 0.0, 0.0, 0.0]).points} == {HEIGHT / 2}


def test_counts_stand_on_zero() -> None:
    line = draw([100.0, 100.0, 50.0, 100.0], from_zero=True)
    top, half = line.points[0].y, line.points[2].y
    assert half - top == (HEIGHT - 2 * top) / 2
    assert {point.y for point in draw([0.0, 0.0, 0.0, 0.0], from_zero=True).points} == {HEIGHT - 4}


def test_as_svg_marks_flagged_runs_and_escapes_what_labels_hold() -> None:
    line = sparkline(["<b>", "2", "3", "4"], [1.0, 2.0, 9.0, None], ["none", "none", "critical", "none"], str)
    assert line is not None
    drawn = as_svg(line)
    assert "<b>" not in drawn
    assert "<title>&lt;b&gt;: 1.0</title>" in drawn
    assert drawn.count('class="critical"') == 1
    assert "<title>3: 9.0 (critical)</title>" in drawn
    assert 'class="dot"' not in drawn  # the last run has no value


def test_as_svg_has_a_dot_at_the_last_run_unless_it_is_flagged() -> None:
    assert as_svg(draw([1.0, 2.0, 3.0, 4.0])).count('class="dot"') == 1
    assert 'class="dot"' not in as_svg(draw([1.0, 2.0, 3.0, 9.0], ["none"] * 3 + ["warning"]))
