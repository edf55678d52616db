"""Sizes of the sketches that profiles keep."""

from __future__ import annotations

from pydantic import Field

from stageprint.config.base import ConfigModel


class SketchSettings(ConfigModel):
    """Sizes of the sketches. Larger sketches are more exact, slower to build and take more room in the store.

    Attributes:
        kll_k: KLL's parameter k. The rank error is ε = 2.296/k^0.9723 (0.68 % at 400); a sketch takes about 20·k bytes.
        hll_lg_k: HLL has 2^hll_lg_k registers. The relative standard error is 1.04/√2^hll_lg_k (1.6 % at 12).
        theta_lg_k: A theta sketch keeps 2^theta_lg_k hashes. The relative standard error is 1/√2^theta_lg_k.
        max_items: Distinct labels that are counted exactly; beyond them counts are estimates with bounds. Rounded up to
            ¾ of a power of two.
        top_items: Number of most frequent labels stored in `top_items`.
        shape_values: Distinct strings sampled for their formats and patterns, about 20 bytes each.
    """

    kll_k: int = Field(default=400, ge=8, le=65535)
    hll_lg_k: int = Field(default=12, ge=4, le=21)
    theta_lg_k: int = Field(default=12, ge=5, le=26)
    max_items: int = Field(default=768, ge=8, le=1 << 20)
    top_items: int = Field(default=100, ge=1, le=1000)
    shape_values: int = Field(default=512, ge=16, le=65535)
