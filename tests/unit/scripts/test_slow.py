"""What `make slow` says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.slow import main

RECORD = """\
<testsuites><testsuite>
<testcase classname="tests.unit.test_a" name="test_quick" time="0.25" />
<testcase classname="tests.unit.test_a" name="test_slow[x]" time="3.5"><skipped /></testcase>
<testcase classname="tests.unit.test_b" name="test_middle" time="2.0" />
</testsuite></testsuites>
"""


def test_slowest_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = tmp_path / "test-unit.xml"
    record.write_text(RECORD, "utf-8")
    assert main([str(record), str(tmp_path / "missing.xml")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "3 tests, 6 s of work"
    assert [line.split() for line in lines if line.endswith("test_slow[x]")] == [
        ["3.5", "s", "tests.unit.test_a::test_slow[x]"]
    ]
    tests, files = lines.index("Slowest tests"), lines.index("Slowest files")
    assert [line.split()[0] for line in lines[tests + 1 : files - 1]] == ["3.5", "2.0", "0.2"]
    assert [line.split() for line in lines[files + 1 :]] == [
        ["3.8", "s", "tests.unit.test_a"],
        ["2.0", "s", "tests.unit.test_b"],
    ]


def test_without_a_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "*.xml")]) == 2
    assert "make test" in capsys.readouterr().err
