"""The profiler behind a real FastAPI application."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from scripts.demo.serving_app import SCHEMA, create_app
from stageprint.config.loader import load_config
from stageprint.serving import ServingProfiler
from tests.support import serving

CONFIG = Path(__file__).parents[2] / "conf" / "serving.yml"


def request(number: int) -> dict[str, Any]:
    # JSON does not tell 60 from 60.0: every other temperature comes as a whole number.
    temp = None if number % 10 == 0 else 60 if number % 2 else 60.5
    return {
        "request_id": number,
        "carrier": ("UA", "EV")[number % 2],
        "hour": number % 24,
        "distance": 1400,
        "temp": temp,
    }


def serve(root: Path, requests: int) -> list[dict[str, Any]]:
    config = load_config(CONFIG)
    given: dict[str, Any] = {"table": "requests", "directory": root / "profiles", "run": serving.RUN, "columns": SCHEMA}
    app = create_app(lambda: ServingProfiler(config, on_error="raise", **given))
    with TestClient(app) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: client.post("/score", json=request(number)).json(), range(requests)))
        assert client.get("/profiler").json() == {"rows": requests, "files": 0, "errors": 0}
        assert client.post("/score", json={"request_id": "x"}).status_code == 422
    return answers


def test_what_is_served_is_profiled(tmp_path: Path) -> None:
    answers = serve(tmp_path, 200)
    window = serving.merged(tmp_path)
    assert (window.rows, window.problems, dict(window.notes)) == (200, (), {})
    assert window.plan.keys == (("request_id",),)
    found = {name: values for name, (values, _) in serving.metrics(window).items()}
    assert list(found) == list(SCHEMA)
    assert (found["request_id"]["min"], found["request_id"]["max"]) == (0, 199)
    assert (found["temp"]["null_count"], found["temp"]["max"]) == (20, 60.5)
    assert found["score"]["mean"] == pytest.approx(sum(answer["score"] for answer in answers) / 200, rel=1e-12)
    assert found["late"]["true_count"] == sum(answer["late"] for answer in answers)
    assert found["served_at"]["null_count"] == 0


def test_without_a_profiler_it_serves_too() -> None:
    with TestClient(create_app(None)) as client:
        answer = client.post("/score", json=request(1)).json()
        assert answer["request_id"] == 1
        assert 0 < answer["score"] < 1
        assert client.get("/profiler").json() == {}
