"""The runs, the commands and the stores that the kills begin with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

import pyarrow as pa

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from tests.support import shop
from tests.support.planted_faults import declared, with_people

RUNS: Final = shop.days(7)
TARGET: Final = RUNS[-1]
ROWS: Final = 600

Data = Literal["good", "bad"]


@dataclass(frozen=True)
class Command:
    """A command about the last run.

    Attributes:
        name: ``profile`` or ``compare``.
        data: The data that are profiled.
        stages: Only these stages.
    """

    name: Literal["profile", "compare"]
    data: Data = "good"
    stages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Start:
    """A store before the command: earlier runs are profiled and compared, and these commands were run to the end.

    Attributes:
        done: The commands about the last run.
    """

    done: tuple[Command, ...]

    @property
    def data(self) -> Data | None:
        """The data that were profiled last."""
        return next((one.data for one in reversed(self.done) if one.name == "profile"), None)


_GOOD, _BAD, _COMPARE = Command("profile"), Command("profile", "bad"), Command("compare")
STARTS: Final = tuple(Start(done) for done in ((), (_GOOD,), (_GOOD, _COMPARE), (_BAD,), (_BAD, _COMPARE)))
COMMANDS: Final = (_GOOD, _BAD, Command("profile", "bad", ("raw",)), _COMPARE)


def possible(start: Start, command: Command) -> bool:
    """Tell whether a command can be run: only a run that was profiled can be compared."""
    return command.name == "profile" or start.data is not None


def config(folder: Path) -> PipelineConfig:
    """Return the pipeline with its store in a folder."""
    return parse_config(configuration(folder))


def configuration(folder: Path) -> str:
    """Return the pipeline's configuration: two stages with a declared check each, and sensitive columns."""
    return declared(shop.checked_yaml(folder))


@cache
def tables(data: Data) -> dict[str, dict[str, pa.Table]]:
    """Return the rows of all runs, with planted values; in bad data the last run's prices are in cents."""
    found = {}
    for run in RUNS:
        raw = shop.orders(run, ROWS)
        if data == "bad" and run == TARGET:
            raw = shop.in_cents(raw)
        features = shop.features(raw)
        found[run] = {"raw.orders": with_people(raw), "features.order_features": with_people(features)}
    return found
