"""The share of an upstream table's rows or keys that is kept."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from stageprint.checks._bounds import Share, check_order, exactly, judge
from stageprint.checks._keys import find_key, find_table, key_share
from stageprint.checks._text import between, percent
from stageprint.checks.base import CheckContext, Parameters, TableCheck, UndecidedError, Verdict
from stageprint.features.table import Bounded
from stageprint.model import Lack, TableProfile
from stageprint.model.figures import plural


class RetentionParameters(Parameters):
    """Parameters of ``retention``.

    Attributes:
        min_share: Smallest accepted share of the upstream table that is kept, 0–1.
        max_share: Largest accepted share; by rows, it may be above 1 if a join may multiply them.
        by: ``rows``, or ``keys``: the distinct keys of the upstream table.
        of: The upstream table, ``stage.table``; if not set, the table that the rows come from (`retention.of`, or the
            upstream table with the same keys).
    """

    min_share: Share | None = None
    max_share: float | None = Field(default=None, ge=0, allow_inf_nan=False, strict=True)
    by: Literal["rows", "keys"] = "rows"
    of: str | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        check_order(self.min_share, self.max_share)
        return self


class RetentionCheck(TableCheck[RetentionParameters]):
    """The table keeps a given share of the rows, or of the keys, of an upstream table in the same run.

    By rows, the share is exact; above 1, it means that rows were multiplied. By keys, duplicate rows cannot hide lost
    rows: the check estimates from theta sketches which share of the upstream table's distinct keys is kept. This is
    exact up to 2^``sketches.theta_lg_k`` keys (4,096); with more, the bounds are three standard deviations wide. Not
    computable if no upstream profile with rows exists, and by keys also if the two tables declare no common key.

    Example:
        - retention: {min_share: 0.95, max_share: 1.0}
        - {check: retention, by: keys, of: raw.flights, min_share: 0.9, severity: warning}
    """

    name: ClassVar[str] = "retention"
    model: ClassVar[type[Parameters]] = RetentionParameters

    @property
    def expected(self) -> str:
        """The share."""
        low, high = self.parameters.min_share, self.parameters.max_share
        bounds = between(None if low is None else percent(low), None if high is None else percent(high))
        return f"{bounds} of the {self.parameters.by} of {self.parameters.of or 'the upstream table'}"

    @property
    def tables(self) -> tuple[str, ...]:
        """The upstream table, if it is named."""
        return () if self.parameters.of is None else (self.parameters.of,)

    def judge(self, context: CheckContext) -> Verdict:
        """Compare the share with the bounds."""
        upstream = self._upstream(context)
        if not upstream.rows:
            reason = f"{upstream.key} has no rows"
            raise UndecidedError(reason, lacks=Lack.VALUES)
        if self.parameters.by == "rows":
            share = exactly(context.table.rows / upstream.rows)
            detail = f": {context.table.rows:,} of {plural(upstream.rows, 'row')} of {upstream.key}"
        else:
            share, detail = _keys_kept(context.table, upstream), f" of the keys of {upstream.key}"
        verdict = judge(share, self.parameters.min_share, self.parameters.max_share)
        return Verdict(verdict.passed, verdict.observed + detail)

    def _upstream(self, context: CheckContext) -> TableProfile:
        if self.parameters.of is not None:
            return find_table(context, self.parameters.of)
        if context.upstream is None:
            reason = "no profile of an upstream table in this run; name it with `of`"
            raise UndecidedError(reason, lacks=Lack.PROFILE if context.has_upstream else None)
        return context.upstream


def _keys_kept(table: TableProfile, upstream: TableProfile) -> Bounded:
    common = sorted(set(table.keys) & set(upstream.keys), key=lambda name: (-name.count("+"), name))
    if not common and {*table.facts.get("key_null_rows", {})} & {*upstream.facts.get("key_null_rows", {})}:
        reason = f"no sketch is kept of the keys of {table.key} and {upstream.key}: they are sensitive, no secret"
        raise UndecidedError(reason)
    if not common:
        reason = f"{table.key} and {upstream.key} declare no key in common"
        raise UndecidedError(reason)
    columns = (common[0],)
    _, theirs = find_key(upstream, columns)
    _, ours = find_key(table, columns)
    return key_share(theirs, ours, str(upstream.key))
