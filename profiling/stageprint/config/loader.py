"""Reads a pipeline's configuration from YAML; every error names file, line and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.problems import Problem, Where, explain, key_path, show
from stageprint.config.validation import name_problems
from stageprint.config.yaml_limits import MAX_CHARACTERS, LimitedLoader, check_size
from stageprint.errors import ConfigError, did_you_mean, plain_reason

_MERGE = "<<"
"""YAML's key that merges other mappings into one; it may be given several times."""

_YAML_HINTS: Final = {
    "expected <block end>": "check the indentation of this line",
    "'\\t'": "indent with spaces, not with tabs",
    "expected ',' or '}'": "put text with braces, commas or colons in quotes",
    "mapping values are not allowed": "put text with a colon in quotes, or check the indentation of this line",
}
"""What usually causes an error of the YAML parser, by a part of its message."""


@dataclass(frozen=True)
class ConfigFile:
    """A checked configuration, and where in its file everything stands.

    Attributes:
        config: The pipeline.
        file: Name of the file, as errors show it.
        lines: Line of every key and list entry.
    """

    config: PipelineConfig
    file: str
    lines: Mapping[Where, int]

    def line(self, where: Where) -> int:
        """Return the line of a key, or of the nearest thing that contains it."""
        return _line(where, self.lines)


def load_config(path: str | Path, *, store: str | None = None) -> PipelineConfig:
    """Return the checked configuration of a pipeline's YAML file; see `load_config_file`."""
    return load_config_file(path, store=store).config


def load_config_file(path: str | Path, *, store: str | None = None) -> ConfigFile:
    """Return the checked configuration of a pipeline's YAML file, with the lines of its keys.

    Args:
        path: The file.
        store: Where the results are, in place of what the file says; None: as it says.

    Raises:
        ConfigError: The file is missing, is not YAML or is beyond a limit of `stageprint.config.yaml_limits`, or a key
            is unknown, missing or wrong. The message has one line for each problem: ``file:line: key: what was expected
            and what was found``.
    """
    file = Path(path)
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_CHARACTERS + 1)  # a device or pipe may never end
        check_size(len(content), str(file))
        text = content.decode("utf-8")
    except FileNotFoundError as error:
        if file.parent.is_dir():
            hint = did_you_mean(str(file), (str(other) for other in file.parent.glob("[!.]*.y*ml")))
        else:
            hint = f"; there is no folder {file.parent} in {Path.cwd()}"
        message = f"{file}: no such configuration file{hint}"
        raise ConfigError(message) from error
    except IsADirectoryError as error:
        message = f"{file}: expected a YAML file, got a folder"
        raise ConfigError(message) from error
    except UnicodeDecodeError as error:
        message = f"{file}: expected text in UTF-8, got other bytes at offset {error.start}"
        raise ConfigError(message) from error
    except OSError as error:
        message = f"{file}: cannot be read: {plain_reason(error)}"
        raise ConfigError(message) from error
    return _parsed(text, str(file), store)


def parse_config(text: str, file: str = "<configuration>") -> PipelineConfig:
    """Return the checked configuration of a YAML text.

    Args:
        text: The text.
        file: Name of the file, as errors show it.

    Raises:
        ConfigError: As `load_config` does.
    """
    return _parsed(text, file).config


def _parsed(text: str, file: str, store: str | None = None) -> ConfigFile:
    content, lines = _read_yaml(text, file)
    if store is not None and isinstance(content, dict):
        content = {**content, "store": store}
    found = _validated(content)
    if isinstance(found, PipelineConfig):
        return ConfigFile(found, file, lines)
    # Sorted by line, so that messages read from top to bottom of the file.
    located = sorted((_line(problem.where, lines), index) for index, problem in enumerate(found))
    raise ConfigError("\n".join(f"{file}:{line}: {found[index]}" for line, index in located))


def build_config(content: Mapping[str, Any]) -> PipelineConfig:
    """Return the checked configuration of a mapping that Python code made.

    Args:
        content: Keys and values as in the YAML file.

    Raises:
        ConfigError: A key is unknown, missing or wrong. The message has one line for each problem: ``key: what was
            expected and what was found``.
    """
    found = _validated(content)
    if isinstance(found, PipelineConfig):
        return found
    raise ConfigError("\n".join(str(problem) for problem in found))


def _validated(content: Mapping[str, Any]) -> PipelineConfig | list[Problem]:
    try:
        config = PipelineConfig.model_validate(content)
    except ValidationError as error:
        return [*explain(error, PipelineConfig), *name_problems(content)]
    return name_problems(config.model_dump()) or config


def _read_yaml(text: str, file: str) -> tuple[dict[str, Any], dict[Where, int]]:
    """Return a YAML text's mapping, and the line of every key and list entry.

    Raises:
        ConfigError: The text is not YAML or not a mapping, a key is given twice or is not plain text, or a limit is
            reached.
    """
    lines: dict[Where, int] = {}
    try:
        loader = LimitedLoader(text, file)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            message = f"{file}:1: expected a mapping with `pipeline`, `store` and `stages`, got " + (
                "nothing: the file is empty" if node is None else show(loader.construct_document(node))
            )
            raise ConfigError(message)
        _note_lines(node, (), lines, file, frozenset())
        content: dict[str, Any] = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        what += next((f"; {hint}" for part, hint in _YAML_HINTS.items() if part in what), "")
        message = f"{file}:{mark.line + 1 if mark is not None else 1}: not valid YAML: {what}"
        raise ConfigError(message) from error
    except (yaml.YAMLError, ValueError) as error:
        # A reader's error spans two lines; a date such as 2013-02-30 is a ValueError without a line.
        message = f"{file}: not valid YAML: {str(error).splitlines()[0]}"
        raise ConfigError(message) from error
    return content, lines


def _note_lines(node: yaml.Node, where: Where, lines: dict[Where, int], file: str, above: frozenset[int]) -> None:
    """Note the line of a node and of everything below it; `above` holds the nodes it stands in."""
    line = node.start_mark.line + 1
    lines.setdefault(where, line)
    if id(node) in above:
        message = f"{file}:{line}: {key_path(where)}: an alias (*) refers to the mapping or list that contains it"
        raise ConfigError(message)
    inside = above | {id(node)}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            key_line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                problem = Problem(where, "expected a key that is plain text, got a list or mapping")
                message = f"{file}:{key_line}: {problem}"
                raise ConfigError(message)
            here = (*where, key.value)
            if here in lines and key.value != _MERGE:
                message = f"{file}:{key_line}: {key_path(here)}: key given twice (first on line {lines[here]})"
                raise ConfigError(message)
            lines[here] = key_line
            _note_lines(value, here, lines, file, inside)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note_lines(value, (*where, index), lines, file, inside)


def _line(where: Where, lines: Mapping[Where, int]) -> int:
    """Return the line of a key, or of the nearest thing that contains it."""
    near = where
    while near and near not in lines:
        near = near[:-1]
    return lines.get(near, 1)
