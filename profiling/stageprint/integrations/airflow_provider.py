"""What Airflow asks of a provider: found through the entry point ``apache_airflow_provider``; imports no Airflow."""

from __future__ import annotations

from typing import Any

from stageprint.version import stageprint_version


def provider_info() -> dict[str, Any]:
    """Return what this package is to Airflow: its name, versions and the module of its operators."""
    module = "stageprint.integrations.airflow"
    return {
        "package-name": "stageprint",
        "name": "Stageprint",
        "description": "Fingerprints of every table in every stage of an ML pipeline: what broke, where, and why.",
        "versions": [stageprint_version()],
        "operators": [{"integration-name": "Stageprint", "python-modules": [module]}],
        "sensors": [{"integration-name": "Stageprint", "python-modules": [module]}],
    }
