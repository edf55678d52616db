"""Geometry of the stage graph: each stage stands to the right of its upstream stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from stageprint.report.html.data import StageInfo

NODE_WIDTH = 136
NODE_HEIGHT = 58
_GAP_X = 52
_GAP_Y = 22
_MARGIN = 6
_SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Node:
    """A stage's box; `x` and `y` are its upper left corner."""

    stage: StageInfo
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Edge:
    """A line between two stages, as an SVG path."""

    source: str
    target: str
    path: str


@dataclass(frozen=True, slots=True)
class Graph:
    """The whole drawing, in pixels."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place in a column: a stage, or a point that the edge to `target` passes through."""

    stage: str
    column: int
    target: str = ""


def lay_out(stages: Sequence[StageInfo]) -> Graph:
    """Place the stages of an acyclic graph.

    An edge that skips columns gets a slot in each, so that it passes between boxes and not behind them.
    """
    depth = _depths(stages)
    home = {stage.name: _Slot(stage.name, depth[stage.name]) for stage in stages}
    columns: list[list[_Slot]] = [[] for _ in range(max(depth.values()) + 1)]
    for slot in home.values():
        columns[slot.column].append(slot)
    chains: list[list[_Slot]] = []
    for stage in stages:
        for upstream in stage.upstream:
            passing = [_Slot(upstream, column, stage.name) for column in range(depth[upstream] + 1, depth[stage.name])]
            for slot in passing:
                columns[slot.column].append(slot)
            chains.append([home[upstream], *passing, home[stage.name]])
    _order(columns, chains)
    rows = max(len(column) for column in columns)
    height = 2 * _MARGIN + rows * NODE_HEIGHT + (rows - 1) * _GAP_Y
    middle: dict[_Slot, float] = {}
    for column in columns:
        top = (height - len(column) * NODE_HEIGHT - (len(column) - 1) * _GAP_Y) / 2
        for position, slot in enumerate(column):
            middle[slot] = top + position * (NODE_HEIGHT + _GAP_Y) + NODE_HEIGHT / 2
    nodes = tuple(Node(stage, _left(depth[stage.name]), middle[home[stage.name]] - NODE_HEIGHT / 2) for stage in stages)
    edges = tuple(Edge(chain[0].stage, chain[-1].stage, _path(chain, middle)) for chain in chains)
    return Graph(nodes, edges, _left(len(columns)) - _GAP_X + _MARGIN, height)


def _depths(stages: Sequence[StageInfo]) -> dict[str, int]:
    upstream = {stage.name: stage.upstream for stage in stages}
    depth: dict[str, int] = {}

    def of(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((of(parent) for parent in upstream[name]), default=-1)
        return depth[name]

    for stage in stages:
        of(stage.name)
    return depth


def _order(columns: list[list[_Slot]], chains: Sequence[Sequence[_Slot]]) -> None:
    """Move each slot towards the mean of its neighbours, from the left and from the right in turn."""
    before: dict[_Slot, list[_Slot]] = {}
    after: dict[_Slot, list[_Slot]] = {}
    for chain in chains:
        for left, right in pairwise(chain):
            before.setdefault(right, []).append(left)
            after.setdefault(left, []).append(right)
    for sweep in range(_SWEEPS):
        neighbours, ordered = (before, columns) if sweep % 2 == 0 else (after, columns[::-1])
        for column in ordered:
            place = {slot: (index + 0.5) / len(other) for other in columns for index, slot in enumerate(other)}
            wanted = {slot: fmean(place[near] for near in neighbours.get(slot, [slot])) for slot in column}
            column.sort(key=wanted.__getitem__)


def _left(column: int) -> float:
    return float(_MARGIN + column * (NODE_WIDTH + _GAP_X))


def _path(chain: Sequence[_Slot], middle: Mapping[_Slot, float]) -> str:
    path = f"M{_left(chain[0].column) + NODE_WIDTH:g} {middle[chain[0]]:g}"
    for start, end in pairwise(chain):
        x, y = _left(start.column) + NODE_WIDTH, middle[start]
        left, target = _left(end.column), middle[end]
        bend = (x + left) / 2
        path += f"C{bend:g} {y:g} {bend:g} {target:g} {left:g} {target:g}"
        if end.target:
            path += f"H{left + NODE_WIDTH:g}"
    return path
