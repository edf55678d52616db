"""Reads OpenLineage events from files: what a job read and wrote, and the facet ``columnLineage`` of what it wrote.

Source: the OpenLineage specification, object model 2-0-2 and facets ColumnLineageDatasetFacet 1-2-0 and
SymlinksDatasetFacet 1-0-1 (https://openlineage.io/spec).
"""

from __future__ import annotations

import glob
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from stageprint.errors import UsageError, plain_reason
from stageprint.model.lineage import OPENLINEAGE
from stageprint.pipeline.lineage.recorded import Recorded

_ENDINGS: Final = (".json", ".jsonl", ".ndjson", ".log", ".gz")
_LOCAL: Final = frozenset({"file", "dbfs", "hdfs"})
_WITH_VALUES: Final = frozenset({"CONDITIONAL"})
"""Indirect ways of using a field that decide which value a row gets; others (join, filter, sort, group by, window) only
decide which rows there are."""


def read_events(paths: Sequence[str]) -> Recorded:
    """Return what the events say; of each job and each table that it writes, the newest events count.

    Args:
        paths: Files, folders or patterns. A file holds a JSON object a line, one object, a list of them, or what a
            collector answers: an object with ``events``.

    Raises:
        UsageError: A path leads to no file, or a file is no JSON.
    """
    newest: dict[tuple[str, str], tuple[str, Mapping[str, Any], Mapping[str, Any]]] = {}
    recorded = Recorded(OPENLINEAGE)
    for event in (one for path in _files(paths) for one in _events(path)):
        job = _mapping(event.get("job"))
        name = f"{job.get('namespace')}/{job.get('name')}"
        for output in _objects(event.get("outputs")):
            told = "columnLineage" in _mapping(output.get("facets"))
            if not told and not event.get("inputs"):
                continue
            place = recorded.data_set(*_names(output))
            time = str(event.get("eventTime") or "")
            known = newest.get((name, place))
            # The event that ends a run may have no facets: one with them counts for longer.
            if known is None or (told, time) >= ("columnLineage" in _mapping(known[1].get("facets")), known[0]):
                newest[name, place] = (time, output, event)
    for (_, place), (_, output, event) in newest.items():
        _add(recorded, place, output, event)
    return recorded


def _add(recorded: Recorded, place: str, output: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    recorded.inputs[place] |= {recorded.data_set(*_names(one)) for one in _objects(event.get("inputs"))} - {place}
    facet = _mapping(_mapping(output.get("facets")).get("columnLineage"))
    for name, told in _mapping(facet.get("fields")).items():
        origins = {
            (recorded.data_set(*_names(one)), str(one["field"]))
            for one in _objects(told.get("inputFields") if isinstance(told, dict) else None)
            if "field" in one and _gives_values(one)
        }
        recorded.fields[place, name] |= origins
        recorded.inputs[place] |= {parent for parent, _ in origins} - {place}
        if not recorded.fields[place, name]:
            del recorded.fields[place, name]


def _gives_values(origin: Mapping[str, Any]) -> bool:
    told = _objects(origin.get("transformations"))
    return not told or any(one.get("type") != "INDIRECT" or one.get("subtype") in _WITH_VALUES for one in told)


def _names(data_set: Mapping[str, Any]) -> list[str]:
    """Return what a data set is called: its place and name, and those of its facet ``symlinks``."""
    links = _mapping(_mapping(data_set.get("facets")).get("symlinks")).get("identifiers")
    return list(dict.fromkeys(_name(one) for one in (data_set, *_objects(links))))


def _name(data_set: Mapping[str, Any]) -> str:
    namespace, name = str(data_set.get("namespace") or ""), str(data_set.get("name") or "")
    scheme, _, authority = namespace.partition(":")
    if "/" not in name and "." in name and scheme.lower() not in _LOCAL:
        return name  # a table of a database or a catalog, whose address the namespace is
    if scheme.lower() in _LOCAL and not authority.strip("/"):
        return f"/{name.lstrip('/')}"
    if "://" in namespace and "/" not in namespace.partition("://")[2].rstrip("/"):
        return f"{namespace.rstrip('/')}/{name.lstrip('/')}"
    return name


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _objects(found: Any) -> list[Mapping[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _files(paths: Iterable[str]) -> Iterator[Path]:
    for path in paths:
        place = Path(path)
        if place.is_dir():
            found = sorted(one for one in place.rglob("*") if one.suffix in _ENDINGS and one.is_file())
        else:
            found = [place] if place.is_file() else sorted(map(Path, glob.glob(path, recursive=True)))
        if not found:
            message = f"lineage.openlineage: expected files of OpenLineage events at {path}, found none"
            raise UsageError(message)
        yield from found


def _events(path: Path) -> Iterator[Mapping[str, Any]]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            first = file.readline()
            if _is_whole(first):
                for number, line in enumerate([first, *file], 1):
                    if line.strip():
                        yield from _objects([_parsed(line, f"{path}:{number}")])
                return
            content = _parsed(first + file.read(), str(path))
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        message = f"{path}: expected OpenLineage events, as JSON in UTF-8: {plain_reason(error)}"
        raise UsageError(message) from error
    listed = content.get("events", [content]) if isinstance(content, dict) else content
    yield from _objects(listed)


def _is_whole(line: str) -> bool:
    """Return whether a line is a JSON object by itself, so that the file has one a line."""
    try:
        found = json.loads(line)
    except ValueError:
        return False
    return isinstance(found, dict) and "events" not in found


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        message = f"{where}: expected an OpenLineage event as JSON: {error}"
        raise UsageError(message) from error
