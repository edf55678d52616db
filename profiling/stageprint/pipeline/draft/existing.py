"""Adds tables to a configuration file that people may have changed; everything that stands in it stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from stageprint.config.loader import parse_config
from stageprint.errors import UsageError
from stageprint.pipeline.draft.model import DraftStage, TableFound
from stageprint.pipeline.draft.yaml_text import stage_lines, table_lines


def source_text(table: TableFound) -> str:
    """Return the path or name of a table's source, as the configuration says it."""
    source = table.source
    return str(source.get("path") or source.get("table") or source.get("sql"))


def tables_of(text: str, file: str) -> dict[str, tuple[str, str]]:
    """Return the tables of a file: text of the source → names of stage and table.

    Raises:
        ConfigError: The file is not a configuration.
    """
    config = parse_config(text, file)
    return {table.source.text: (stage.name, table.name) for stage in config.stages for table in stage.tables}


def with_new(text: str, file: str, stages: Sequence[DraftStage]) -> str:
    """Return the text of a file with the tables of a draft added at the end of their stages, new stages at the end.

    Args:
        text: The file's text.
        file: Its name.
        stages: What is new.

    Raises:
        ConfigError: The file is not a configuration.
        UsageError: It has stages or tables in one line, where nothing can be added.
    """
    parse_config(text, file)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    sequence = _value(root, "stages")
    known = {_text(_value(node, "name")): node for node in sequence.value}
    added: list[tuple[int, list[str]]] = []
    for stage in stages:
        node = known.get(stage.name)
        if node is not None:
            tables = _block(_value(node, "tables"), file, f"the tables of stage {stage.name}")
            lines = [line for table in stage.tables for line in table_lines(table, tables.start_mark.column)]
            added.append((_end(tables), lines))
        else:
            block = _block(sequence, file, "the stages")
            added.append((_end(block), stage_lines(stage, block.start_mark.column)))
    lines = text.splitlines()
    # From the end of the file on, so that positions stay true; of those at one place the last is put in first.
    for at, _, new in sorted(((at, number, new) for number, (at, new) in enumerate(added)), reverse=True):
        lines[at:at] = new
    found = "\n".join(lines) + "\n"
    parse_config(found, file)
    return found


def _block(node: Any, file: str, what: str) -> Any:
    if node.flow_style:
        message = (
            f"{file}:{node.start_mark.line + 1}: {what} stand in one line ([…]), where nothing can be added; write one "
            "entry a line, each after `- `"
        )
        raise UsageError(message)
    return node


def _end(node: Any) -> int:
    """Return the line after the last one of a node, blank lines and comments after it not counted."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        end = node.end_mark
        return int(end.line) + (1 if end.column else 0)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _value(node: Any, key: str) -> Any:
    found: Mapping[str, Any] = {name.value: value for name, value in node.value}
    return found[key]


def _text(node: Any) -> str:
    return str(node.value)
