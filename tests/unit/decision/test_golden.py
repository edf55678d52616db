"""The golden statistics that the decision computes, to the last digits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from stageprint.decision.calibration import Tail
from stageprint.decision.fdr import benjamini_hochberg, e_benjamini_hochberg, e_values, hierarchical
from stageprint.decision.prior import Moments, Prior
from stageprint.decision.score import admissible, minimum_effect, predict_share
from tests.unit.shifts.golden import expected, given


def test_beta_binomial_predictive() -> None:
    case = given("beta_binomial_predictive")
    found = predict_share(np.array(case["history_x"]), case["n"], case["cur_x"])
    assert {
        "mean": found.mean,
        "rho": found.rho,
        "alpha": found.alpha,
        "beta": found.beta,
        "p_upper": found.p_upper,
        "p_upper_binomial": found.p_upper_binomial,
    } == expected("beta_binomial_predictive", p_value=True)


def test_eb_prior_smyth() -> None:
    case = given("eb_prior_smyth")
    variances = np.array(case["s2"])
    df = np.full(len(variances), float(case["df"]))
    prior = Moments.of(variances, df).prior
    found = {"d0": prior.df, "s0_sq": prior.variance, "s2_moderated": prior.moderate(variances, df).tolist()}
    assert found == expected("eb_prior_smyth")


def test_min_effect_score() -> None:
    case = given("min_effect_score")
    residuals = np.maximum(0.0, np.array(case["backtest_ks"]) - case["e_sketch"])
    s2 = max(float(np.mean(residuals**2)), case["smin"] ** 2)
    backtests = float(len(residuals))
    prior = Prior(case["d0"], case["s0_sq"])
    moderated = prior.moderate(np.array([s2]), np.array([backtests]))
    df = np.array([prior.df + backtests])
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
    adjusted = benjamini_hochberg(np.array(case["p"]))
    assert {"adjusted": adjusted.tolist(), "rejected": (adjusted <= case["q"]).tolist()} == expected("bh")


def test_hierarchical_bb() -> None:
    case = given("hierarchical_bb")
    found = hierarchical({name: np.array(p) for name, p in case["tables"].items()}, case["q"])
    want = expected("hierarchical_bb")
    assert found.tables == pytest.approx(want["simes"])
    assert list(found.selected) == want["selected_tables"]
    assert found.q_within == want["q_within"]
    assert {name: flags.tolist() for name, flags in found.columns.items()} == want["rejected_columns"]


def test_e_bh() -> None:
    case = given("e_bh")
    e = e_values(np.array(case["p"]), case["kappa"])
    found = {"e": e.tolist(), "rejected": int(e_benjamini_hochberg(e, case["q"]).sum())}
    assert found == expected("e_bh")
