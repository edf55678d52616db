"""What the table statistics see of a table's profile and of the upstream table in the same run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan, nan, sqrt

from stageprint.features.formulas import arcsine
from stageprint.model import SchemaField, TableProfile
from stageprint.states.quality import QualityState
from stageprint.states.theta import ThetaState


@dataclass(frozen=True, slots=True)
class Bounded:
    """A number with its bounds at 3 standard deviations.

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
        """How far the truth may be from the estimate."""
        return max(self.upper - self.value, self.value - self.lower)


@dataclass(frozen=True, slots=True)
class TableShape:
    """One table in one run; NaN or None where it is not known.

    Attributes:
        rows: Number of rows.
        fields: The schema.
        bytes: Bytes of the source's files.
        files: Number of them.
        latest: Latest event time, as text or whatever the profile holds; None: there is none.
        upstream_rows: Rows of the upstream table in the same run.
        key: Name of the key compared: the one of most columns, of those the upstream table has too if there are any.
        theta: Its theta state.
        keys: Number of distinct keys.
        kept: Share of the upstream table's keys that this table has.
        thetas: Theta states of all its keys by name.
        first: Earliest event time.
        role: What its stage is for: training, evaluation, serving or predictions.
        versions: The versions of a model that it records, with their rows.
        expected: Those that it should record.
        expected_error: Why they are not known.
        peers: By role, the tables beside it in the same run.
        quality: How well a model's answers match the labels; None: it is not known.
        upstream_ends: First and latest event time of the upstream table in the same run, in seconds since 1970.
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
    peers: Mapping[str, TableShape] = field(default_factory=dict)
    quality: QualityState | None = None
    upstream_ends: tuple[float, float] | None = None

    @property
    def span(self) -> float:
        """Seconds from the first to the latest event; NaN where they are no moments."""
        return seconds_between(self.first, self.latest)

    @property
    def places(self) -> tuple[tuple[float, float, float], tuple[float, float, float]] | None:
        """Where the first and the last event lie in the upstream range: seconds from its start, to its end, and part.

        None where either range is unknown or the upstream one is a single moment.
        """
        if self.upstream_ends is None or self.upstream_ends[1] <= self.upstream_ends[0] or isnan(self.span):
            return None
        low, high = self.upstream_ends
        ends = (end.timestamp() for end in (self.first, self.latest) if isinstance(end, dt.datetime))
        first, last = ((end - low, high - end, (end - low) / (high - low)) for end in ends)
        return first, last

    @property
    def row_ratio(self) -> float:
        """Rows for each upstream row; NaN without upstream rows."""
        return self.rows / self.upstream_rows if self.upstream_rows > 0 else nan

    @property
    def fan_out(self) -> Bounded | None:
        """Rows for each distinct key; None without keys."""
        if self.keys is None or not self.keys.lower > 0:
            return None
        return Bounded(self.rows / self.keys.value, self.rows / self.keys.upper, self.rows / self.keys.lower)


def seconds_between(start: object, end: object) -> float:
    """Return the seconds from one moment to another; NaN where one is no moment."""
    if not isinstance(start, dt.datetime) or not isinstance(end, dt.datetime):
        return nan
    return (end - start).total_seconds()


def read_table(
    profile: TableProfile,
    upstream: TableProfile | None,
    role: str | None = None,
    peers: Mapping[str, TableProfile] | None = None,
) -> TableShape:
    """Return the shape of a table's profile."""
    thetas = {name: state for name, state in profile.keys.items() if isinstance(state, ThetaState)}
    above = {name: state for name, state in upstream.keys.items() if isinstance(state, ThetaState)} if upstream else {}
    name = key_of_most_columns(thetas.keys() & above.keys()) or key_of_most_columns(thetas)
    theta = thetas[name] if name is not None else None
    keys = kept = None
    if theta is not None:
        keys = _counted_keys(profile, name) or Bounded(*theta.estimate())
        if name in above:
            kept = share_in(above[name], theta)
    return TableShape(
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
    )


def key_of_most_columns(names: Iterable[str]) -> str | None:
    """Return which of the keys (``+``-joined column names) to compare by; None without any."""
    return max(names, key=lambda key: (key.count("+"), key), default=None)


def share_change(now: Bounded, then: Bounded) -> tuple[float, float]:
    """Return the change of a share on the arcsine scale, and what both sides' bounds leave open of it."""
    error = sum(float(arcsine(side.upper) - arcsine(side.lower)) / 2 for side in (now, then))
    return float(arcsine(now.value) - arcsine(then.value)), error


def _quality_of(profile: TableProfile) -> QualityState | None:
    state = profile.facts.get("quality")
    return state if isinstance(state, QualityState) else None


def _ends(profile: TableProfile) -> tuple[float, float] | None:
    found = profile.event_range
    return None if found is None else (found[0].timestamp(), found[1].timestamp())


def _counted_keys(profile: TableProfile, name: str | None) -> Bounded | None:
    """Return the number of distinct keys where the rows that repeat one were counted, else None."""
    repeated = profile.facts.get("key_duplicate_rows", {}).get(name)
    nulls = profile.facts.get("key_null_rows", {}).get(name)
    if repeated is None or nulls is None:
        return None
    keys = float(profile.rows - nulls - repeated)
    return Bounded(keys, keys, keys)


def share_in(keys: ThetaState, other: ThetaState) -> Bounded | None:
    """Return the share of a key set that the other set has too; None of an empty set.

    Both parts of the set are counted among the same hashes, so that they add up to it; the bounds are the parts' own,
    and equal while nothing was dropped.
    """
    common, rest = keys.intersection(other), keys.a_not_b(other)
    if not common.estimate + rest.estimate > 0:
        return None
    return Bounded(
        common.estimate / (common.estimate + rest.estimate),
        common.lower / (common.lower + rest.upper) if common.lower > 0 else 0.0,
        common.upper / (common.upper + rest.lower),
    )


def mean_of(past: Sequence[TableShape], figure: Callable[[TableShape], float]) -> float:
    """Return the mean of a figure over the runs that have it; NaN where none has."""
    values = [value for run in past if not isnan(value := figure(run))]
    return sum(values) / len(values) if values else nan


def mean_bounded(past: Sequence[TableShape], figure: Callable[[TableShape], Bounded | None]) -> Bounded | None:
    """Return the mean of a bounded figure over the runs that have it; errors add in squares."""
    values = [value for run in past if (value := figure(run)) is not None]
    if not values:
        return None
    middle = sum(value.value for value in values) / len(values)
    reach = sqrt(sum(value.error**2 for value in values)) / len(values)
    return Bounded(middle, middle - reach, middle + reach)


def _fact(profile: TableProfile, name: str) -> float:
    value = profile.facts.get(name)
    return nan if value is None else float(value)
