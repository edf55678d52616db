"""How statistics are written for people: in natural units, with what is usual beside them.

A statistic's class says by its `wording` what its value means. A template holds ``{}`` where the figure goes::

    wording: ClassVar[Wording] = Share("{} nulls")

Figures are those of one comparison: the value of the statistic, and where it was measured, the current and the
reference's figure that it was computed from (shares 0–1, counts, …); NaN where a statistic has no such figures.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import asin, exp, isfinite, isnan, nan, pi, sin, sqrt

from stageprint.model.figures import number, percent


@dataclass(frozen=True, slots=True)
class Figures:
    """One comparison.

    Attributes:
        value: The statistic.
        now: The figure of the run under test that the value is computed from; NaN: none is kept.
        then: The reference's figure.
    """

    value: float
    now: float = nan
    then: float = nan


class Wording(ABC):
    """How the values of one statistic are written."""

    @abstractmethod
    def found(self, figures: Figures) -> str:
        """Return what was found in the run under test, such as ``15.4 % nulls``."""

    def reference(self, figures: Figures) -> str | None:
        """Return the reference's figure, such as ``0.2 %``; None where the value is a distance from it."""
        del figures
        return None

    @abstractmethod
    def usual(self, figures: Figures, limit: float, *, signed: bool) -> str:
        """Return the range in which nothing is flagged, such as ``0–0.4 %``.

        Args:
            figures: The comparison.
            limit: Largest absolute value of the statistic that is not flagged.
            signed: Whether the statistic has a sign.
        """

    @abstractmethod
    def threshold(self, figures: Figures, limit: float) -> str:
        """Return the figure at which the statistic reaches `limit` in the direction that it moved in."""


@dataclass(frozen=True, slots=True)
class Number(Wording):
    """The value itself, such as ``Jensen–Shannon distance 0.31``.

    Attributes:
        template: What the value is.
    """

    template: str

    def found(self, figures: Figures) -> str:
        """Return the value in its template."""
        return self.template.format(_plain(figures.value))

    def usual(self, figures: Figures, limit: float, *, signed: bool) -> str:
        """Return the range of values."""
        del figures
        return f"{_plain(-limit)} to {_plain(limit)}" if signed else f"at most {_plain(limit)}"

    def threshold(self, figures: Figures, limit: float) -> str:
        """Return the limit, with the value's sign."""
        return _plain(limit if figures.value >= 0 else -limit)


@dataclass(frozen=True, slots=True)
class Part(Wording):
    """The value is a share 0–1, such as ``31.0 % of the values are at one new value``.

    Attributes:
        template: What has that share.
    """

    template: str

    def found(self, figures: Figures) -> str:
        """Return the share in its template."""
        return self.template.format(percent(abs(figures.value)))

    def usual(self, figures: Figures, limit: float, *, signed: bool) -> str:
        """Return the largest share that is not flagged."""
        del figures, signed
        return f"at most {percent(min(limit, 1.0))}"

    def threshold(self, figures: Figures, limit: float) -> str:
        """Return the limit."""
        del figures
        return percent(min(limit, 1.0))


@dataclass(frozen=True, slots=True)
class Share(Wording):
    """The value is the change of a share on the arcsine scale, h(now) − h(then) with h(p) = 2·arcsin√p.

    Without a figure of the reference the value is h of the share itself: the reference has none.

    Example:
        >>> nulls, figures = Share("{} nulls"), Figures(0.74, 0.154, 0.002)
        >>> nulls.found(figures), nulls.reference(figures), nulls.usual(figures, 0.05, signed=False)
        ('15.4 % nulls', '0.2 %', '0.04–0.5 %')
        >>> Share("{} of the rows repeat a key").found(Figures(1.0471975511965976))
        '25.0 % of the rows repeat a key'
    """

    template: str

    def found(self, figures: Figures) -> str:
        """Return the current share in its template."""
        return self.template.format(percent(share_of(abs(figures.value)) if isnan(figures.now) else figures.now))

    def reference(self, figures: Figures) -> str | None:
        """Return the reference's share, None where it has none."""
        return None if isnan(figures.then) else percent(figures.then)

    def usual(self, figures: Figures, limit: float, *, signed: bool) -> str:
        """Return the range of shares."""
        del signed
        if isnan(figures.then):
            return f"at most {percent(share_of(limit))}"
        low, high = percent(_moved(figures.then, -limit)), percent(_moved(figures.then, limit))
        low, high = (text.removesuffix(" %").removesuffix(".0") for text in (low, high))
        return f"{high} %" if low == high else f"{low}–{high} %"

    def threshold(self, figures: Figures, limit: float) -> str:
        """Return the share at the limit, on the side to which it moved."""
        if isnan(figures.then):
            return percent(share_of(limit))
        return percent(_moved(figures.then, limit if figures.now >= figures.then else -limit))


