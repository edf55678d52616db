"""Recall, precision, causes, and the page made of them."""

from __future__ import annotations

import json
import math
from pathlib import Path

from scripts.yardsticks import figures, page, worlds
from scripts.yardsticks.judging import Alert
from scripts.yardsticks.planted import HEALTHY, Trial
from scripts.yardsticks.real import Judged
from scripts.yardsticks.rivals import RULES
from scripts.yardsticks.scoring import OURS, RIVALS, best_point, named, score, stands, with_history
from scripts.yardsticks.tab_errors import SOURCE
from scripts.yardsticks.verdicts import parse
from scripts.yardsticks.volume import VolumeTrial
from scripts.yardsticks.worlds import WorldRun


def trial(severity: str = "", touched: int = 0, history: int = 28, naming: str = "", rival: bool = False) -> Trial:
    fault, name = ("unit", f"× 10, {touched} %") if touched else (HEALTHY, HEALTHY)
    causes = () if naming == "" else ("offset",)
    rivals = dict.fromkeys(RULES, rival)
    return Trial("shop/orders.price", "numeric", history, fault, name, touched, severity, causes, naming, rivals)


TRIALS = [
    trial("critical", 100, naming="right"),
    trial("warning", 100, naming="wrong", rival=True),
    trial("review", 10),
    trial("", 10),
    trial("warning", history=30),
    *(trial(history=28) for _ in range(9)),
    trial("critical", 100, history=7, naming="absent"),
    trial("", history=9),
]
LONG = with_history(TRIALS, (28, 7), 28)


def test_the_lengths_of_history_are_kept_apart() -> None:
    assert (len(LONG), len(with_history(TRIALS, (28, 7), 7))) == (14, 2)


def test_recall_and_precision_of_each_level() -> None:
    alert = score(LONG, OURS["alert"])
    assert (alert.planted, alert.found, alert.healthy, alert.false) == (4, 2, 10, 1)
    assert (alert.recall, alert.false_share) == (0.5, 0.1)
    assert alert.precision == 0.5 / 0.6
    assert (alert.recall_at(100), alert.recall_at(10)) == (1.0, 0.0)
    assert math.isnan(alert.recall_at(50))
    assert score(LONG, OURS["digest"]).recall == 0.75
    assert score(LONG, OURS["critical"]).recall == 0.25


def test_an_alert_that_goes_on_is_told_once() -> None:
    lasting = [Trial(**{**vars(trial()), "standing": standing}) for standing in ("critical", "review", "")]
    assert [score(lasting, flag).false for flag in (OURS["digest"], stands)] == [0, 1]


def test_a_rival_is_met_at_its_own_precision() -> None:
    ours = {name: score(LONG, flag) for name, flag in OURS.items()}
    exact = score(LONG, RIVALS["psi"])
    assert (exact.precision, exact.recall) == (1.0, 0.25)
    best = best_point(ours, exact)
    assert best is not None
    assert (best[0], best[1].recall) == ("critical", 0.25)
    loud = score([*LONG, *(trial(rival=True) for _ in range(10))], RIVALS["psi"])
    best = best_point(ours, loud)
    assert best is not None
    assert best[0] == "digest"


def test_causes_are_counted_over_alerts_only() -> None:
    causes = named(LONG)
    assert (causes.right, causes.wrong, causes.absent, causes.found) == (1, 1, 0, 2)


VOLUME = [VolumeTrial("shop", "orders", "2026-01-05", 28, "rows ÷ 10", seen, ("critical",)) for seen in (False, True)]


WORLD = worlds.figures(
    [
        WorldRun("seasonal", 0, "orders_0", "2025-12-25", True, "warning", "partial_load"),
        WorldRun("seasonal", 0, "orders_1", "2025-12-25", True, "", ""),
        WorldRun("seasonal", 0, "orders_0", "2025-12-27", False, "critical", "partial_load"),
    ]
)


