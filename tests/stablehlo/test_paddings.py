"""How a window pads does not depend on the sizes at which a model happens to be traced."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import jax
import keras
import numpy as np
import pytest
from jax import lax

from litert_ir import plan_for
from litert_ir.backends.keras.same_padding import PADDED_SAME, same_padding_named
from litert_ir.backends.litert.files import unpacked
from litert_ir.isolation.time_limits import CONVERSION_STEP_S
from litert_ir.isolation.worker import shared_worker
from litert_ir.stablehlo.child_steps import make_skeleton
from litert_ir.stablehlo.dynamic_shapes.graph_reader import FileView
from litert_ir.stablehlo.module_editing import EditorInChild
from litert_ir.stablehlo.rewrites.engine.windows import is_always_same, same_pads
from litert_ir.stablehlo.trace.points import Point
from litert_ir.stablehlo.trace.trace import tracer_for

layers = keras.layers
VALID, SAME = "VALID", "SAME"
EVEN_AND_ODD = (16, 15)

Layer = Callable[[Any], Any]


def padded(after: Layer) -> Layer:
    """Zeros behind the rows and columns, as `keras.applications` put them, and a layer."""
    return lambda x: after(layers.ZeroPadding2D(((0, 1), (0, 1)))(x))


WINDOWS: dict[str, tuple[Layer, list[str]]] = {
    "padding, strides": (padded(layers.Conv2D(4, 3, strides=2)), ["PAD", "CONV_2D VALID"]),
    "padding, depthwise": (
        padded(layers.DepthwiseConv2D(3, strides=2)),
        ["PAD", "DEPTHWISE_CONV_2D VALID"],
    ),
    "padding, greatest": (
        padded(layers.MaxPooling2D(3, strides=2)),
        ["PAD", "MAX_POOL_2D VALID"],
    ),
    "padding without strides": (
        lambda x: layers.Conv2D(4, 3)(layers.ZeroPadding2D(1)(x)),
        ["CONV_2D SAME"],
    ),
    "same": (layers.Conv2D(4, 3, strides=2, padding="same"), ["CONV_2D SAME"]),
    "same, kernel as strides": (layers.Conv2D(4, 2, strides=2, padding="same"), ["CONV_2D SAME"]),
    "valid, kernel as strides": (layers.Conv2D(4, 2, strides=2), ["CONV_2D VALID"]),
    "greatest, same": (layers.MaxPooling2D(2, padding="same"), ["MAX_POOL_2D SAME"]),
    "greatest, valid": (layers.MaxPooling2D(2), ["MAX_POOL_2D VALID"]),
    "average, same": (layers.AveragePooling2D(2, padding="same"), ["AVERAGE_POOL_2D SAME"]),
    "average, valid": (layers.AveragePooling2D(2), ["AVERAGE_POOL_2D VALID"]),
}


def operators(layer: Layer, size: int, *, dynamic: bool) -> list[str]:
    """The operators of a layer's file that is traced at a size, with their paddings."""
    inputs = keras.Input((None, None, 3) if dynamic else (size, size, 3), name="x")
    model = keras.Model(inputs, layer(inputs))
    worker = shared_worker()
    tracer = tracer_for(plan_for(model), model, EditorInChild(worker, CONVERSION_STEP_S))
    (trace,) = tracer((Point(((2, size, size, 3),)),))
    skeleton = worker.call(make_skeleton, trace.traced, trace.store.small())
    view = FileView(unpacked(skeleton.content))
    return [_described(view, operator) for operator in view.model.subgraphs[0].operators]


def _described(view: FileView, operator: Any) -> str:
    padding = getattr(operator.builtinOptions, "padding", None)
    names = () if padding is None else ((SAME, VALID)[padding],)
    return " ".join((view.code(operator), *names))


@pytest.mark.parametrize("size", EVEN_AND_ODD)
@pytest.mark.parametrize("name", WINDOWS)
def test_padding_of_a_varying_size_is_what_the_model_says(name: str, size: int) -> None:
    layer, wanted = WINDOWS[name]
    assert operators(layer, size, dynamic=True) == wanted


def test_padding_of_a_fixed_size_is_merged_into_the_convolution() -> None:
    layer, _ = WINDOWS["padding, strides"]
    assert operators(layer, 16, dynamic=False) == ["CONV_2D SAME"]


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("extent", [1, 2, 3, 4])
def test_padding_is_always_same_where_it_is_same_at_all_sizes(extent: int, stride: int) -> None:
    found = {same_pads(size, extent, stride) for size in range(1, 30)}
    for pad in np.ndindex(3, 3):
        assert is_always_same((pad,), (extent,), (stride,)) == (found == {pad})


@pytest.mark.parametrize(("padding", "is_named"), [("SAME", True), ("VALID", False)])
def test_jax_names_the_scope_of_what_it_pads_by_same(padding: str, is_named: bool) -> None:
    def run(x: Any, kernel: Any) -> Any:
        pooled = lax.reduce_window(x, 0.0, lax.add, (1, 2, 1), (1, 2, 1), padding)
        return lax.conv_general_dilated(
            pooled, kernel, (2,), padding=padding, dimension_numbers=("NWC", "WIO", "NWC")
        )

    originals = lax.reduce_window, lax.conv_general_dilated
    shapes = (jax.eval_shape(lambda s=s: jax.numpy.zeros(s)) for s in ((1, 8, 3), (2, 3, 4)))
    with same_padding_named():
        text = jax.jit(run).lower(*shapes).as_text(debug_info=True)
    assert (lax.reduce_window, lax.conv_general_dilated) == originals
    for name in ("reduce_window_sum", "conv_general_dilated"):
        assert (f"/{PADDED_SAME}/{name}" in text) is is_named
