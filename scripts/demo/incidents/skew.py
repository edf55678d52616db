"""Training-serving skew: the serving code computes a feature differently."""

from __future__ import annotations

from dataclasses import replace

from scripts.demo.incidents.base import Incident, register
from scripts.demo.options import Options


class _SkewIncident(Incident):
    family = "skew"
    stages = ("serving",)
    default_stage = "serving"


@register
class SkewNullHandling(_SkewIncident):
    """Serving fills every missing number with 0 where training keeps it missing."""

    name = "skew_null_handling"

    def options(self, options: Options) -> Options:
        """Fill nulls."""
        return replace(options, nulls_as_zero=True)


@register
class SkewAggregation(_SkewIncident):
    """Serving counts early departures as on time when it averages delays (origin_delay_3h, carrier_delay_24h)."""

    name = "skew_aggregation"

    def options(self, options: Options) -> Options:
        """Average another delay."""
        return replace(options, late_departures_only=True)


@register
class SkewEncoding(_SkewIncident):
    """Serving writes the name of the destination airport where training has its code."""

    name = "skew_encoding"

    def options(self, options: Options) -> Options:
        """Write names."""
        return replace(options, dest_as_name=True)
