"""Reads a dbt project's ``manifest.json``: its models, what they are made from, and what its tests say of keys."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from stageprint.errors import UsageError, plain_reason
from stageprint.pipeline.draft.layout import plain_name
from stageprint.pipeline.draft.model import TableFound

_TABLES: Final = frozenset({"model", "seed", "snapshot", "source"})
_REFERENCE: Final = re.compile(r"(ref|source)\((.*)\)")
_SAYS: Final = "the dbt project says so"


def read_manifest(path: str) -> list[TableFound]:
    """Return the tables of a dbt project; ephemeral models are none.

    Sources are stages by their names, models by the folder they stand in (staging, marts, …).

    Args:
        path: The file ``target/manifest.json``.

    Raises:
        UsageError: It is not such a file.
    """
    return list(_tables(_content(path)))


def read_parents(path: str) -> dict[str, tuple[str, ...]]:
    """Return, for each table of a dbt project by its name in the database, the tables that it is made from.

    Args:
        path: The file ``target/manifest.json``.

    Raises:
        UsageError: It is not such a file.
    """
    content = _content(path)
    every: dict[str, Any] = {**content.get("sources", {}), **content["nodes"]}
    tables = {name: _relation(node) for name, node in every.items() if _is_table(node)}
    return {
        relation: tuple(tables[parent] for parent in _parents(name, every, set())) for name, relation in tables.items()
    }


def _content(path: str) -> dict[str, Any]:
    try:
        content = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = f"{path}: expected dbt's manifest.json, which `dbt parse` writes to target/: {plain_reason(error)}"
        raise UsageError(message) from error
    if not isinstance(content, dict) or not isinstance(content.get("nodes"), dict):
        message = f"{path}: expected dbt's manifest.json, which has `nodes`; `dbt parse` writes it to target/"
        raise UsageError(message)
    return content


def _tables(content: Mapping[str, Any]) -> Iterator[TableFound]:
    every: dict[str, Any] = {**content.get("sources", {}), **content["nodes"]}
    tables = {name: node for name, node in every.items() if _is_table(node)}
    places = {name: (_stage(node), plain_name(_name(node))) for name, node in tables.items()}
    tests: dict[str, list[Any]] = defaultdict(list)
    for node in every.values():
        if node.get("resource_type") == "test" and node.get("test_metadata"):
            tests[node.get("attached_node") or _tested(node, tables)].append(node)
    for name, node in tables.items():
        stage, table = places[name]
        parents = [
            places[parent] for up in _parents(name, every, set()) for parent in [up] if places[parent][0] != stage
        ]
        yield TableFound(
            stage,
            table,
            {"table": _relation(node)},
            notes=(f"dbt {node['resource_type']} {node.get('name')}",),
            keys=_keys(node, tests[name]),
            references=dict(_references(tests[name], tables, places)),
            event_time=(node.get("config") or {}).get("event_time"),
            parents=tuple(dict.fromkeys(parents)),
            why=_SAYS,
        )


def _is_table(node: Mapping[str, Any]) -> bool:
    return node.get("resource_type") in _TABLES and (node.get("config") or {}).get("materialized") != "ephemeral"


def _parents(name: str, every: Mapping[str, Any], seen: set[str]) -> Iterator[str]:
    """Yield the tables that a node reads, also through ephemeral models."""
    for parent in (every[name].get("depends_on") or {}).get("nodes", ()):
        if parent in seen or parent not in every:
            continue
        seen.add(parent)
        if _is_table(every[parent]):
            yield parent
        elif every[parent].get("resource_type") == "model":
            yield from _parents(parent, every, seen)


def _name(node: Mapping[str, Any]) -> str:
    return str(node.get("alias") or node.get("identifier") or node["name"])


def _stage(node: Mapping[str, Any]) -> str:
    if node["resource_type"] == "source":
        return plain_name(str(node.get("source_name") or node.get("schema")))
    if node["resource_type"] == "seed":
        return "seeds"
    folders = list((node.get("fqn") or ())[1:-1])
    return plain_name(str(folders[0])) if folders else "models"


def _relation(node: Mapping[str, Any]) -> str:
    parts = [node.get("database"), node.get("schema"), _name(node)]
    return ".".join(str(part) for part in parts if part)


def _tested(node: Mapping[str, Any], tables: Mapping[str, Any]) -> str:
    """Return what a test is about, for manifests of dbt before 1.5, which say only what it reads."""
    read = [one for one in (node.get("depends_on") or {}).get("nodes", ()) if one in tables]
    return str(read[-1]) if read else ""


def _keys(node: Mapping[str, Any], tests: list[Any]) -> tuple[str, ...]:
    for constraint in node.get("constraints") or ():
        if constraint.get("type") == "primary_key" and constraint.get("columns"):
            return tuple(constraint["columns"])
    named = [
        name
        for name, column in (node.get("columns") or {}).items()
        if any(one.get("type") == "primary_key" for one in column.get("constraints") or ())
    ]
    if named:
        return tuple(named)
    about: dict[str, list[Any]] = defaultdict(list)
    for test in tests:
        about[test["test_metadata"]["name"]].append(test["test_metadata"].get("kwargs") or {})
    for given in about["unique_combination_of_columns"]:
        return tuple(given.get("combination_of_columns") or ())
    unique = [given.get("column_name") for given in about["unique"]]
    filled = [given.get("column_name") for given in about["not_null"]]
    both = [name for name in unique if name in filled] or unique
    return (str(both[0]),) if both and both[0] else ()


def _references(
    tests: list[Any], tables: Mapping[str, Any], places: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    for test in tests:
        given = test["test_metadata"].get("kwargs") or {}
        match = _REFERENCE.search(str(given.get("to")))
        if test["test_metadata"]["name"] != "relationships" or match is None or not given.get("column_name"):
            continue
        wanted = match[2].split(",")[-1].strip(" '\"")
        for name, node in tables.items():
            if wanted == node.get("name") and (match[1] == "source") == (node["resource_type"] == "source"):
                stage, table = places[name]
                yield str(given["column_name"]), f"{stage}.{table}.{given['field']}"
                break
