"""The use case behind ``stageprint init``: a configuration drafted from tables, or what is new added to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stageprint.config.loader import parse_config
from stageprint.errors import UsageError
from stageprint.pipeline.draft.conclude import Conclusions
from stageprint.pipeline.draft.existing import source_text, tables_of, with_new
from stageprint.pipeline.draft.model import DraftStage, DraftTable, TableFound, TableReader
from stageprint.pipeline.draft.patterns import patterns_of
from stageprint.pipeline.draft.yaml_text import whole_file
from stageprint.ports import Progress, Silent


@dataclass(frozen=True)
class Draft:
    """A configuration file to write.

    Attributes:
        text: The file's text.
        new: The tables that it has and the file did not, by stage.
        changed: Whether the text is another than before.
    """

    text: str
    new: tuple[DraftTable, ...]
    changed: bool


def draft(
    found: Sequence[TableFound],
    *,
    reader: TableReader,
    where: str,
    pipeline: str,
    store: str,
    before: str | None = None,
    file: str = "stageprint.yml",
    progress: Progress | None = None,
) -> Draft:
    """Return a configuration of the tables that were found, or an existing one with those that are new.

    Args:
        found: The tables.
        reader: Reads their rows.
        where: Where they were found, as `stageprint init` was told.
        pipeline: Name of the pipeline; not used where there is a file.
        store: Where its results go; likewise.
        before: Text of the file; None: there is none.
        file: Name of the file, as errors show it.
        progress: Follows each table.

    Raises:
        UsageError: No table was found.
        ConfigError: The file is not a configuration.
    """
    if not found:
        message = "no table was found there"
        raise UsageError(message)
    if before is None:
        tables = new = _distinct(found)
    else:
        tables, new = _placed(found, before, file)
    if not new and before is not None:
        return Draft(before, (), changed=False)
    follow = progress or Silent()
    try:
        stages = _acyclic(Conclusions(reader, follow).stages(tables))
    finally:
        follow.close()
    sources = [table.source for table in new]
    chosen = [
        replace(stage, tables=[table for table in stage.tables if table.found.source in sources]) for stage in stages
    ]
    chosen = [replace(stage, patterns=patterns_of(stage.name, tables)) for stage in chosen if stage.tables]
    text = whole_file(where, pipeline, store, chosen) if before is None else with_new(before, file, chosen)
    parse_config(text, file)
    return Draft(text, tuple(table for stage in chosen for table in stage.tables), changed=True)


def _placed(found: Sequence[TableFound], before: str, file: str) -> tuple[list[TableFound], list[TableFound]]:
    """Return the tables under the names that a file gives them, and which of them are new to it.

    Tables that the file names in a comment only are left out. New tables join the stage in which the file has the
    others of their stage.
    """
    known = tables_of(before, file)
    stages: dict[str, str] = {}
    for table in found:
        if (place := known.get(source_text(table))) is not None:
            stages.setdefault(table.stage, place[0])
    taken = set(known.values())
    tables, new = [], []
    for table in found:
        text = source_text(table)
        if text in known:
            tables.append(replace(table, stage=known[text][0], name=known[text][1]))
        elif text not in before:
            stage, name, count = stages.get(table.stage, table.stage), table.name, 1
            while (stage, name) in taken:
                count += 1
                name = f"{table.name}_{count}"
            taken.add((stage, name))
            new.append(replace(table, stage=stage, name=name))
    return [*tables, *new], new


def _distinct(found: Sequence[TableFound]) -> list[TableFound]:
    """Return the tables with names of their own: of several that share one in a stage, later ones get a number."""
    names: dict[str, int] = {}
    distinct = []
    for table in found:
        count = names[table.full_name] = names.get(table.full_name, 0) + 1
        distinct.append(table if count == 1 else replace(table, name=f"{table.name}_{count}"))
    return distinct


def _acyclic(stages: list[DraftStage]) -> list[DraftStage]:
    """Return the stages without the edges that close a circle, as two folders of a dbt project may."""
    kept: dict[str, list[str]] = {}

    def reaches(start: str, end: str) -> bool:
        return start == end or any(reaches(up, end) for up in kept.get(start, ()))

    for stage in stages:
        kept[stage.name] = []
        for up in list(stage.upstream):
            if up not in {one.name for one in stages} or reaches(up, stage.name):
                del stage.upstream[up]
            else:
                kept[stage.name].append(up)
    return stages
