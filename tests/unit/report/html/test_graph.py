from __future__ import annotations

import re

import pytest

from stageprint.report.html.data import StageInfo
from stageprint.report.html.graph import NODE_HEIGHT, NODE_WIDTH, Graph, lay_out

CHAIN = {"raw": (), "joined": ("raw",), "features": ("joined",)}
DIAMOND = {
    "raw": (),
    "joined": ("raw",),
    "features": ("joined",),
    "training": ("features",),
    "evaluation": ("features",),
    "serving": ("raw",),
    "predictions": ("training", "serving", "raw"),
}
APART = {"a": (), "b": (), "c": ("b",)}


def graph_of(upstream: dict[str, tuple[str, ...]]) -> Graph:
    return lay_out([StageInfo(name, None, parents, ("t",)) for name, parents in upstream.items()])


@pytest.mark.parametrize("upstream", [CHAIN, DIAMOND, APART, {"one": ()}])
def test_boxes_fit_do_not_overlap_and_stand_right_of_what_they_read(upstream: dict[str, tuple[str, ...]]) -> None:
    graph = graph_of(upstream)
    boxes = {node.stage.name: node for node in graph.nodes}
    assert set(boxes) == set(upstream)
    for name, node in boxes.items():
        assert 0 <= node.x <= graph.width - NODE_WIDTH
        assert 0 <= node.y <= graph.height - NODE_HEIGHT
        assert all(boxes[parent].x + NODE_WIDTH < node.x for parent in upstream[name])
        for other in boxes.values():
            if other is not node:
                assert abs(other.x - node.x) >= NODE_WIDTH or abs(other.y - node.y) >= NODE_HEIGHT


def test_every_edge_is_drawn_from_box_to_box() -> None:
    graph = graph_of(DIAMOND)
    boxes = {node.stage.name: node for node in graph.nodes}
    assert {(edge.source, edge.target) for edge in graph.edges} == {
        (parent, name) for name, parents in DIAMOND.items() for parent in parents
    }
    for edge in graph.edges:
        numbers = [float(text) for text in re.findall(r"-?[\d.]+", edge.path)]
        source, target = boxes[edge.source], boxes[edge.target]
        assert (numbers[0], numbers[1]) == (source.x + NODE_WIDTH, source.y + NODE_HEIGHT / 2)
        assert (numbers[-2], numbers[-1]) == (target.x, target.y + NODE_HEIGHT / 2)


def test_an_edge_that_skips_columns_passes_between_the_boxes() -> None:
    graph = graph_of(DIAMOND)
    edge = next(edge for edge in graph.edges if (edge.source, edge.target) == ("raw", "predictions"))
    passes = re.findall(r"([\d.]+) ([\d.]+)H([\d.]+)", edge.path)
    assert len(passes) == 3
    for left, height, _ in passes:
        for node in graph.nodes:
            if node.x == float(left):
                assert not node.y <= float(height) <= node.y + NODE_HEIGHT
