"""What becomes of cases with Keras on JAX, where they do not convert."""

from __future__ import annotations

from tests.conversion.stablehlo.sweep.expectations import Expectations

EXPECTED: Expectations = {}
