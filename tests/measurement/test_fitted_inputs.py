"""Fitting values to the inputs of a file: batches, types, sizes, and random ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.errors import SamplesError, SizeError
from litert_ir.measurement.fitted_inputs import FittedInput, fitted_inputs
from litert_ir.measurement.named_values import NamedValue
from litert_ir.runtime.interface_scales import InterfaceScale

BATCH = lir.DynamicDim("batch")
LENGTH = lir.DynamicDim("length", minimum=4, maximum=64, multiple_of=4)
PLAIN = {name: InterfaceScale(0.0, 0, "float32") for name in ("x", "y", "n")}


def spec(name: str, *shape: Any, dtype: lir.DType = lir.DType.FLOAT32) -> lir.TensorSpec:
    return lir.TensorSpec(name=name, shape=shape, dtype=dtype)


X, Y = spec("x", BATCH, LENGTH, 3), spec("y", BATCH, LENGTH)
N = spec("n", BATCH, 2, dtype=lir.DType.INT32)


def fitted(
    *specs: lir.TensorSpec, sizes: Any = None, raw: bool = False, scales: Any = None, **given: Any
) -> dict[str, FittedInput]:
    values = {name: NamedValue(np.asarray(value), "given") for name, value in given.items()}
    inputs = fitted_inputs(specs, scales or PLAIN, values, sizes or {}, raw=raw)
    return {one.name: one for one in inputs}


def test_without_values_the_batch_is_one_and_others_are_near_16() -> None:
    inputs = fitted(X, Y)
    assert [one.values.shape for one in inputs.values()] == [(1, 16, 3), (1, 16)]
    assert {one.source for one in inputs.values()} == {"random"}
    again = fitted(X, Y)
    np.testing.assert_array_equal(inputs["x"].values, again["x"].values)


def test_one_array_decides_the_sizes_of_all() -> None:
    inputs = fitted(X, Y, x=np.ones((2, 8, 3)))
    assert inputs["x"].values.dtype == np.float32
    assert inputs["y"].values.shape == (2, 8)


def test_one_example_is_a_batch_of_one() -> None:
    assert fitted(X, x=np.ones((8, 3)))["x"].values.shape == (1, 8, 3)
    assert fitted(spec("x", 1, 3), x=np.ones(3))["x"].values.shape == (1, 3)
    with pytest.raises(SamplesError, match="another shape"):
        fitted(spec("x", 2, 3), x=np.ones(3))


def test_a_number_fills_the_input() -> None:
    one = fitted(X, Y, x=np.ones((2, 8, 3)), y=0.5)["y"]
    assert one.values.tolist() == [[0.5] * 8] * 2
    assert one.source == "filled with 0.5"
    assert fitted(spec("x"), x=2)["x"].source == "given"


def test_sizes_are_given_by_dimension_or_as_the_shape_of_an_input() -> None:
    assert fitted(X, Y, sizes={"length": 8, "batch": 3})["y"].values.shape == (3, 8)
    assert fitted(X, Y, sizes={"y": (2, 12)})["x"].values.shape == (2, 12, 3)
    unnamed = spec("x", lir.DynamicDim(), lir.DynamicDim())
    assert fitted(unnamed, sizes={"x": (5, 7)})["x"].values.shape == (5, 7)
    assert fitted(unnamed)["x"].values.shape == (1, 16)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        pytest.param({"lenght": 8}, "'lenght' may be 'length'", id="misspelt"),
        pytest.param({"length": 9}, "multiples of 4", id="out of bounds"),
        pytest.param({"length": 0}, "cannot have this size", id="zero"),
        pytest.param({"x": (1, 8, 4)}, "inputs of this shape", id="static axis"),
        pytest.param({"x": (1, 9, 3)}, "not one that the file takes", id="bounds by shape"),
        pytest.param({"x": 8}, "no such dynamic dimension", id="input as size"),
        pytest.param({"length": (8,)}, "no such dynamic dimension", id="dimension as shape"),
    ],
)
def test_other_sizes_are_refused(sizes: Any, message: str) -> None:
    with pytest.raises(SizeError, match=message):
        fitted(X, Y, sizes=sizes)


def test_sizes_that_contradict_one_another_are_refused() -> None:
    with pytest.raises(SizeError, match="contradicts"):
        fitted(X, Y, x=np.ones((1, 8, 3)), sizes={"length": 12})
    with pytest.raises(SizeError, match="contradicts"):
        fitted(X, Y, x=np.ones((1, 8, 3)), y=np.ones((2, 8)))


QUANTIZED = spec("x", 1, 3, dtype=lir.DType.INT8)
SCALES = {"x": InterfaceScale(0.5, -10, "int8")}


def test_real_values_are_quantized_and_integers_of_the_files_type_are_not() -> None:
    real = fitted(QUANTIZED, scales=SCALES, x=[[0.0, 1.0, 1000.0]])["x"].values
    assert real.tolist() == [[-10, -8, 127]]
    assert real.dtype == np.int8
    whole = fitted(QUANTIZED, scales=SCALES, x=[[0, 1, 2]])["x"].values
    assert whole.tolist() == [[-10, -8, -6]]
    stored = np.array([[1, 2, 3]], np.int8)
    assert fitted(QUANTIZED, scales=SCALES, x=stored)["x"].values.tolist() == [[1, 2, 3]]


def test_raw_integers_go_in_as_they_are() -> None:
    assert fitted(QUANTIZED, scales=SCALES, raw=True, x=[[0, 1, 2]])["x"].values.tolist() == [
        [0, 1, 2]
    ]
    with pytest.raises(SamplesError, match="cannot be converted"):
        fitted(QUANTIZED, scales=SCALES, raw=True, x=[[0, 1, 200]])


def test_random_values_of_a_quantized_input_cover_its_real_range() -> None:
    values = fitted(spec("x", 1, 400, dtype=lir.DType.INT8), scales=SCALES)["x"].values
    assert len(np.unique(values)) > 5


def test_integers_are_converted_where_nothing_is_lost() -> None:
    assert fitted(N, n=np.array([[1, 2]], np.int64))["n"].values.dtype == np.int32
    assert fitted(N, n=[[1.0, 2.0]])["n"].values.tolist() == [[1, 2]]
    for wrong in ([[1.5, 2.0]], [[2**40, 1]]):
        with pytest.raises(SamplesError, match="cannot be converted"):
            fitted(N, n=wrong)


def test_inputs_too_large_for_random_values_are_refused() -> None:
    with pytest.raises(SamplesError, match="too large"):
        fitted(spec("x", 1 << 20, 1 << 12))
