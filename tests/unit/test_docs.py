"""The pages are held to the code: configuration, commands, SQL, Python, links, paths and constants that they show."""

from __future__ import annotations

import ast
import doctest
import json
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
import pytest
import yaml

from stageprint.checks import parse_checks
from stageprint.cli.program import app
from stageprint.config.loader import parse_config

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
PAGES: Final = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]

RESULT_TABLES: Final = frozenset(
    {"runs", "table_profiles", "column_profiles", "shifts", "findings", "check_results", "calibration", "marks"}
    | {"manifests", "incidents", "notifications"}
)
VIEWS: Final = frozenset(
    {
        "latest_column_profiles",
        "column_history",
        "open_findings",
        "open_incidents",
        "all_incidents",
        "failed_checks",
        "model_quality",
        "profile_metrics",
        "drift_metrics",
        "run_states",
    }
)
PROGRAMS: Final = frozenset(
    {"stageprint", "make", "python", "pip", "git", "curl", "uvicorn", "spark-submit", "databricks", "docker", "kubectl"}
    | {"aws", "gcloud", "hdfs", "export", "cd", "pex"}
)
"""What a console block may call; `stageprint`, `make` and `python` are looked into."""


class Block(NamedTuple):
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        yield Block(page, text.count("\n", 0, found.start()) + 1, found[1], found[2])


BLOCKS: Final = [block for page in PAGES for block in blocks_of(page)]


def blocks(language: str) -> list[Any]:
    return [pytest.param(block, id=str(block)) for block in BLOCKS if block.language == language]


def prose_of(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def test_every_block_says_its_language() -> None:
    known = {"yaml", "sql", "python", "pycon", "json", "console", "text", "sh"}
    assert [str(block) for block in BLOCKS if block.language not in known] == []


@pytest.mark.parametrize("block", [one for one in blocks("yaml") if not one.id.startswith("docs/configuration.md")])
def test_yaml_is_read_as_the_product_reads_it(block: Block) -> None:
    """The blocks of docs/configuration.md are parts of one file: tests/unit/test_docs_configuration.py reads them."""
    content = yaml.safe_load(block.text)
    assert isinstance(content, dict)
    if "stages" in content:
        parse_config(yaml.safe_dump({"pipeline": "p", "store": "s"} | content))
    elif "checks" in content:
        assert parse_checks(content["checks"], "t")
    elif "lineage" in content:
        orders = {"name": "raw", "tables": [{"name": "orders", "source": {"table": "t"}}]}
        assert parse_config(
            yaml.safe_dump({"pipeline": "p", "store": "s", "stages": [orders]} | content)
        ).lineage.is_asked
    elif "notify" in content:
        orders = {"name": "raw", "tables": [{"name": "orders", "source": {"table": "t"}}]}
        assert parse_config(yaml.safe_dump({"pipeline": "p", "store": "s", "stages": [orders]} | content)).notify
    else:
        # A part of a table's description.
        table = {"name": "t", "source": {"table": "t"}} | content
        parse_config(yaml.safe_dump({"pipeline": "p", "store": "s", "stages": [{"name": "s", "tables": [table]}]}))


@pytest.mark.parametrize("block", blocks("sql"))
def test_sql_reads_result_tables(block: Block) -> None:
    """The queries of docs/sql.md are run on Spark; this looks at the others as well."""
    text = re.sub(r"--[^\n]*", "", block.text)
    assert re.match(r"\s*(SELECT|WITH)\b", text)
    assert text.count("(") == text.count(")")
    assert text.count("'") % 2 == 0
    assert text.count("`") % 2 == 0
    own = set(re.findall(r"(?:WITH|,)\s+(\w+) AS \(", text))
    read = {one.strip("`").rsplit("/", 1)[-1] for one in re.findall(r"\b(?:FROM|JOIN)\s+([\w.`/]+)", text)}
    assert read
    assert read <= RESULT_TABLES | VIEWS | own


@pytest.mark.parametrize("block", blocks("python"))
def test_python_compiles_and_imports_what_is_there(block: Block) -> None:
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.split(".")[0] == "stageprint":
            known = names_of(node.module)
            for name in node.names:
                assert name.name in known, f"{node.module} has no {name.name}"


def names_of(module: str) -> set[str]:
    """Return the names that a module has; of those of other tools, which need not be installed, from their text."""
    if not module.startswith("stageprint.integrations."):
        return {*dir(import_module(module))}
    text = ROOT.joinpath("profiling", *module.split(".")).with_suffix(".py").read_text("utf-8")
    return {node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef | ast.FunctionDef)}


@pytest.mark.parametrize("block", blocks("pycon"))
def test_examples_compile(block: Block) -> None:
    """The examples of docs/causes come from docstrings: tests/contracts/test_causes.py runs them."""
    examples = doctest.DocTestParser().get_examples(block.text)
    assert examples
    ast.parse("".join(example.source for example in examples))


@pytest.mark.parametrize("block", blocks("json"))
def test_json_is_read(block: Block) -> None:
    assert isinstance(json.loads(block.text), dict | list)


def commands_of(block: Block) -> Iterator[str]:
    """Yield what is typed behind the prompts, continued lines joined, without comments."""
    for line in re.sub(r"\\\n\s*", " ", block.text).splitlines():
        if line.startswith("$ ") or block.language == "sh":
            yield line.removeprefix("$ ")


