from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stageprint.alerts.log import Log, LogSettings
from stageprint.errors import AlertError
from stageprint.model.alert import Alert
from stageprint.model.finding import FINDING_KEYS
from tests.support.alerts import alert
from tests.support.findings import finding


def told(run: str = "2026-03-01") -> Alert:
    findings = [finding(evidence={"ratio": float("nan")}), finding(sentence="Zürich\nis gone.")]
    return alert(run_id=run, findings=findings)


def test_each_alert_is_one_line_of_json_at_the_end_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "alerts.jsonl"
    file.write_text("before\n", "utf-8")
    sink = Log(LogSettings(file=str(file)))
    sink.send(told())
    sink.send(told("2026-03-02"))
    before, first, second = file.read_text("utf-8").splitlines()
    assert before == "before"
    found = json.loads(first)
    assert list(found) == [
        *("at", "pipeline", "run_id", "event", "key", "severity", "total", "learning", "incidents", "findings")
    ]
    assert (found["at"], found["pipeline"], found["run_id"]) == ("2026-03-01T04:30:00+00:00", "shop", "2026-03-01")
    assert [list(one) for one in found["findings"]] == [list(FINDING_KEYS)] * 2
    assert found["findings"][0]["evidence"] == {"ratio": None}
    assert "Zürich" in first
    assert json.loads(second)["run_id"] == "2026-03-02"


def test_a_new_file_is_created(tmp_path: Path) -> None:
    Log(LogSettings(file=str(tmp_path / "new.jsonl"))).send(told())
    assert (tmp_path / "new.jsonl").read_bytes().endswith(b"}\n")


def test_without_a_file_it_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    Log(LogSettings()).send(told())
    out, err = capsys.readouterr()
    assert out == ""
    assert json.loads(err)["run_id"] == "2026-03-01"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    sink = Log(LogSettings(file=str(tmp_path / "no" / "alerts.jsonl")))
    with pytest.raises(AlertError, match=r"alerts\.jsonl: cannot be written: No such file or directory"):
        sink.send(told())


def test_lines_written_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    file = tmp_path / "alerts.jsonl"
    long = alert(run_id="a", findings=[finding(sentence="x" * 100_000)])
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: Log(LogSettings(file=str(file))).send(long), range(40)))
    lines = file.read_text("utf-8").splitlines()
    assert len(lines) == 40
    assert {json.loads(line)["run_id"] for line in lines} == {"a"}
