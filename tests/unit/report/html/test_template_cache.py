from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment, TemplateSyntaxError
from jinja2.loaders import FunctionLoader

from stageprint.report.html.template_cache import TemplateCache


def rendered(folder: Path, source: str = "{{ 6 * 7 }}") -> str:
    loader = FunctionLoader(lambda _: (source, "/x.j2", lambda: True))
    return (
        Environment(loader=loader, bytecode_cache=TemplateCache(str(folder)), autoescape=True)
        .get_template("x")
        .render()
    )


def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by each source that is compiled from now on."""
    found: list[str] = []
    parse = Environment._parse

    def counting(self: Environment, source: str, *more: str | None) -> object:
        found.append(source)
        return parse(self, source, *more)

    monkeypatch.setattr(Environment, "_parse", counting)
    return found


def test_a_template_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = compiled(monkeypatch)
    folder = tmp_path / "a" / "cache"
    assert [rendered(folder) for _ in range(3)] == ["42"] * 3
    assert len(seen) == 1
    assert rendered(folder, "{{ 6 * 8 }}") == "48"
    assert len(seen) == 2


def test_what_others_may_write_to_is_neither_read_nor_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cache"
    rendered(folder)
    folder.chmod(0o777)
    seen = compiled(monkeypatch)
    assert rendered(folder) == "42"
    assert len(seen) == 1
    kept = sorted(folder.iterdir())
    assert rendered(folder, "{{ 1 }}") == "1"
    assert sorted(folder.iterdir()) == kept


@pytest.mark.parametrize("content", [b"", b"j2", b"j2\x05\x00\x00\x00", b"x" * 400])
def test_a_broken_file_is_compiled_anew(tmp_path: Path, content: bytes) -> None:
    rendered(tmp_path / "cache")
    (file,) = (tmp_path / "cache").iterdir()
    whole = file.read_bytes()
    for broken in (content, whole[:30], whole[:-20], whole[:12] + content):
        file.write_bytes(broken)
        assert rendered(tmp_path / "cache") == "42"


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert rendered(tmp_path / "file" / "cache") == "42"
    with pytest.raises(TemplateSyntaxError):
        rendered(tmp_path / "cache", "{{ 6 * ")
