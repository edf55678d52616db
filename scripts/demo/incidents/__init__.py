"""Planted faults: each is a class that says which failure it imitates, where it can occur, and how.

Importing this package fills the registry.
"""

from __future__ import annotations

from scripts.demo.incidents import boundaries, data, evaluation, population, skew
from scripts.demo.incidents.base import INCIDENTS, Context, Incident
from scripts.demo.incidents.plan import DEFAULT_INCIDENTS, Planted, check_previous, parse, parse_all

__all__ = [
    "DEFAULT_INCIDENTS",
    "INCIDENTS",
    "Context",
    "Incident",
    "Planted",
    "boundaries",
    "check_previous",
    "data",
    "evaluation",
    "parse",
    "parse_all",
    "population",
    "skew",
]
