"""Files compute at zero, infinity and NaN what their models do."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np
import pytest
from keras import layers, ops

import litert_ir as lir
from tests.backends.jax.process import answer
from tests.stablehlo.special_values.differences import (
    DIFFERENT,
    alike,
    compare,
    converted,
    model_of,
    run,
)
from tests.stablehlo.special_values.functions import (
    INF,
    NAN,
    ROWS,
    SWEEPS,
    Function,
)

ALONE = np.array([[0.0], [INF], [-INF], [NAN], [-1.0]], np.float32)
LIMITS: dict[str, tuple[Function, float, float]] = {
    "exp": (ops.exp, 88.3, 88.6),
    "log": (ops.log, 2e38, 3e38),
    "sigmoid": (ops.sigmoid, 5e26, 1e27),
    "sqrt": (ops.sqrt, 8.4e37, 9e37),
    "over_sqrt": (lambda x: 1e19 / ops.sqrt(x), 8.4e37, 9e37),
    "sin": (ops.sin, 1e6, 1e8),
    "cos": (ops.cos, 1e6, 1e8),
    "arcsinh": (ops.arcsinh, 9e18, 1e19),
}
"""Up to which number XNNPACK's kernels are right, and one at which they are not."""


@pytest.mark.parametrize("name", SWEEPS)
def test_functions_differ_where_that_is_known_alone(name: str) -> None:
    sweep = SWEEPS[name]
    assert compare(sweep).surprises(sweep, DIFFERENT.get(name, {})) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*SWEEPS, "of zero divisors"])
def test_so_they_do_on_jax(name: str) -> None:
    assert answer(name, "special values") == {}


@pytest.mark.slow
def test_on_jax_tensorflow_is_not_imported_for_them() -> None:
    assert answer("tensorflow", "special values") == []


def test_single_elements_are_computed_alike() -> None:
    """XNNPACK takes the sides of its MAXIMUM in the other order there."""
    functions = {"exp": ops.exp, "softplus": ops.softplus, "rsqrt": ops.rsqrt, "sinh": ops.sinh}
    model = model_of(functions, (ALONE,))
    wanted = model.predict(ALONE, verbose=0)
    with converted(model) as file:
        for index in range(len(ALONE)):
            found = run(file, [ALONE[index : index + 1]])
            for name, values in found.items():
                assert alike(wanted[name][index], values[0]).all(), (name, ALONE[index])


def test_large_numbers_are_computed_alike_up_to_these_limits() -> None:
    functions = {name: function for name, (function, _, _) in LIMITS.items()}
    values = np.array([limits for _, *limits in LIMITS.values()], np.float32)
    model = model_of(functions, (values,))
    wanted = model.predict(values, verbose=0)
    with converted(model) as file:
        found = run(file, [values])
    right = {n: alike(wanted[n][i], found[n][i]).tolist() for i, n in enumerate(functions)}
    assert right == {name: [True, False] for name in LIMITS}


def test_what_other_strategies_make_is_refused_on_such_samples() -> None:
    model = model_of({"unit": layers.UnitNormalization()}, (ROWS,))
    verification = lir.Verification(samples=[{"x0": ROWS}])
    assert lir.execute(
        lir.plan_for(model), model, strategies=(lir.StableHLO(),), verify=verification
    ).content
    with pytest.raises(lir.errors.AllStrategiesFailedError, match="does not compute what the"):
        lir.execute(lir.plan_for(model), model, strategies=(lir.Direct(),), verify=verification)


@pytest.mark.parametrize("bound", [1e-2, 1e-4, 1e-6, 1e-12, None])
def test_the_lengths_of_short_vectors_are_bounded_by_nothing_else(bound: float | None) -> None:
    """The kernel of L2_NORMALIZATION bounds them by 1e-6."""

    def over_length(x: Any) -> Any:
        length = ops.sqrt(ops.sum(x * x, -1, keepdims=True))
        return x / (length if bound is None else ops.maximum(length, bound))

    model = model_of({"direction": over_length}, (ROWS,))
    short = np.array([[0, 0, 0], [1e-3, 1e-3, 0], [0, 1e-5, 0], [1e-7, 0, -1e-7]], np.float32)
    short = np.pad(short, [(0, 0), (0, 1)])
    wanted = model.predict(short, verbose=0)["direction"]
    with converted(model) as file:
        assert alike(wanted, run(file, [short])["direction"]).all()
