"""Hooks of the documentation site (conf/mkdocs.yml): pages that are not in ``docs/``, and links that leave it.

The same Markdown is read in the repository and on the site. There a link such as ``../conf/nycflights.yml`` leads to a
file; here it must lead to a page. So every file of the repository that a page links to becomes a page that shows it,
and README, CONTRIBUTING and CHANGELOG become pages of their own. A link that leads nowhere stays as it is, and the
strict build fails on it.
"""

from __future__ import annotations

import logging
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import stageprint

ROOT: Final = Path(__file__).resolve().parents[2]

TOP_PAGES: Final[Mapping[str, str]] = {
    "README.md": "overview.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""File at the top of the repository → page of the site."""

STYLE: Final = "site.css"
"""Style sheet of the site, beside this file."""

WIDE_PAGES: Final = frozenset({"metrics.md", "shifts.md"})
"""Pages of one wide table, which gets the room of the page's own table of contents."""

_FENCE: Final = re.compile(r"^(```|~~~).*?^\1\s*?$", re.DOTALL | re.MULTILINE)
_LINK: Final = re.compile(r"(?<=\]\()(?P<path>[^)#:\s]+)(?P<anchor>#[^)\s]*)?(?=\))")
_FETCHED: Final = re.compile(
    r"<(?:script|img|iframe|link(?![^>]*rel=.?(?:canonical|edit)))\b[^>]*\b(?:src|href)=[\"']?(?P<address>(?:https?:)?//[^\"'\s>]+)"
)
_LOG: Final = logging.getLogger("mkdocs.hooks.site")
_LANGUAGES: Final = {".py": "python", ".yml": "yaml", ".yaml": "yaml", ".json": "json", ".sql": "sql", ".toml": "toml"}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Expand the patterns of the navigation, so that a new page needs no entry of its own, and add the style sheet."""
    config.extra_css.append(STYLE)
    if config.nav is not None:
        folder = Path(config.docs_dir)
        pages = [path.relative_to(folder).as_posix() for path in folder.rglob("*.md")]
        config.nav = expanded_nav(config.nav, pages)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in ``docs/``."""
    for name, page in TOP_PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text("utf-8")))
    files.append(File.generated(config, "python.md", content=python_page()))
    files.append(File.generated(config, STYLE, content=(Path(__file__).parent / STYLE).read_text("utf-8")))
    pages = [file for file in files if file.src_uri.endswith(".md")]
    waiting = [
        target for page in pages for target in linked_sources(repository_path(page.src_uri), page.content_string)
    ]
    while waiting:
        target = waiting.pop()
        if files.get_file_from_path(source_page(target)) is None:
            content = source_text(target)
            files.append(File.generated(config, source_page(target), content=content))
            if target.endswith(".md"):
                waiting += linked_sources(target, content)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 -- MkDocs names them
    """Return the page with its links to files of the repository turned into links to pages of the site."""
    if page.file.src_uri in WIDE_PAGES:
        page.meta["hide"] = ["toc"]
    return site_links(page.file.src_uri, markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001 -- MkDocs names them
    """Return the page's HTML as it is; one that would fetch something from elsewhere is a warning."""
    for address in fetched(output):
        _LOG.warning("%s would fetch %s: the site must be readable without a network", page.file.src_uri, address)
    return output


def expanded_nav(nav: Sequence[Any], pages: Iterable[str]) -> list[Any]:
    """Return a navigation whose patterns are replaced by pages, and without sections that are empty then.

    Args:
        nav: As in ``mkdocs.yml``: pages, patterns such as ``adr/*.md``, or a title with either of them.
        pages: The pages there are. A pattern matches, in its own folder, those that no entry names; README first.
    """
    entries = list(_entries(nav))
    free = sorted(set(pages) - set(entries), key=lambda page: (not page.endswith("README.md"), page))
    taken = {
        page: next((entry for entry in sorted(entries, key=len, reverse=True) if _matches(page, entry)), None)
        for page in free
    }

    def expand(items: Sequence[Any]) -> list[Any]:
        found: list[Any] = []
        for item in items:
            if isinstance(item, str) and "*" in item:
                found += [page for page in free if taken[page] == item]
            elif isinstance(item, dict) and isinstance((below := next(iter(item.values()))), list):
                inner = expand(below)
                found += [{next(iter(item)): inner}] if inner else []
            else:
                found.append(item)
        return found

    return expand(nav)


def _entries(nav: Sequence[Any]) -> Iterator[str]:
    for item in nav:
        below = next(iter(item.values())) if isinstance(item, dict) else item
        if isinstance(below, str):
            yield below
        else:
            yield from _entries(below)


def _matches(page: str, entry: str) -> bool:
    return posixpath.dirname(page) == posixpath.dirname(entry) and fnmatchcase(page, entry)


def fetched(html: str) -> list[str]:
    """Return the addresses of scripts, styles, pictures and frames of other hosts that a page of HTML loads."""
    return [match["address"] for match in _FETCHED.finditer(html)]


def repository_path(page: str) -> str:
    """Return the path, from the repository's top, of what a page of the site shows."""
    for name, top in TOP_PAGES.items():
        if page == top:
            return name
    if page.startswith("source/"):
        return page.removeprefix("source/").removesuffix(".md")
    return f"docs/{page}"


def linked_sources(path: str, markdown: str) -> Iterator[str]:
    """Yield the files of the repository, without a page of their own, that a Markdown file links to."""
    for match in _LINK.finditer(_FENCE.sub("", markdown)):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), match["path"]))
        if _site_page(target) == source_page(target) and (ROOT / target).exists():
            yield target


def site_links(page: str, markdown: str) -> str:
    """Return a page's Markdown with links that lead from page to page of the site."""
    path = repository_path(page)

    def replaced(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), match["path"]))
        if not (ROOT / target).exists():
            return match[0]
        relative = posixpath.relpath(_site_page(target), posixpath.dirname(page) or ".")
        return relative + (match["anchor"] or "")

    parts = []
    end = 0
    for fence in _FENCE.finditer(markdown):
        parts += [_LINK.sub(replaced, markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, _LINK.sub(replaced, markdown[end:])])


def source_page(target: str) -> str:
    """Return the page that shows a file or folder of the repository."""
    return f"source/{target}.md"


def source_text(target: str) -> str:
    """Return the Markdown that shows a file or folder: Markdown as it is, code as a block, a folder as a list."""
    path = ROOT / target
    if path.is_dir():
        names = sorted(f"{item.name}/" if item.is_dir() else item.name for item in path.iterdir())
        return f"# {target}/\n\n" + "".join(f"- `{name}`\n" for name in names if not name.startswith(("__", ".")))
    text = path.read_text("utf-8")
    if path.suffix == ".md":
        return text
    return f"# {target}\n\n````{_LANGUAGES.get(path.suffix, 'text')}\n{text}````\n"


def python_page() -> str:
    """Return the reference of the names that `stageprint` exports, as directives of mkdocstrings."""
    names = "\n\n".join(f"::: stageprint.{name}" for name in sorted(stageprint.__all__, key=str.lower))
    return f"# Python\n\nWhat `import stageprint` offers. Nothing else is promised to stay.\n\n{names}\n"


def _site_page(target: str) -> str:
    """Return the page of the site for a path of the repository; pictures and data in ``docs/`` are themselves."""
    if target in TOP_PAGES:
        return TOP_PAGES[target]
    if target.startswith("docs/"):
        return target.removeprefix("docs/")
    return source_page(target)
