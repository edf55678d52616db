"""Table features: the figures of one table in one run, with those of its upstream table and its peers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan, nan, sqrt

from stageprint.features.formulas import arcsine
from stageprint.model import NotComputable, SchemaField, TableProfile
from stageprint.states.quality import QualityState
from stageprint.states.theta import ThetaState


@dataclass(frozen=True, slots=True)
class Bounded:
    """An estimate with its bounds at 3 standard deviations; all three are equal where it is exact.

    Attributes:
        value: The estimate.
        lower: Lower bound.
        upper: Upper bound.
    """

    value: float
    lower: float
    upper: float

    @property
    def error(self) -> float:
        """Largest distance of a bound from the estimate."""
        return max(self.upper - self.value, self.value - self.lower)


@dataclass(frozen=True, slots=True)
class TableFeatures:
    """One table in one run; a figure that is not known is NaN or None.

    Attributes:
        rows: Number of rows.
        fields: The schema.
        bytes: Size of the source's files in bytes.
        files: Number of the source's files.
        latest: Latest event time as the profile holds it; None without one.
        upstream_rows: Rows of the upstream table in the same run.
        key: Name of the key that is compared: of the keys that the upstream table has too, or else of all keys, the
            one with the most columns; None without keys.
        theta: Theta state of that key.
        keys: Number of distinct values of that key.
        kept: Share (0–1) of the upstream table's keys that this table has.
        kept_unlike: Whether `kept` is not known because the two tables' keys are not `hashed_alike`.
        thetas: Theta states of all keys by name.
        first: Earliest event time as the profile holds it; None without one.
        role: Role of its stage: ``training``, ``evaluation``, ``serving`` or ``predictions``; None without one.
        versions: Model version recorded in the table → its rows.
        expected: Model versions that it should record.
        expected_error: Why the expected versions are not known; None where they are.
        peers: Role → the table of that role in the same run.
        quality: Counts of a model's predictions against the labels; None without them.
        malformed: Number of rows that the reader could not parse.
        upstream_ends: First and latest event time of the upstream table in the same run, in seconds since 1970-01-01.
        date: The run's date; None: its name begins with none.
    """

    rows: float
    fields: tuple[SchemaField, ...]
    bytes: float = nan
    files: float = nan
    latest: object = None
    upstream_rows: float = nan
    key: str | None = None
    theta: ThetaState | None = None
    keys: Bounded | None = None
    kept: Bounded | None = None
    thetas: Mapping[str, ThetaState] = field(default_factory=dict)
    first: object = None
    role: str | None = None
    versions: Mapping[str, int] = field(default_factory=dict)
    expected: tuple[str, ...] = ()
    expected_error: str | None = None
    peers: Mapping[str, TableFeatures] = field(default_factory=dict)
    quality: QualityState | None = None
    upstream_ends: tuple[float, float] | None = None
    malformed: float = nan
    kept_unlike: bool = False
    date: dt.date | None = None

    @property
    def span(self) -> float:
        """Seconds from the first to the latest event; NaN where either is not a timestamp."""
        return seconds_between(self.first, self.latest)

    @property
    def places(self) -> tuple[tuple[float, float, float], tuple[float, float, float]] | None:
        """Position of the first and of the latest event within the upstream table's time range.

        Each is (seconds since the range's start, seconds to its end, fraction of the range). None where a range is
        not known, or where the upstream range has no length.
        """
        if self.upstream_ends is None or self.upstream_ends[1] <= self.upstream_ends[0] or isnan(self.span):
            return None
        low, high = self.upstream_ends
        ends = (end.timestamp() for end in (self.first, self.latest) if isinstance(end, dt.datetime))
        first, last = ((end - low, high - end, (end - low) / (high - low)) for end in ends)
        return first, last

    @property
    def row_ratio(self) -> float:
        """Rows ÷ upstream rows; NaN without upstream rows."""
        return self.rows / self.upstream_rows if self.upstream_rows > 0 else nan

    @property
    def fan_out(self) -> Bounded | None:
        """Rows ÷ distinct keys; None without keys."""
        if self.keys is None or not self.keys.lower > 0:
            return None
        return Bounded(self.rows / self.keys.value, self.rows / self.keys.upper, self.rows / self.keys.lower)


def seconds_between(start: object, end: object) -> float:
    """Return the seconds from one timestamp to another; NaN where either is not a `datetime`."""
    if not isinstance(start, dt.datetime) or not isinstance(end, dt.datetime):
        return nan
    return (end - start).total_seconds()


def read_table(
    profile: TableProfile,
    upstream: TableProfile | None,
    role: str | None = None,
    peers: Mapping[str, TableProfile] | None = None,
    date: dt.date | None = None,
) -> TableFeatures:
    """Return a table's features.

    Args:
        profile: The table's profile.
        upstream: The upstream table's profile of the same run; None without one.
        role: Role of the table's stage.
        peers: Role → profile of the table of that role in the same run.
        date: The run's date.
    """
    thetas = {name: state for name, state in profile.keys.items() if isinstance(state, ThetaState)}
    above = {name: state for name, state in upstream.keys.items() if isinstance(state, ThetaState)} if upstream else {}
    name = key_of_most_columns(thetas.keys() & above.keys()) or key_of_most_columns(thetas)
    theta = thetas[name] if name is not None else None
    keys = kept = None
    unlike = name in above and theta is not None and not hashed_alike(above[name], theta)
    if theta is not None:
        keys = counted_keys(profile, name) or Bounded(*theta.estimate())
        if name in above:
            kept = share_in(above[name], theta)
    return TableFeatures(
        rows=float(profile.rows),
        fields=profile.schema,
        bytes=_fact(profile, "source_bytes"),
        files=_fact(profile, "source_files"),
        latest=profile.facts.get("event_time_max"),
        upstream_rows=float(upstream.rows) if upstream is not None else nan,
        key=name,
        theta=theta,
        keys=keys,
        kept=kept,
        thetas=thetas,
        first=profile.facts.get("event_time_min"),
        role=role,
        versions=dict(profile.facts.get("model_versions") or ()),
        expected=tuple(profile.facts.get("expected_model_versions") or ()),
        expected_error=profile.facts.get("expected_model_version_error"),
        quality=_quality_of(profile),
        peers={name: read_table(peer, None, name) for name, peer in (peers or {}).items()},
        upstream_ends=_ends(upstream) if upstream is not None else None,
        malformed=_fact(profile, "malformed_rows"),
        kept_unlike=unlike,
        date=date,
    )


def key_of_most_columns(names: Iterable[str]) -> str | None:
    """Return the key of the most columns, of two the last by name; None without keys.

    Args:
        names: Names of keys: their columns joined by ``+``.
    """
    return max(names, key=lambda key: (key.count("+"), key), default=None)


def share_change(now: Bounded, then: Bounded) -> tuple[float, float]:
    """Return the change of a share on the arcsine scale (Cohen's h), and the bound on its error."""
    error = sum(float(arcsine(side.upper) - arcsine(side.lower)) / 2 for side in (now, then))
    return float(arcsine(now.value) - arcsine(then.value)), error


def _quality_of(profile: TableProfile) -> QualityState | None:
    state = profile.facts.get("quality")
    return state if isinstance(state, QualityState) else None


def _ends(profile: TableProfile) -> tuple[float, float] | None:
    found = profile.event_range
    return None if found is None else (found[0].timestamp(), found[1].timestamp())


def counted_keys(profile: TableProfile, name: str | None) -> Bounded | None:
    """Return the exact number of distinct keys; None where duplicated rows were not counted."""
    repeated = profile.facts.get("key_duplicate_rows", {}).get(name)
    nulls = profile.facts.get("key_null_rows", {}).get(name)
    if repeated is None or nulls is None:
        return None
    keys = float(profile.rows - nulls - repeated)
    return Bounded(keys, keys, keys)


def hashed_alike(keys: ThetaState, other: ThetaState) -> bool:
    """Return whether two sets of keys were hashed with the same secret, or both with none.

    Otherwise they have no hash in common, whatever the keys are: nothing can be said of them.
    """
    return keys.hash_key_id == other.hash_key_id


HASHED_UNLIKE = NotComputable("the keys are hashed with different secrets, or only one side's are")
"""Why keys cannot be compared that are not `hashed_alike`."""


def share_in(keys: ThetaState, other: ThetaState) -> Bounded | None:
    """Return the share (0–1) of `keys` that `other` holds too; None where `keys` is empty.

    None too where the two are not `hashed_alike`. It is |keys ∩ other| ÷ (|keys ∩ other| + |keys ∖ other|), both
    counted among the same hashes; exact while neither sketch has dropped a hash.
    """
    if not hashed_alike(keys, other):
        return None
    common, rest = keys.intersection(other), keys.a_not_b(other)
    if not common.estimate + rest.estimate > 0:
        return None
    return Bounded(
        common.estimate / (common.estimate + rest.estimate),
        common.lower / (common.lower + rest.upper) if common.lower > 0 else 0.0,
        common.upper / (common.upper + rest.lower),
    )


def mean_of(past: Sequence[TableFeatures], figure: Callable[[TableFeatures], float]) -> float:
    """Return the mean of a figure over the runs that have it; NaN where no run has it."""
    values = [value for run in past if not isnan(value := figure(run))]
    return sum(values) / len(values) if values else nan


def mean_bounded(past: Sequence[TableFeatures], figure: Callable[[TableFeatures], Bounded | None]) -> Bounded | None:
    """Return the mean of an estimate over the runs that have it, errors added in squares; None where no run has it."""
    values = [value for run in past if (value := figure(run)) is not None]
    if not values:
        return None
    middle = sum(value.value for value in values) / len(values)
    reach = sqrt(sum(value.error**2 for value in values)) / len(values)
    return Bounded(middle, middle - reach, middle + reach)


def _fact(profile: TableProfile, name: str) -> float:
    value = profile.facts.get(name)
    return nan if value is None else float(value)
