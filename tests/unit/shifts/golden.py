"""The golden cases of `tests/data/golden_statistics.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

_FILE = Path(__file__).parents[2] / "data" / "golden_statistics.json"
_DATA = json.loads(_FILE.read_text())
_CASES: dict[str, dict[str, Any]] = {case["name"]: case for case in _DATA["cases"]}

OURS_IN_SHIFTS = {
    "ks_weighted_cdf",
    "kll_rank_error",
    "ks_error_bar",
    "wasserstein_normalised",
    "psi",
    "psi_empty_bins",
    "jensen_shannon",
    "tvd_frequent_items_bounds",
    "chi2_g_overdispersed",
    "null_rate_change",
    "theta_sets",
    "hll_cardinality",
    "hour_rotation",
    "label_permutation",
    "clip_at_bound",
    "join_fanout_vs_loss",
}
OURS_IN_DECISION = {
    "eb_prior_smyth",
    "min_effect_score",
    "reference_choice",
    "tail_calibration",
    "bh",
}
ELSEWHERE = {
    "unit_change": "a signature: profiling/stageprint/diagnosis",
    "moments_merge": "a state: profiling/stageprint/states/moments.py",
    "localise": "where it began: profiling/stageprint/diagnosis",
    "beta_binomial_predictive": "not used: shares are judged on the arcsine scale",
    "hierarchical_bb": "not used: the budget of false alerts is one level for all columns",
    "e_bh": "not used, for the same reason",
}


def names() -> set[str]:
    """Return the names of all cases."""
    return set(_CASES)


def given(name: str) -> Any:
    """Return a case's input."""
    return _CASES[name]["input"]


def expected(name: str, *, p_value: bool = False) -> Any:
    """Return what a case expects, to within its tolerance; nested mappings as they are."""
    relative = _DATA["tolerance"]["p_values_rel" if p_value else "default_rel"]
    return {
        key: pytest.approx(value, rel=relative, abs=1e-300) if _is_number(value) else value
        for key, value in _CASES[name]["expected"].items()
    }


def _is_number(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_number(each) for each in value)
    return isinstance(value, int | float) and not isinstance(value, bool)
