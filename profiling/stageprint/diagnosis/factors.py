"""Conversion factors that units, encodings and slips of the decimal point leave behind."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

MIN_FACTOR_TOLERANCE = 0.005
"""Minimum relative tolerance within which a factor counts as a known one."""

_COMMON = {
    "minutes → seconds": 60.0,
    "hours → seconds": 3600.0,
    "days → seconds": 86400.0,
    "days → hours": 24.0,
    "days → minutes": 1440.0,
    "weeks → days": 7.0,
    "miles → kilometres": 1.609344,
    "inches → centimetres": 2.54,
    "feet → metres": 0.3048,
    "feet → inches": 12.0,
    "pounds → kilograms": 0.45359237,
    "m/s → km/h": 3.6,
}

_RARE = {
    "nautical miles → kilometres": 1.852,
    "ounces → grams": 28.349523,
    "gallons → litres": 3.785412,
    "mph → m/s": 0.44704,
    "knots → m/s": 0.514444,
    "inHg → hPa": 33.863887,
    "psi → kPa": 6.894757,
    "kcal → kJ": 4.184,
    "degrees → radians": 0.017453293,
    "bytes → bits": 8.0,
    "KiB → bytes": 1024.0,
    "MiB → bytes": 1048576.0,
}

AFFINE = (
    ("°C → °F", 1.8, 32.0),
    ("°F → °C", 1 / 1.8, -32 / 1.8),
    ("°F → K", 1 / 1.8, 273.15 - 32 / 1.8),
    ("K → °F", 1.8, 32.0 - 1.8 * 273.15),
)
"""Conversions with a factor and an offset: now = factor · then + offset."""

OFFSETS = {273.15: "°C → K", -273.15: "K → °C"}
"""Known offsets."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A known conversion, now = factor · then.

    Attributes:
        factor: By what the values are multiplied.
        meaning: What converts so.
        common: Whether it is met often: of two conversions that fit, the common one is meant.
    """

    factor: float
    meaning: str
    common: bool = True


def _turned(meaning: str) -> str:
    first, second = meaning.split(" → ")
    return f"{second} → {first}"


def _point(power: int) -> str:
    places = "place" if abs(power) == 1 else "places"
    return f"the decimal point moved by {abs(power)} {places} to the {'right' if power > 0 else 'left'}"


def _known() -> tuple[Factor, ...]:
    found = [Factor(10.0**power, _point(power)) for power in range(-9, 10) if power]
    for table, common in ((_COMMON, True), (_RARE, False)):
        for meaning, factor in table.items():
            found += [Factor(factor, meaning, common), Factor(1 / factor, _turned(meaning), common)]
    return tuple(found)


KNOWN = _known()


def snap(factor: float, slack: float = 0.0) -> tuple[Factor, ...]:
    """Return the known conversions within `MIN_FACTOR_TOLERANCE` or `slack` (relative) of a factor, the nearest first.

    Example:
        >>> [known.meaning for known in snap(1.6094)], snap(1.37)
        (['miles → kilometres'], ())
    """
    near = [known for known in KNOWN if abs(factor / known.factor - 1) <= max(MIN_FACTOR_TOLERANCE, slack)]
    return tuple(sorted(near, key=lambda known: abs(log(factor / known.factor))))
