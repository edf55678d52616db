from __future__ import annotations

import re

from stageprint.report.html.anchors import anchor


def test_anchors_tell_apart_what_looks_alike() -> None:
    names = [anchor("a", "b-c"), anchor("a-b", "c"), anchor("a", "b c"), anchor("a", "b_c"), anchor("a", "b", "c")]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[\w-]+", name) for name in names)
