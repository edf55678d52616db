from __future__ import annotations

from pathlib import Path

import pytest

from stageprint.stores.delta.tables import local_folder, table_uri


@pytest.mark.parametrize(
    ("location", "uri"),
    [
        ("/a/b", "file:///a/b/runs"),
        ("/a b/#1/", "file:///a%20b/%231/runs"),
        ("file:///a%20b", "file:///a%20b/runs"),
        ("file:/a/b", "file:///a/b/runs"),
        ("s3://bucket/key/", "s3://bucket/key/runs"),
    ],
)
def test_a_table_is_a_folder_below_the_store(location: str, uri: str) -> None:
    assert table_uri(location, "runs") == uri


def test_a_relative_path_is_below_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert table_uri("./store", "runs") == (tmp_path / "store" / "runs").as_uri()
    assert local_folder("gs://bucket/key") is None
