"""Files with a wrong layer, and the models that they should be of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.backends.keras.layers import layer_paths
from litert_ir.backends.litert.files import packed, unpacked, with_data_inside
from litert_ir.explanation.explanation import Explanation

Change = Callable[[Any], Any]
"""Changes a copy of a model; returns the model to export."""


def layer_at(model: Any, path: str) -> Any:
    return dict(layer_paths(model))[path]


def with_kernel_changed(path: str) -> Change:
    """A tenth of noise on the kernel of a layer."""

    def change(model: Any) -> Any:
        layer = layer_at(model, path)
        kernel, *others = layer.get_weights()
        noise = np.random.default_rng(1).normal(size=kernel.shape).astype(np.float32)
        layer.set_weights([kernel + 0.1 * float(kernel.std()) * noise, *others])
        return model

    return change


def with_activation(path: str, name: str) -> Change:
    """Another activation in a layer that has one as an attribute."""

    def change(model: Any) -> Any:
        layer_at(model, path).activation = load_keras().activations.get(name)
        return model

    return change


def with_layer_swapped(path: str, make: Callable[[str], Any]) -> Change:
    """Another layer in place of one without weights, in a functional model."""
    keras = load_keras()

    def change(model: Any) -> Any:
        def clone(layer: Any) -> Any:
            return make(path) if layer.name == path else type(layer).from_config(layer.get_config())

        copy = keras.models.clone_model(model, clone_function=clone)
        copy.set_weights(model.get_weights())
        return copy

    return change


def planted(make: Callable[[], Any], change: Change, folder: Path, **options: Any) -> Explanation:
    """Explain the file of a changed model against the unchanged one."""
    path = folder / "wrong.tflite"
    lir.export(change(make()), path, verify=False, **options)
    return lir.layer_errors(make(), path, confirm=0)


def spoil_scales(path: Path, layer: str, factor: float = 1.3) -> None:
    """Give every other channel of a layer's integer weights a wrong scale, in the file."""
    content = path.read_bytes()
    model = with_data_inside(unpacked(content), content)
    spoiled = 0
    for tensor in model.subgraphs[0].tensors:
        scales = None if tensor.quantization is None else tensor.quantization.scale
        if tensor.name.decode() == f"{layer}/kernel" and scales is not None:
            tensor.quantization.scale = [
                scale * (factor if place % 2 else 1.0) for place, scale in enumerate(scales)
            ]
            spoiled += 1
    assert spoiled == 1
    path.write_bytes(packed(model, len(content)))


def names(explanation: Explanation) -> set[str]:
    """The paths of the layers that depart, with those that are one operator with them."""
    return {path for each in explanation.departing for path in (each.layer, *each.others)}
