"""Random inputs of files whose model nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import litert_ir as lir
from litert_ir import DynamicDim
from litert_ir.backends import load_keras
from litert_ir.ir.dimensions import size_faults
from litert_ir.runtime.interface_reader import TensorInfo, read_interface
from litert_ir.verification.file_inputs import FileInputs, inputs_of, random_samples, spec_of

BATCH, LENGTH = DynamicDim("batch", maximum=2), DynamicDim("length", minimum=18, maximum=29)


@pytest.mark.parametrize(
    ("dims", "shape"),
    [
        (None, (DynamicDim("batch"), DynamicDim(), 3)),
        ((BATCH, LENGTH, 3), (BATCH, LENGTH, 3)),
    ],
)
def test_a_shape_is_what_the_file_says_or_else_a_guess(dims: Any, shape: Any) -> None:
    info = TensorInfo("x", (None, None, 3), "float32", dims=dims)
    assert spec_of(info) == lir.TensorSpec(name="x", shape=shape, dtype=lir.DType.FLOAT32)


def file_of(path: Path, *shapes: Sequence[int | DynamicDim]) -> FileInputs:
    """A file that adds a number to each of its inputs, of any rank, which have these shapes."""
    keras = load_keras()
    inputs = [
        keras.Input(batch_shape=[d if isinstance(d, int) else None for d in shape], name=f"x{i}")
        for i, shape in enumerate(shapes)
    ]
    specs = [
        lir.TensorSpec(name=f"x{i}", shape=tuple(shape), dtype=lir.DType.FLOAT32)
        for i, shape in enumerate(shapes)
    ]
    model = keras.Model(inputs, [x + 1.0 for x in inputs])
    lir.export(model, path, input_signature=specs, verify=False)
    return inputs_of(read_interface(path))


def test_samples_are_within_the_bounds_and_equal_for_one_name(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    of_8 = DynamicDim("of_8", minimum=300, multiple_of=8)
    inputs = file_of(path, (BATCH, LENGTH, 3), (LENGTH, of_8), (4, BATCH))
    samples = random_samples(path, inputs)
    found = {tuple(array.shape for array in sample.values()) for sample in samples}
    assert found == {((n, 18, 3), (18, 304), (4, n)) for n in (1, 2)}
    for sample in samples:
        named = ((spec.name, spec.shape, sample[spec.name].shape) for spec in inputs.inputs)
        assert list(size_faults(named)) == []


def test_without_bounds_sizes_are_the_usual_ones(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    samples = random_samples(path, file_of(path, (DynamicDim(), DynamicDim("n"), 3)))
    assert {sample["x0"].shape for sample in samples} == {(1, 16, 3), (3, 16, 3)}
