"""The golden statistics that the decision computes, to the last digits."""

from __future__ import annotations

import numpy as np
from scipy import stats

from stageprint.decision.calibration import Tail
from stageprint.decision.fdr import adjusted_at
from stageprint.decision.prior import Moments, moderated_variance
from stageprint.decision.score import admissible, minimum_effect
from tests.unit.shifts.golden import expected, given


def test_eb_prior_smyth() -> None:
    case = given("eb_prior_smyth")
    variances = np.array(case["s2"])
    df = np.full(len(variances), float(case["df"]))
    prior = Moments.of(variances, df).prior
    moderated = moderated_variance(np.full(df.size, prior.df), np.full(df.size, prior.variance), df, variances)
    found = {"d0": prior.df, "s0_sq": prior.variance, "s2_moderated": moderated.tolist()}
    assert found == expected("eb_prior_smyth")


def test_min_effect_score() -> None:
    case = given("min_effect_score")
    residuals = np.maximum(0.0, np.array(case["backtest_ks"]) - case["e_sketch"])
    s2 = max(float(np.mean(residuals**2)), case["smin"] ** 2)
    backtests = float(len(residuals))
    moderated = moderated_variance(*(np.array([each]) for each in (case["d0"], case["s0_sq"], backtests, s2)))
    df = np.array([case["d0"] + backtests])
    residual = np.array([case["ks_now"] - case["e_sketch"]])
    score = minimum_effect(residual, moderated, df, np.array([case["delta0"]]))
    found = {"s2": s2, "s2_moderated": moderated[0], "df": df[0], "T": score.t[0], "minus_log10_p": score.log_p[0]}
    assert found == expected("min_effect_score")


def test_reference_choice() -> None:
    case = given("reference_choice")
    names = list(case["scale"])
    scales, scores = (np.array([case[what][name] for name in names]) for what in ("scale", "score"))
    chosen = admissible(scales, np.array([0]), np.ones(len(names), dtype=bool), case["ratio"])
    want = expected("reference_choice")
    assert sorted(np.array(names)[chosen]) == want["admissible"]
    assert scores[chosen].min() == want["score"]


def test_tail_calibration() -> None:
    case = given("tail_calibration")
    places = (np.arange(100) + 0.5) / 100
    past = np.concatenate([np.linspace(0, 2, 9900), 2 + 1.5 * stats.expon.ppf(places)])
    tail = Tail.of(past, kept=len(past))
    assert tail.exceedances == case["k"]
    found = {"u": tail.threshold, "beta": tail.mean_excess, "p": tail.p(np.array(case["score"])).tolist()}
    assert found == expected("tail_calibration", p_value=True)


def test_bh() -> None:
    case = given("bh")
    adjusted = adjusted_at(np.array(case["p"]), np.array(case["p"]))
    assert {"adjusted": adjusted.tolist(), "rejected": (adjusted <= case["q"]).tolist()} == expected("bh")
