"""A small scoring service behind FastAPI, profiled while it serves: how `ServingProfiler` goes into a real application.

Start it with ``uvicorn scripts.demo.serving_app:app``; docs/serving.md shows a request. Every request's features and
score are one row of ``serving.requests``. Configuration: ``STAGEPRINT_CONFIG`` (default conf/serving.yml); without
profiling: ``STAGEPRINT_PROFILE=0``.
"""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

from stageprint.serving import ServingProfiler

CONFIG = "conf/serving.yml"

MODEL_VERSION = "late-logistic-1"

# A logistic regression of "arrives more than 15 minutes late" on flights of 2013; small on purpose, so that what is
# measured is the service and not the model.
_WEIGHTS = {"distance": -0.0001, "hour": 0.11, "temp": 0.004, "wind_speed": 0.02, "visib": -0.08}
_BIAS = -2.3
_BY_CARRIER = {"EV": 0.45, "FL": 0.4, "F9": 0.5, "HA": -0.6, "AS": -0.5, "UA": -0.1, "DL": -0.25, "AA": -0.2}

SCHEMA = {
    "request_id": "bigint",
    "carrier": "string",
    "origin": "string",
    "dest": "string",
    "distance": "double",
    "hour": "int",
    "temp": "double",
    "wind_speed": "double",
    "visib": "double",
    "score": "double",
    "late": "boolean",
    "model_version": "string",
    "served_at": "timestamp",
}
"""The rows' columns. JSON does not tell 39 from 39.0: a declared schema does."""


class Flight(BaseModel):
    """The features of one flight; what is not known is null."""

    request_id: int
    carrier: str | None = None
    origin: str | None = None
    dest: str | None = None
    distance: float | None = Field(default=None, ge=0)
    hour: Annotated[int, Field(ge=0, le=23)] | None = None
    temp: float | None = None
    wind_speed: float | None = None
    visib: float | None = None


class Score(BaseModel):
    """The probability (0–1) of arriving late, and the decision."""

    request_id: int
    score: float
    late: bool


def score(features: Mapping[str, Any]) -> float:
    """Return the probability of arriving late; a missing feature counts as its weight's zero."""
    total = _BIAS + _BY_CARRIER.get(features["carrier"] or "", 0.0)
    total += sum(weight * (features[name] or 0.0) for name, weight in _WEIGHTS.items())
    return 1.0 / (1.0 + math.exp(-total))


def create_app(make_profiler: Callable[[], ServingProfiler] | None) -> FastAPI:
    """Return the application.

    Args:
        make_profiler: Makes the profiler when the service starts; None serves without.
    """
    profiler: ServingProfiler | None = None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        nonlocal profiler
        profiler = make_profiler() if make_profiler is not None else None
        yield
        if profiler is not None:
            profiler.close()

    app = FastAPI(title="Late flights", lifespan=lifespan)

    @app.post("/score")
    def post_score(flight: Flight) -> Score:
        features = flight.model_dump()
        result = score(features)
        late = result >= 0.5
        if profiler is not None:
            features |= {"score": result, "late": late, "model_version": MODEL_VERSION}
            profiler.update(features | {"served_at": dt.datetime.now(dt.timezone.utc)})
        return Score(request_id=flight.request_id, score=result, late=late)

    @app.get("/profiler")
    def get_profiler() -> dict[str, int]:
        if profiler is None:
            return {}
        return {"rows": profiler.rows, "files": profiler.files, "errors": profiler.errors}

    return app


def profiler_from_environment() -> ServingProfiler:
    """Return the profiler of the configuration that ``STAGEPRINT_CONFIG`` names."""
    return ServingProfiler(os.environ.get("STAGEPRINT_CONFIG", CONFIG), table="requests", columns=SCHEMA)


app = create_app(None if os.environ.get("STAGEPRINT_PROFILE") == "0" else profiler_from_environment)
