"""How far an output may be from the model's."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

import litert_ir as lir
from litert_ir.ir.tensor import DType
from litert_ir.verification.tolerance import (
    COMPUTE_TOLERANCES,
    TOLERANCES,
    spread_of,
    tolerance_for,
    variation_of,
)
from tests.conversion.exports import plan_of

NAN, INF = float("nan"), float("inf")
STRICT = lir.Tolerance(variation=1e-3, scale=2e-5)

shares = st.floats(0.0, 10.0)
tolerances = st.builds(lir.Tolerance, variation=shares, scale=shares, absolute=shares)
values = st.lists(st.floats(-1e6, 1e6, width=32), min_size=2, max_size=20).map(
    lambda numbers: np.array(numbers, np.float32)
)


def samples(*numbers: Any) -> NDArray[Any]:
    """One number per sample."""
    array = np.array(numbers)
    return array if np.iscomplexobj(array) else array.astype(np.float32)


@pytest.mark.parametrize(
    ("tolerance", "reference", "bound"),
    [
        (lir.Tolerance(variation=0.1, scale=0.0), samples(-2, 3), 0.5),
        (lir.Tolerance(variation=0.0, scale=0.1), samples(-2, 3), 0.3),
        (lir.Tolerance(variation=0.0, scale=0.1), samples(-4, 3), 0.4),
        (lir.Tolerance(variation=0.1, scale=0.01, absolute=0.5), samples(-2, 3), 1.03),
        (lir.Tolerance(variation=1.0, scale=0.0), samples(1000, 1000.5), 0.5),
        (lir.Tolerance(variation=0.5, scale=0.5, absolute=0.25), samples(), 0.25),
        (lir.Tolerance(variation=1.0, scale=1.0), samples(NAN, INF), 0.0),
        (lir.Tolerance(variation=1.0, scale=0.0), samples(0, 3 + 4j), 4.0),
        (lir.Tolerance(variation=0.0, scale=1.0), samples(0, 3 + 4j), 5.0),
    ],
)
def test_the_bound(tolerance: lir.Tolerance, reference: NDArray[Any], bound: float) -> None:
    assert tolerance.bound([reference]) == pytest.approx(bound)


@pytest.mark.parametrize(
    ("arrays", "variation"),
    [
        ([samples(1, 3), samples(7)], 6.0),
        ([np.array([[1.0, 50.0], [2.0, 50.5]])], 1.0),  # per position, not between positions
        ([np.array([[1.0, 50.0]]), np.array([[1.0, 52.0]])], 2.0),
        ([np.array([[1.0, 50.0]])], 49.0),  # a single sample: nothing else is known
        ([np.zeros((2, 3)), np.full((2, 4), 5.0)], 5.0),  # other lengths: no common positions
        ([np.float32(3.0), np.float32(4.0)], 1.0),
        ([np.array([[NAN, 1.0], [2.0, 4.0]])], 3.0),
        ([], 0.0),
    ],
)
def test_the_variation(arrays: list[NDArray[Any]], variation: float) -> None:
    assert variation_of(arrays) == pytest.approx(variation)


@given(values, tolerances, st.floats(0.0, 5.0), st.sampled_from(["variation", "scale", "absolute"]))
def test_a_larger_share_accepts_no_less(
    reference: NDArray[Any], tolerance: lir.Tolerance, more: float, field: str
) -> None:
    larger = attrs.evolve(tolerance, **{field: getattr(tolerance, field) + more})
    assert larger.bound([reference]) >= tolerance.bound([reference]) >= tolerance.absolute


@given(values, values)
def test_more_cases_accept_no_less(some: NDArray[Any], others: NDArray[Any]) -> None:
    assert STRICT.bound([some, others]) >= STRICT.bound([some])


@given(values, st.sampled_from([0.25, 2.0, -1.0, 1024.0]))
def test_a_relative_bound_scales_with_the_values(reference: NDArray[Any], factor: float) -> None:
    assume(np.abs(reference).max() > 1e-20)  # below, float32 products lose digits
    scaled = STRICT.bound([reference * np.float32(factor)])
    assert scaled == pytest.approx(abs(factor) * STRICT.bound([reference]), rel=1e-9)


@given(values, tolerances, tolerances)
def test_a_widened_tolerance_accepts_what_either_accepts(
    reference: NDArray[Any], one: lir.Tolerance, other: lir.Tolerance
) -> None:
    both = one.widened(other)
    assert both == other.widened(one)
    assert both.bound([reference]) >= max(one.bound([reference]), other.bound([reference]))
    assert one.widened(one) == one


def plan_computing(*dtypes: str, **options: Any) -> lir.ExportPlan:
    plan = plan_of("single")
    summary = attrs.evolve(plan.model, compute_dtypes=tuple(map(DType, dtypes)))
    return attrs.evolve(plan, model=summary, options=lir.ConverterOptions(**options))


def test_half_precision_is_compared_by_its_own_rounding() -> None:
    strict = TOLERANCES[lir.Precision.FLOAT]
    assert tolerance_for(plan_computing("float32")) == strict
    assert tolerance_for(plan_computing("float32", "float64")) == strict
    for dtype in ("float16", "bfloat16"):
        wide = COMPUTE_TOLERANCES[DType(dtype)]
        assert tolerance_for(plan_computing(dtype, "float32")) == wide == wide.widened(strict)
    both = tolerance_for(plan_computing("bfloat16", "float16"))
    assert both == COMPUTE_TOLERANCES[DType.BFLOAT16]


def test_a_quantized_file_of_a_model_in_half_precision_has_the_wider_of_both() -> None:
    optimizations = (lir.Optimization.DEFAULT,)
    quantized = TOLERANCES[lir.Precision.DYNAMIC_RANGE]
    assert tolerance_for(plan_computing("float16", optimizations=optimizations)) == quantized
    bfloat16 = tolerance_for(plan_computing("bfloat16", optimizations=optimizations))
    assert bfloat16 == lir.Tolerance(
        variation=20 / 128,
        scale=5 / 128,
        flips=quantized.flips,
        rms=quantized.rms,
        resolution=2 / 128,
        differing=20 / 128,
    )


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_a_type_at_the_interface_counts_as_computing(side: str) -> None:
    plan = plan_computing("float32")
    (argument,) = plan.signature.arguments
    node = argument.value if side == "inputs" else plan.outputs
    assert isinstance(node, lir.TensorSpec)
    half = attrs.evolve(node, model_dtype=DType.BFLOAT16)
    changed = (
        attrs.evolve(plan, signature=lir.Signature((attrs.evolve(argument, value=half),)))
        if side == "inputs"
        else attrs.evolve(plan, outputs=half)
    )
    assert tolerance_for(changed) == COMPUTE_TOLERANCES[DType.BFLOAT16]


def test_each_precision_has_a_tolerance_and_floats_the_strictest() -> None:
    assert set(TOLERANCES) == set(lir.Precision)
    reference = [samples(-1, 1)]
    bounds = {precision: TOLERANCES[precision].bound(reference) for precision in lir.Precision}
    assert min(bounds, key=lambda precision: bounds[precision]) is lir.Precision.FLOAT
    assert bounds[lir.Precision.FLOAT] < 0.003
    assert min(TOLERANCES.values(), key=lambda tolerance: tolerance.flips).flips == 1e-3


@pytest.mark.parametrize(
    ("arrays", "spread"),
    [
        ([samples(1, 3)], np.sqrt(2)),
        ([samples(1), samples(3)], np.sqrt(2)),
        ([np.array([[1.0, 100.0], [3.0, 100.0]])], 1.0),  # a constant position adds nothing
        ([np.array([[1.0, 5.0, 9.0]])], np.std([1, 5, 9])),  # one sample: all its values
        ([np.zeros((1, 2)), np.ones((1, 3))], np.std([0, 0, 1, 1, 1])),
        ([np.array([[NAN, 1.0], [2.0, 3.0]])], np.sqrt(2)),
        ([samples(INF, 1)], 0.0),
        ([np.array([1 + 1j, 1 - 1j])], np.sqrt(2)),
        ([], 0.0),
    ],
)
def test_the_spread(arrays: list[NDArray[Any]], spread: float) -> None:
    assert spread_of(arrays) == pytest.approx(spread)


def test_the_bound_of_the_rms_error() -> None:
    tolerance = lir.Tolerance(variation=0, scale=0, absolute=0.02, rms=0.5, resolution=0.001)
    signal = samples(99, 101)
    assert tolerance.rms_bound([signal], scores=False) == pytest.approx(
        np.hypot(0.5 * np.sqrt(2), 0.101)
    )
    assert tolerance.rms_bound([signal], scores=True) == pytest.approx(
        np.hypot(0.5 * np.sqrt(2), 0.111)
    )
    constant = samples(100, 100.1)
    assert tolerance.rms_bound([constant], scores=False) is None
    assert attrs.evolve(tolerance, rms=float("inf")).rms_bound([signal], scores=False) is None


@given(values, st.floats(1e-3, 1e3))
def test_the_bound_of_the_rms_error_scales_with_the_values(
    reference: NDArray[Any], factor: float
) -> None:
    tolerance = lir.Tolerance(variation=0, scale=0, rms=0.3, resolution=0.002)
    bound = tolerance.rms_bound([reference.astype(float)], scores=False)
    assume(bound is not None and bound > 1e-3)
    scaled = tolerance.rms_bound([reference.astype(float) * factor], scores=False)
    assert scaled == pytest.approx(factor * (bound or 0.0), rel=1e-6)


def test_a_tolerance_of_the_users_bounds_neither_noise_nor_decisions() -> None:
    own = lir.Tolerance(variation=0.1, scale=0.1)
    assert own.rms_bound([samples(1, 2)], scores=False) is None
    assert "RMS" not in str(own)
    assert "decisions" not in str(own)
    assert "0.3 of the spread" in str(TOLERANCES[lir.Precision.INTEGER])