@pytest.mark.parametrize("block", [*blocks("console"), *blocks("sh")])
def test_console_calls_what_is_there(block: Block) -> None:
    typed = [shlex.split(line, comments=True) for line in commands_of(block)]
    assert typed
    for words in typed:
        program = words[0].removeprefix(".venv/bin/")
        assert program in PROGRAMS or (ROOT / program).exists(), program
        if program == "stageprint":
            check_command(words[1:])
        elif program == "make" and words[1:]:
            assert words[1] in targets(), words[1]
        elif words[1:2] == ["-m"] and words[2] != "venv":
            path = ROOT.joinpath(*words[2].split("."))
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), words[2]
        for word in words[1:]:
            if re.match(r"(jobs|conf|scripts)/", word):
                assert (ROOT / word).exists(), word


def check_command(words: list[str]) -> None:
    """Parse a command's options, without running it."""
    if ">" in words:
        words = words[: words.index(">")]
    command: click.Command = app
    while isinstance(command, click.Group):
        with click.Context(command) as context:
            found = command.get_command(context, words[0])
        assert found is not None, words[0]
        command, words = found, words[1:]
    command.make_context(command.name, list(words))


def targets() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_named_exists(page: Path) -> None:
    with click.Context(app) as context:
        known = set(app.list_commands(context))
    named = set(re.findall(r"`stageprint ([a-z]+)", prose_of(page)))
    assert named <= known
    assert set(re.findall(r"`make ([a-z0-9-]+)", prose_of(page))) <= targets()


PLATFORMS: Final = re.compile(r"\b(Kubernetes|YARN|EMR|Dataproc|Databricks|Unity Catalog|[Ss]erverless)\b(?!')")
"""What a page may only claim to run on if it says where it stands how that was exercised."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_that_names_a_platform_leads_to_how_it_was_exercised(page: Path) -> None:
    named = set(PLATFORMS.findall(page.read_text("utf-8")))
    # docs/shifts.md names the convention by which a platform computes a figure.
    if named and page.parent.name not in {"adr", "reference", "causes"} and page.name != "shifts.md":
        assert page.name == "clusters.md" or "clusters.md" in page.read_text("utf-8"), named


def test_every_platform_has_its_line_saying_how_it_was_exercised() -> None:
    text = (DOCS / "clusters.md").read_text("utf-8")
    table = text[text.index("| platform | exercised here") :].split("\n\n", 1)[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    assert all(len(line) == 3 and line[1] and line[2] for line in lines)
    told = " ".join(line[0] for line in lines)
    named = {name for page in PAGES for name in PLATFORMS.findall(page.read_text("utf-8"))}
    assert {name for name in named if name.lower() != "serverless"} <= set(PLATFORMS.findall(told))
    for path in re.findall(r"`(tests/[\w/]+\.py)`", table):
        assert (ROOT / path).exists()


def slug(heading: str) -> str:
    """Return a heading's anchor, as GitHub makes it."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", prose_of(page)):
        if "://" in target:
            continue
        other = (page.parent / target).resolve() if target else page
        assert other.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", prose_of(other), re.MULTILINE)
            assert anchor in map(slug, headings), f"{target}#{anchor}"


def test_every_page_is_reached_from_the_index() -> None:
    reached, left = set(), [DOCS / "index.md"]
    while left:
        page = left.pop()
        if page in reached:
            continue
        reached.add(page)
        links = re.findall(r"\]\(([^)#\s]+\.md)", prose_of(page))
        left += [(page.parent / link).resolve() for link in links if "://" not in link]
    assert {page for page in PAGES if page.is_relative_to(DOCS)} <= reached


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_named_exist(page: Path) -> None:
    """A path in code type is there, unless a part of it stands for a name (`metrics/NAME.py`)."""
    for path in re.findall(r"`((?:profiling|scripts|tests|conf|jobs|docs|\.github)/[\w./-]*)`", prose_of(page)):
        if not re.search(r"\b[A-Z]{4,}\b", path):
            assert (ROOT / path).exists(), path


def test_the_architecture_names_what_is_there() -> None:
    """Paths are relative to the package there; capitals stand for a name."""
    text = (DOCS / "architecture.md").read_text("utf-8")
    package = ROOT / "profiling" / "stageprint"
    rooms = "|".join(sorted(path.name for path in package.iterdir() if path.is_dir() and path.name != "__pycache__"))
    named = re.findall(rf"`((?:{rooms})/[\w./]*|api\.py|ports\.py)`", text)
    assert len(set(named)) > 12
    for path in named:
        place = package / re.split(r"\b[A-Z]{4,}\b", path)[0]
        assert place.exists(), path
    # Every room has its line in the tree.
    tree = text[text.index("profiling/stageprint/\n") :]
    assert [room for room in rooms.split("|") if f"\n  {room}/" not in tree] == []


def test_the_architecture_shows_the_layers_of_import_linter() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    layers = re.findall(
        r'^  "(stageprint[^"]*)",$', text[text.index("layers = [") : text.index("containers = []")], re.MULTILINE
    )
    page = (DOCS / "architecture.md").read_text("utf-8")
    shown = page[page.index(" edges       cli\n") :].split("```", 1)[0].splitlines()
    assert len(layers) > 20
    assert [line[13:].split() for line in shown] == [layer.replace("stageprint.", "").split(" | ") for layer in layers]


def test_the_specification_states_the_constants() -> None:
    page = (DOCS / "reference" / "decision-rule.md").read_text("utf-8")
    stated = re.findall(r"^\| `([\w.]+)\.([A-Z_]+)` \| ([\d,.]+) \|", page, re.MULTILINE)
    assert len(stated) > 30
    for module, name, value in stated:
        assert getattr(import_module(f"stageprint.{module}"), name) == float(value.replace(",", "")), f"{module}.{name}"
