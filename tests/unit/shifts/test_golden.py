"""The golden statistics that shifts compute, to the last digits."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, hypot, log, sqrt

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from stageprint.config.sketches import SketchSettings
from stageprint.features.distribution import Cdf, kolmogorov_smirnov, ks_error
from stageprint.features.formulas import arcsine, population_stability
from stageprint.features.from_profile import HLL_ERROR_99
from stageprint.features.labels import AlignedLabels, LabelShares
from stageprint.features.pairs import StackedLabels
from stageprint.features.table import Bounded, TableFeatures, share_in
from stageprint.shifts.base import Outcome, TableShift
from stageprint.shifts.labels.hellinger import Hellinger
from stageprint.shifts.labels.js_distance import JensenShannonDistance
from stageprint.shifts.labels.js_distance_base2 import JensenShannonDistanceBase2
from stageprint.shifts.labels.l_infinity import LInfinity
from stageprint.shifts.labels.l_infinity_share import LInfinityShare
from stageprint.shifts.labels.total_variation import TotalVariation
from stageprint.shifts.table.fan_out import FanOut
from stageprint.shifts.table.retention import Retention
from stageprint.shifts.table.row_ratio import RowRatio
from stageprint.shifts.time._rotation import rotations
from stageprint.states.kll import KllState
from stageprint.states.theta import Estimate, ThetaState
from tests.support.columns import state_of
from tests.unit.shifts.columns import BOOLEAN, FLOAT, INTEGER, STRING, column, row_of
from tests.unit.shifts.golden import ELSEWHERE, OURS_IN_DECISION, OURS_IN_SHIFTS, expected, given, names


def cdf(values: list[float], weights: list[float] | None = None) -> Cdf:
    return Cdf.of(np.array(values, dtype=np.float64), np.array(weights or [1.0] * len(values)))


def side_by_side(then: Mapping[str, float], now: Mapping[str, float]) -> StackedLabels:
    return StackedLabels([AlignedLabels.of(LabelShares.exactly(dict(now)), LabelShares.exactly(dict(then)))])


def numbered(shares: list[float]) -> dict[str, float]:
    return {str(position): share for position, share in enumerate(shares) if share}


def test_every_case_has_one_owner() -> None:
    owners = [*OURS_IN_SHIFTS, *OURS_IN_DECISION, *ELSEWHERE]
    assert sorted(owners) == sorted(names())
    assert len(owners) == 27


def test_ks_weighted_cdf() -> None:
    case = given("ks_weighted_cdf")
    a, b = (cdf(case[side]["values"], case[side]["weights"]) for side in "ab")
    assert {"ks": kolmogorov_smirnov(a, b)} == expected("ks_weighted_cdf")


def test_kll_rank_error() -> None:
    values = pa.array(np.arange(20_000.0))
    sizes = given("kll_rank_error")["k"]
    states = [state_of(KllState, [values], settings=SketchSettings(kll_k=k)) for k in sizes]
    found = {"eps_rank": [s.rank_error for s in states], "eps_pmf": [s.pmf_error for s in states]}
    assert found == expected("kll_rank_error")


def test_ks_error_bar() -> None:
    case = given("ks_error_bar")
    step = np.array([0.0]), np.array([1.0])
    ranks = dict(zip(given("kll_rank_error")["k"], expected("kll_rank_error")["eps_rank"].expected, strict=True))
    a, b = (Cdf(*step, size=case[n], rank_error=ranks[case[k]]) for n, k in (("n1", "k1"), ("n2", "k2")))
    found = {
        "e_hard": a.rank_error + b.rank_error,
        "e_cal": ks_error(a, b),
        "lower_bound_cal": case["ks"] - ks_error(a, b),
        "upper_bound_cal": case["ks"] + ks_error(a, b),
    }
    assert found == expected("ks_error_bar")


def test_wasserstein_normalised() -> None:
    case = given("wasserstein_normalised")
    reference, current = column(case["a"], FLOAT), column(case["b"], FLOAT)
    normalised = row_of("wasserstein", current, reference)["value"]
    # Both are in widths of the reference: the mean's shift is the distance between means.
    scale = abs(np.mean(case["a"]) - np.mean(case["b"])) / row_of("mean", current, reference)["value"]
    found = {"w1": normalised * scale, "scale": scale, "w1_norm": normalised, "mean_shift_abs": normalised * scale}
    assert found == expected("wasserstein_normalised")


def test_psi() -> None:
    case = given("psi")
    then, now = np.array(case["counts_ref"]), np.array(case["counts_cur"])
    texts = [
        [label for label, count in zip("abcde", counts, strict=True) for _ in range(int(count))]
        for counts in (then, now)
    ]
    from_column = row_of("psi", column(texts[1], STRING), column(texts[0], STRING))
    found = {
        "psi_raw": population_stability(then, now, smoothing=0),
        "psi_smoothed": population_stability(then, now, smoothing=case["alpha"]),
        "psi_null_mean_sampling": from_column["error"],
    }
    assert found == expected("psi")
    assert from_column["value"] == expected("psi")["psi_smoothed"]


def test_psi_empty_bins() -> None:
    case = given("psi_empty_bins")
    then, now = np.array(case["counts_ref"]), np.array(case["counts_cur"])
    filled = [np.where(counts > 0, counts / counts.sum(), 1e-4) for counts in (then, now)]
    pooled = side_by_side(numbered(case["counts_ref"]), numbered(case["counts_cur"]))
    found = {
        "psi_fill_1e-4": float(np.sum((filled[1] - filled[0]) * np.log(filled[1] / filled[0]))),
        "psi_smoothed": population_stability(then, now, smoothing=case["alpha"]),
        "psi_rare_pooled": population_stability(1000 * pooled.then, 1000 * pooled.now, smoothing=case["alpha"]),
    }
    assert found == expected("psi_empty_bins")


def test_jensen_shannon_and_its_kin() -> None:
    case = given("jensen_shannon")
    stack = side_by_side(numbered(case["p"]), numbered(case["q"]))
    found = {
        "js_distance_base_e": JensenShannonDistance().distance(stack, stack.now, stack.then)[0],
        "js_distance_base_2": JensenShannonDistanceBase2().distance(stack, stack.now, stack.then)[0],
        "js_divergence_base_2": JensenShannonDistanceBase2().distance(stack, stack.now, stack.then)[0] ** 2,
        "hellinger": Hellinger().distance(stack, stack.now, stack.then)[0],
        "tvd": TotalVariation().distance(stack, stack.now, stack.then)[0],
        "linf": LInfinityShare().distance(stack, stack.now, stack.then)[0],
        "linf_arcsine": LInfinity().distance(stack, stack.now, stack.then)[0],
    }
    assert found == expected("jensen_shannon")


def test_tvd_frequent_items_bounds() -> None:
    case = given("tvd_frequent_items_bounds")
    then, now = (
        LabelShares.of({label: tuple(bounds) for label, bounds in case[side]["items"].items()}, case[side]["n"], error)
        for side, error in (("ref", case["max_error_ref"]), ("cur", case["max_error_cur"]))
    )
    stack = StackedLabels([AlignedLabels.of(now, then)])
    found = {
        "tvd_point": TotalVariation().distance(stack, stack.now, stack.then)[0],
        "tvd_lower": TotalVariation().distance(stack, *stack.nearest)[0],
    }
    assert found == expected("tvd_frequent_items_bounds")


def test_chi2_g_overdispersed() -> None:
    then, now = (
        column([label for label, count in zip("abc", counts, strict=True) for _ in range(int(count))], STRING)
        for counts in given("chi2_g_overdispersed")["table"]
    )
    row = row_of("chi_squared", now, then)
    found = {"chi2": row["value"], "df": row["error"], "p": stats.chi2.sf(row["value"], row["error"])}
    want = expected("chi2_g_overdispersed", p_value=True)
    assert found == {name: want[name] for name in found}


def test_null_rate_change() -> None:
    (x, n), (y, m) = given("null_rate_change")["ref"], given("null_rate_change")["cur"]
    now, then = (column([None] * count + [True] * (rows - count), BOOLEAN) for count, rows in ((y, m), (x, n)))
    row = row_of("null_share", now, then)
    found = {
        "delta_p": y / m - x / n,
        "h_ref": float(arcsine(x / n)),
        "h_cur": float(arcsine(y / m)),
        "h": row["value"],
        "se_h": sqrt(row["variance_floor"]),
    }
    assert found == expected("null_rate_change")


class _Sets(ThetaState):
    """Two sets whose sizes are known."""

    def __init__(self, common: float, rest: float) -> None:
        super().__init__(INTEGER, None)
        self.sizes = (common, rest)

    def intersection(self, other: ThetaState, standard_deviations: int = 3) -> Estimate:
        del other, standard_deviations
        return Estimate(*[self.sizes[0]] * 3)

    def a_not_b(self, other: ThetaState, standard_deviations: int = 3) -> Estimate:
        del other, standard_deviations
        return Estimate(*[self.sizes[1]] * 3)


def test_theta_sets() -> None:
    case = given("theta_sets")
    common, lost, new = case["intersection"], case["prev"] - case["intersection"], case["cur"] - case["intersection"]
    retained = share_in(_Sets(common, lost), _Sets(common, new))
    fresh = share_in(_Sets(common, new), _Sets(common, lost))
    assert retained is not None
    assert fresh is not None
    union = common + lost + new
    found = {
        "union": union,
        "jaccard": common / union,
        "retention": retained.value,
        "lost_keys": (1 - retained.value) * case["prev"],
        "new_keys": (1 - fresh.value) * case["cur"],
        # How exact a sketch of k hashes is of a union, of a part of it, and of the part's share.
        "rse_union": 1 / sqrt(case["k"] - 1),
        "rse_intersection_approx": sqrt(union / common) / sqrt(case["k"]),
        "sd_jaccard_approx": sqrt(common / union * (1 - common / union) / case["k"]),
    }
    assert found == expected("theta_sets")


def test_hll_cardinality() -> None:
    case = given("hll_cardinality")
    error = HLL_ERROR_99 / sqrt(1 << case["lg_k"])
    ratio = abs(log(case["est_cur"] / case["est_ref"]))
    found = {
        "rse": error / 2.576,
        "log_ratio": ratio,
        "e_99": hypot(error, error),
        "significant_vs_sketch_error": ratio > hypot(error, error),
    }
    assert found == expected("hll_cardinality")


def test_hour_rotation() -> None:
    case = given("hour_rotation")
    then, now = (np.array([case[side]]) / sum(case[side]) for side in ("hist_ref", "hist_cur"))
    apart = rotations(now, then)[0]
    found = {"shift_hours": int(apart.argmin()), "tvd_after": apart.min(), "tvd_before": apart[0]}
    assert found == expected("hour_rotation")


def test_label_permutation() -> None:
    case = given("label_permutation")
    stack = side_by_side(case["ref"], case["cur"])
    ordered = side_by_side(*({str(i): s for i, s in enumerate(sorted(case[side].values()))} for side in ("ref", "cur")))
    found = {
        "tvd_labels": TotalVariation().distance(stack, stack.now, stack.then)[0],
        "tvd_sorted": TotalVariation().distance(ordered, ordered.now, ordered.then)[0],
    }
    assert found == expected("label_permutation")


def test_clip_at_bound() -> None:
    case = given("clip_at_bound")
    rows = 1000
    beyond = round(rows * (1 - case["ref_rank_at_max_cur"]))
    piled = round(rows * case["atom_mass_at_cur_max"])
    bound, highest = int(case["cur_max"]), int(case["ref_max"])
    inside = [value % bound for value in range(rows)]
    reference = column(inside[: rows - beyond] + [highest] * beyond, INTEGER)
    current = column(inside[: rows - piled] + [bound] * piled, INTEGER)
    row = row_of("clip", current, reference)
    want = expected("clip_at_bound")
    assert row["value"] == want["expected_atom"]
    assert case["atom_mass_at_cur_max"] - row["value"] == want["abs_gap"]
    assert (row["residual"] >= 0.02) is want["is_clip"]


@pytest.mark.parametrize("name", ["fanout", "loss"])
def test_join_fanout_vs_loss(name: str) -> None:
    rows_then, rows_now, keys_then, keys_now, keys_common = given("join_fanout_vs_loss")[name]

    def shape(rows: float, keys: float, kept: float) -> TableFeatures:
        exactly = [Bounded(value, value, value) for value in (keys, kept)]
        return TableFeatures(rows, (), upstream_rows=rows_then, keys=exactly[0], kept=exactly[1])

    then, now = shape(rows_then, keys_then, 1.0), shape(rows_now, keys_now, keys_common / keys_then)

    def moved(shift: TableShift) -> float:
        outcome = shift.compare(now, [then])
        assert isinstance(outcome, Outcome)
        return outcome.value

    want = expected("join_fanout_vs_loss")[name]
    assert moved(RowRatio()) == pytest.approx(abs(log(want["rows_ratio"])), abs=1e-12)
    assert moved(Retention()) == pytest.approx(float(arcsine(want["retention"]) - arcsine(1.0)), abs=1e-12)
    assert exp(moved(FanOut())) == pytest.approx(want["mult_ratio"])
