"""Findings and check results as the page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from stageprint.report.evidence import evidence_items
from stageprint.report.faulty_rows import RowQuery
from stageprint.report.html.anchors import nearest_anchor
from stageprint.report.html.pictures.base import Picture
from stageprint.report.html.views import BesideView, CheckView, FindingView, FirstLookView
from stageprint.report.next_steps import next_steps, queries
from stageprint.report.rows import Row, place
from stageprint.report.text import clip, share, words

_MAX_TEXT_CHARS: Final = 400


def finding_view(
    finding: Row,
    anchors: Mapping[str, str],
    beside: Sequence[Row] = (),
    *,
    number: int = 1,
    pictures: tuple[Picture, ...] = (),
    rows: RowQuery | None = None,
) -> FindingView:
    """Return a finding's card.

    Args:
        finding: The finding.
        anchors: Those of `anchors_of`.
        beside: The findings that are folded into its card.
        number: Its place on the page, from 1.
        pictures: What shows it.
        rows: The query for the rows it is about.
    """
    where = place(finding)
    confidence = finding["confidence"]
    return FindingView(
        anchor=f"finding-{number}",
        severity=finding["severity"],
        place=where,
        link=nearest_anchor(where, anchors),
        cause=words(finding["cause"]),
        kind=finding["class"],
        since=_since(finding),
        confidence=None if confidence is None else f"confidence {share(confidence)}",
        sentence=finding["sentence"],
        evidence=evidence_items(finding["evidence"]),
        explains=tuple((name, nearest_anchor(name, anchors)) for name in finding["explains"] or ()),
        changes=tuple(str(one["text"]) for one in finding.get("changes") or ()),
        alternatives=", ".join(words(name) for name in finding["alternatives"] or ()),
        to_check=next_steps(finding["cause"]).check,
        rows=rows,
        queries=tuple(queries(finding)),
        pictures=pictures,
        beside=tuple(_beside(other, anchors) for other in beside),
    )


def _since(finding: Row) -> str:
    """Return since when it is so, and how its incident stands now where that is over."""
    since = "new in this run" if finding["first_run"] == finding["run_id"] else f"since {finding['first_run']}"
    stands = finding.get("incident_status")
    return f"{since} · {stands} since then" if stands in {"accepted", "resolved"} else since


def _beside(finding: Row, anchors: Mapping[str, str]) -> BesideView:
    where = place(finding)
    link = nearest_anchor(where, anchors)
    return BesideView(finding["severity"], where, link, words(finding["cause"]), finding["sentence"])


def first_look_view(row: Row, anchors: Mapping[str, str]) -> FirstLookView:
    """Return a line of the first look; `anchors` are those of `anchors_of`."""
    where = place(row)
    also = ", ".join(row["explains"] or ())
    return FirstLookView(where, nearest_anchor(where, anchors), words(row["cause"]), row["sentence"], also)


def check_view(row: Row, anchors: Mapping[str, str]) -> CheckView:
    """Return a check result's row; `anchors` are those of `anchors_of`."""
    where = place(row)
    failed = row["status"] == "fail"
    observed = row["observed"] if row["reason"] is None else f"{row['observed']}: {row['reason']}"
    return CheckView(
        badge=row["severity"] if failed else words(row["status"]),
        style=row["severity"] if failed else "",
        place=where,
        link=nearest_anchor(where, anchors),
        check=row["check"],
        expected=clip(row["expected"], _MAX_TEXT_CHARS),
        observed=clip(observed, _MAX_TEXT_CHARS),
    )
