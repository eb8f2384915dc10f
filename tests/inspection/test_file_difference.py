"""Differences of two files, each planted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends.litert.files import packed, unpacked
from litert_ir.backends.litert.schema import operator_name
from tests.runtime.quantized_files import float_file, quantized_file

Edit = Callable[[Any], None]


@pytest.fixture
def differences(tmp_path: Path) -> Callable[[Edit], lir.FileDifference]:
    """Compare the float file with what an edit makes of it."""

    def compare(edit: Edit) -> lir.FileDifference:
        model = unpacked(float_file().read_bytes())
        edit(model)
        path = tmp_path / "edited.tflite"
        path.write_bytes(packed(model))
        return lir.diff(float_file(), path)

    return compare


def kernel_of(model: Any, ending: str = "kernel") -> Any:
    graph = model.subgraphs[0]
    return next(t for t in graph.tensors if t.name.decode().endswith(ending))


def test_a_file_is_equal_to_itself() -> None:
    found = lir.diff(float_file(), float_file())
    assert found.same
    assert found.has_equal_bytes
    assert found.weights == ()
    assert "Equal, byte by byte" in found.headline
    assert found.tables()[-1].rows == ()


def test_other_places_of_the_same_data_are_no_difference(
    differences: Callable[[Edit], lir.FileDifference],
) -> None:
    found = differences(lambda model: model.buffers.append(type(model.buffers[0])()))
    assert found.same
    assert not found.has_equal_bytes
    assert "Equal content" in found.headline


def test_a_changed_kernel_is_named_with_its_layer(
    differences: Callable[[Edit], lir.FileDifference],
) -> None:
    def scale(model: Any) -> None:
        tensor = kernel_of(model)
        values = np.array(model.buffers[tensor.buffer].data).view(np.float32) * 1.5
        model.buffers[tensor.buffer].data = values.view(np.uint8)

    found = differences(scale)
    (change,) = found.weights
    assert change.name.startswith(change.layer)
    assert change.relative_rms == pytest.approx(0.5)
    assert [each.layer for each in found.layers] == [change.layer]
    assert (found.interface, found.operators, found.options) == ((), (), ())
    assert not found.same


def test_a_swapped_activation_is_named(
    differences: Callable[[Edit], lir.FileDifference],
) -> None:
    def swap(model: Any) -> None:
        for operator in model.subgraphs[0].operators:
            if operator_name(model, operator) == "CONV_2D":
                options = operator.builtinOptions
                options.fusedActivationFunction = 3 - options.fusedActivationFunction
                return

    (change,) = differences(swap).options
    assert "CONV_2D" in change.of
    assert change.of.endswith("fusedActivationFunction")
    assert change.first != change.second


def test_a_renamed_input_is_a_difference_of_the_interface(
    differences: Callable[[Edit], lir.FileDifference],
) -> None:
    def rename(model: Any) -> None:
        model.signatureDefs[0].inputs[0].name = b"other"

    found = differences(rename)
    assert {each.of.split(": ")[1].split()[0] for each in found.interface} == {"input", "inputs"}
    assert any(each.second == "" for each in found.interface)


@pytest.mark.parametrize(("recipe", "most"), [("float16", 1e-3), ("int8", 2e-2)])
def test_a_quantized_file_differs_by_its_rounding(recipe: str, most: float) -> None:
    found = lir.diff(float_file(), quantized_file(recipe))
    changes = [each for each in found.weights if each.relative_rms is not None]
    assert any(each.relative_rms for each in changes)
    assert all((each.relative_rms or 0) < most for each in changes)
    assert any(each.of == "precision" for each in found.quantization)
    assert found.second_bytes < found.first_bytes


def test_a_difference_is_data_and_text(
    differences: Callable[[Edit], lir.FileDifference],
) -> None:
    def describe(model: Any) -> None:
        model.description = b"by hand"

    found = differences(describe)
    assert json.loads(found.to_json())["same"] is False
    assert "by hand" in str(found)
    assert all(len(line) <= 80 for line in str(found).splitlines()[1:])
