"""Kernels that Keras quantized are in the file as the very same integers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import litert_ir as lir
from litert_ir.backends import load_schema
from litert_ir.backends.keras.dequantization import unpacked_int4
from litert_ir.backends.litert.files import unpacked
from tests.conversion.keras_quantized import quantized, samples, stored_integers
from tests.quick_share import quick_share

Array = NDArray[Any]

PAIRS = {
    f"{kind}-{mode}": (kind, mode)
    for kind in ("dense", "einsum", "reversible", "untied")
    for mode in ("int8", "int8 weights", "int4")
}


def kernels(path: Path) -> list[Array]:
    """The integers that a file has scales for."""
    model, types = unpacked(path.read_bytes()), load_schema().TensorType
    found = []
    for tensor in model.subgraphs[0].tensors:
        scale = None if tensor.quantization is None else tensor.quantization.scale
        if scale is None or model.buffers[tensor.buffer].data is None:
            continue
        data, shape = model.buffers[tensor.buffer].data.view(np.int8), tuple(tensor.shape)
        if tensor.type == types.INT4:
            data = unpacked_int4(data[None], int(np.prod(shape)), axis=1)
        found.append(data.reshape(shape))
    return found


def kept(model: Any) -> dict[str, Array]:
    """What the layers multiply with, in the layout of LiteRT's kernels: channels first."""
    found = {}
    for layer in model.layers:
        if getattr(layer, "quantization_mode", None) is None:
            continue
        if hasattr(layer, "_kernel"):
            found[layer.name] = _matrix(layer, stored_integers(layer, "_kernel")).T
        elif layer.tie_weights:
            found[layer.name] = stored_integers(layer, "_embeddings")
        else:
            found[layer.name] = stored_integers(layer, "reverse_embeddings").T
    return found


def _matrix(layer: Any, integers: Array) -> Array:
    """A kernel with what is summed over along its rows."""
    if integers.ndim == 2:
        return integers
    terms, _, result = layer.equation.partition("->")
    kernel = terms.split(",")[1]
    order = sorted(range(integers.ndim), key=lambda axis: kernel[axis] in result)
    columns = int(np.prod([integers.shape[axis] for axis in order if kernel[axis] in result]))
    return integers.transpose(order).reshape(-1, columns)


@pytest.mark.parametrize("pair", quick_share(PAIRS, one_of=4))
def test_the_integers_are_those_that_keras_stores(pair: str, tmp_path: Path) -> None:
    kind, mode = PAIRS[pair]
    model = quantized(kind, mode)
    result = lir.export(model, tmp_path / "m.tflite")
    assert result.strategy == "quantized-stablehlo"
    found = kernels(tmp_path / "m.tflite")
    for name, integers in kept(model).items():
        equal = any(np.array_equal(integers, kernel) for kernel in found)
        # The scales of this one are not those of channels; the plan has it as int8, not exact.
        assert equal or (name, mode) == ("swapped", "int4"), name


@pytest.mark.parametrize("kind", ["dense", "untied"])
def test_what_has_blocks_is_about_the_same_in_eight_bits(kind: str, tmp_path: Path) -> None:
    """At most 1/254 of a channel's largest weight; measured: up to 0.009 of the largest output."""
    model = quantized(kind, "int4 blocks")
    lir.export(model, tmp_path / "m.tflite")
    x = samples(model, 16)
    (output,) = lir.LiteRTFile(tmp_path / "m.tflite").run({"x": x}).values()
    wanted = np.asarray(model(x))
    assert np.abs(output - wanted).max() <= 0.015 * np.abs(wanted).max()