@dataclass(frozen=True, slots=True)
class Ratio(Wording):
    """The value is the natural logarithm of now ÷ then, such as of counts.

    Example:
        >>> rows, figures = Ratio("{} rows"), Figures(0.69, 2000.0, 1000.0)
        >>> rows.found(figures), rows.reference(figures), rows.usual(figures, 0.1, signed=False)
        ('2,000 rows', '1,000', '904.8–1,105')
    """

    template: str

    def found(self, figures: Figures) -> str:
        """Return the current figure in its template, or the factor where it is not kept."""
        if isnan(figures.now):
            return f"{self.template.format('').strip()} changed by a factor of {_plain(exp(abs(figures.value)))}"
        return self.template.format(_tidy(figures.now))

    def reference(self, figures: Figures) -> str | None:
        """Return the reference's figure."""
        return None if isnan(figures.then) else _tidy(figures.then)

    def usual(self, figures: Figures, limit: float, *, signed: bool) -> str:
        """Return the range of figures, or of factors."""
        del signed
        if isnan(figures.then):
            return f"a factor of at most {_plain(_exp(limit))}"
        return f"{_tidy(figures.then * _exp(-limit))}–{_tidy(figures.then * _exp(limit))}"

    def threshold(self, figures: Figures, limit: float) -> str:
        """Return the figure at the limit, on the side to which it moved."""
        if isnan(figures.then):
            return f"a factor of {_plain(_exp(limit))}"
        return _tidy(figures.then * _exp(limit if figures.now >= figures.then else -limit))


@dataclass(frozen=True, slots=True)
class Difference(Wording):
    """The value is now − then, such as of a ROC AUC."""

    template: str

    def found(self, figures: Figures) -> str:
        """Return the current figure in its template, or the change where it is not kept."""
        return self.template.format(f"{figures.value:+.4g}" if isnan(figures.now) else _plain(figures.now))

    def reference(self, figures: Figures) -> str | None:
        """Return the reference's figure."""
        return None if isnan(figures.then) else _plain(figures.then)

    def usual(self, figures: Figures, limit: float, *, signed: bool) -> str:
        """Return the range of figures."""
        del signed
        middle = 0.0 if isnan(figures.then) else figures.then
        return f"{_plain(middle - limit)} to {_plain(middle + limit)}"

    def threshold(self, figures: Figures, limit: float) -> str:
        """Return the figure at the limit, on the side to which it moved."""
        middle = 0.0 if isnan(figures.then) else figures.then
        return _plain(middle + (limit if figures.value >= 0 else -limit))


@dataclass(frozen=True, slots=True)
class Fact(Wording):
    """What is the case where a rule with the values 0 and 1 is broken, such as ``every row is null``."""

    text: str

    def found(self, figures: Figures) -> str:
        """Return the text."""
        del figures
        return self.text

    def usual(self, figures: Figures, limit: float, *, signed: bool) -> str:
        """Return that it was never so."""
        del figures, limit, signed
        return "never"

    def threshold(self, figures: Figures, limit: float) -> str:
        """Return that any breach counts."""
        del figures, limit
        return "any breach"


def _plain(value: float) -> str:
    return f"{value:.4g}"


def _tidy(value: float) -> str:
    return number(value if abs(value) < 1000 else float(round(value))) if isfinite(value) else "any"


def _exp(value: float) -> float:
    return exp(min(value, 700.0))


def share_of(angle: float) -> float:
    """Return p of h(p) = 2·arcsin√p."""
    return sin(min(max(angle, 0.0), pi) / 2) ** 2


def _moved(share: float, angle: float) -> float:
    return share_of(2 * asin(sqrt(min(max(share, 0.0), 1.0))) + angle)