def judged() -> list[Judged]:
    alerts = [
        (Alert("2026-01-05", "orders", "price", "critical", "offset", "", 0), True, "sale"),
        (Alert("2026-01-06", "orders", "", "warning", "partial_load", "", 0), False, "unknown"),
        (Alert("2026-01-07", "orders", "", "critical", "partial_load", "", 0), False, "unknown"),
    ]
    event = parse([{"set": "shop", "run": "2026-01-05", "verdict": "true event", "reason": "sale"}])[0]
    return [Judged("shop", "a source", 30, 1, 3, alerts, [(event, True), (event, False)])]


def test_the_headline_has_the_keys_that_are_promised() -> None:
    found = figures.summary(judged(), TRIALS)
    assert found == {
        "real_runs": 30,
        "real_runs_with_false_alert": 2,
        "real_runs_with_false_critical": 1,
        "real_alerts": 3,
        "real_alerts_with_mechanism": 1,
        "precision": 0.833,
        "recall": 0.5,
        "recall_100": 1.0,
        "recall_50": None,
        "recall_10": 0.0,
        "right_cause": 0.5,
        "wrong_cause": 0.5,
    }


def test_what_is_missed_is_told_apart_by_whether_an_earlier_run_had_as_many_rows() -> None:
    rows = [
        Trial(**{**vars(one), "fault": "volume", "rows_seen": seen})
        for one, seen in ((trial("", 100), True), (trial("", 100), False), (trial("review", 100), True))
    ]
    found = figures.planted([*LONG, *rows])["28"]["missed"]
    assert found["faults"]["numeric: volume"] == {"planted": 3, "missed": 3, "usual_rows": 2, "digest": 0, "silent": 1}
    assert found["faults"]["numeric: unit"] == {"planted": 4, "missed": 2, "usual_rows": 0, "digest": 1, "silent": 1}
    assert found["columns"] == {"shop/orders.price": {"planted": 7, "missed": 5, "of_values": 2}}
    assert found["visible"] == {"100": 0.667, "10": 0.0}


def test_the_page_shows_every_alert_and_keeps_its_history(tmp_path: Path) -> None:
    text = Trial(
        "shop/orders.shop", "categorical", 28, "case", "upper case 10 %", 10, "", (), "", dict.fromkeys(RULES, False)
    )
    trials = [*TRIALS, text, Trial(**{**vars(text), "history": 7})]
    result = figures.whole(judged(), trials, VOLUME, {"plain": WORLD})
    data, written = tmp_path / "page.json", tmp_path / "page.md"
    data.write_text(json.dumps(page.with_history(result, data, "before")), "utf-8")
    page.write_page(written, page.with_history(result, data, None))
    shown = written.read_text("utf-8")
    assert "{{" not in shown
    assert "| `shop` | `orders.price` | `offset` | 2026-01-05 | 1 | true event | sale |" in shown
    assert "| `shop` | `orders` | `partial_load` | 2026-01-06, 2026-01-07 | 1 | **false** | unknown |" in shown
    assert "1 of 2" in shown
    assert "| seasonal, plain | 1 | 3 | 2 | 1 | 1 of 2 | orders: partial_load 2 |" in shown
    assert "| `shop` | rows ÷ 10 | 1 | 1 | 1 |" in shown
    assert "| numeric: unit | 4 | 75 | 50 | 50 | 50 | 0 | `offset` 1 |" in shown
    assert "| numeric: unit | 4 | 2 | 0 | 1 | 1 |" in shown
    assert "| `shop/orders.price` | 4 | 2 | 2 |" in shown
    other = Trial(**{**vars(TRIALS[0]), "source": SOURCE, "fault": "tab-err: × 10", "severity": ""})
    assert figures.summary(judged(), [*TRIALS, other]) == figures.summary(judged(), TRIALS)
    assert figures.planted([*TRIALS, other], SOURCE)["28"]["faults"]["numeric: tab-err: × 10"]["planted"] == 1
    assert "| before | 30 | 2 | 1 | 3 | 1 | 80 |" in shown
    assert "28 runs of history" in page.planted_text(result["planted"])
    assert "shop" in page.real_text(judged())
