"""What becomes of cases with Keras on JAX, where they do not convert."""

from __future__ import annotations

from tests.conversion.stablehlo.sweep.expectations import Expectations, Lacking, alike

LACKING: Expectations = {
    **alike(Lacking("needs concrete values"), "ops_bartlett ops_windows ops_nonzero"),
    "multi_head_value_dim": Lacking("reshapes the values to the keys' size"),
}
EXPECTED: Expectations = {**LACKING}
