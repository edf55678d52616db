"""The doctor: everything that is looked at, in the order in which it is shown."""

from __future__ import annotations

from stageprint.config.loader import load_config
from stageprint.doctor.configured import examine_config, needed_libraries, why_spark
from stageprint.doctor.environment import examine_optional, examine_python, examine_spark
from stageprint.doctor.examined import Examined


def examine(file: str | None) -> list[Examined]:
    """Return what works here and what does not.

    Args:
        file: The configuration whose needs count; None: what stageprint itself needs.

    Raises:
        ConfigError: The file is not a configuration.
    """
    config = None if file is None else load_config(file).of_patterns()
    found = [*examine_python(), *examine_spark(None if config is None else why_spark(config))]
    found += examine_optional(frozenset() if config is None else needed_libraries(config))
    return found if config is None else [*found, *examine_config(config)]
