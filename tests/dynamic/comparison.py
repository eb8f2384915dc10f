"""An exported file and its Keras model, compared at given shapes of the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

import litert_ir as lir
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.backends.keras.layers import all_layers
from litert_ir.runtime.isolated import run_isolated
from tests.dynamic.dynamic_case import Shapes

Array = NDArray[Any]
TOLERANCE = 1e-4
"""Of the largest value, or of one: float32 has seven digits, and sums over a thousand steps in
another order lose two or three of them."""

_DRAWS = 5
"""A mean over a sequence of which every step is masked is no number; another draw has others."""


@attrs.frozen
class Exported:
    """A file, and the model that it was made from.

    Attributes:
        plan: What the file was made for.
        path: The file.
        model: The model.
        reference: Computes what the model's ``predict`` computes.
        integers_below: The exclusive bound of integer inputs.
    """

    plan: lir.ExportPlan
    path: Path
    model: Any
    reference: GraphReference
    integers_below: int = 10

    def faults_at(self, shapes: Shapes) -> list[str]:
        """What is wrong on random inputs of these shapes: nothing, if file and model agree."""
        for draw in range(_DRAWS):
            inputs = random_inputs(self.plan, shapes, self.integers_below, draw)
            try:
                wanted = self.reference(inputs)
            except Exception as error:  # noqa: BLE001  (whatever it raises, the plan is wrong)
                return [f"at {shapes} the model fails: {_short(error)}"]
            if not any(y.dtype.kind == "f" and np.isnan(y).any() for y in wanted):
                break
        else:
            return [f"at {shapes} the model gives no numbers"]
        named = {spec.name: x for spec, x in zip(self.plan.inputs, inputs, strict=True)}
        try:
            (found,) = run_isolated(self.path, [named])
        except (lir.errors.FileRejectedError, ValueError) as error:
            return [f"at {shapes} the file fails: {_short(error)}"]
        names = [leaf.spec.name for leaf in self.plan.output_leaves]
        differences = (difference(found[n], y) for n, y in zip(names, wanted, strict=True))
        return [
            f"at {shapes} {name}: {fault}"
            for name, fault in zip(names, differences, strict=True)
            if fault
        ]


@attrs.define
class GraphReference:
    """A model's outputs in graph mode, flat; on other backends than TensorFlow, its own.

    There are models that can be traced at known sizes only, as ``predict`` does, and layers that
    Keras computes otherwise where it knows no size (`TimeDistributed`, whose result then has the
    batch's size twice); those are traced for each shape.
    """

    model: Any
    _traced: Any = None

    def __call__(self, inputs: Sequence[Array]) -> list[Array]:
        keras = load_keras()
        tensors = [keras.ops.convert_to_tensor(x) for x in inputs]
        if keras.backend.backend() != "tensorflow":
            outputs = self._called(*tensors)
        else:
            outputs = self._in_graph(tensors)
        return [keras.ops.convert_to_numpy(y) for y in keras.tree.flatten(outputs)]

    def _called(self, *tensors: Any) -> Any:
        return self.model(tensors[0] if len(tensors) == 1 else list(tensors), training=False)

    def _in_graph(self, tensors: Sequence[Any]) -> Any:
        tf = load_tensorflow()
        if self._traced is None and _computes_with_sizes(self.model):
            self._traced = tf.function(self._called, reduce_retracing=False)
        if self._traced is None:
            specs = [tf.TensorSpec([None] * x.ndim, x.dtype) for x in tensors]
            ranks_known = tf.function(self._called, input_signature=self._declared(specs))
            try:
                ranks_known.get_concrete_function()
                self._traced = ranks_known
            except (TypeError, ValueError):
                self._traced = tf.function(self._called, reduce_retracing=False)
        return self._traced(*tensors)

    def _declared(self, specs: Sequence[Any]) -> list[Any]:
        """The model's own inputs where it has such; else tensors whose shapes are unknown."""
        tf = load_tensorflow()
        declared = getattr(self.model, "inputs", None)
        return [tf.TensorSpec(x.shape, x.dtype) for x in declared] if declared else list(specs)


def _computes_with_sizes(model: Any) -> bool:
    steps = load_keras().layers.TimeDistributed
    return any(isinstance(layer, steps) for layer in all_layers(model))


def random_inputs(
    plan: lir.ExportPlan, shapes: Shapes, integers_below: int, draw: int = 0
) -> list[Array]:
    """Normal floats, integers below a bound, and booleans; a draw gives the same ones each time."""
    rng = np.random.default_rng(sum(map(sum, shapes)) + 1_000_003 * draw)
    return [
        _random(rng, spec.dtype, shape, integers_below)
        for spec, shape in zip(plan.inputs, shapes, strict=True)
    ]


def _random(
    rng: np.random.Generator, dtype: lir.DType, shape: tuple[int, ...], below: int
) -> Array:
    if dtype is lir.DType.BOOL:
        return rng.random(shape) < 0.7
    if dtype.is_floating:
        return rng.standard_normal(shape).astype(dtype.value)
    return rng.integers(0, below, shape).astype(dtype.value)


def difference(found: Array, wanted: Array) -> str:
    """In what two arrays differ; "" where they agree."""
    if found.shape != wanted.shape:
        return f"the file gives {found.shape}, the model {wanted.shape}"
    if not wanted.size:
        return ""
    values = np.abs(found.astype("float64") - wanted.astype("float64"))
    scale = max(1.0, float(np.abs(wanted).max()))
    largest = float(values.max())
    if largest <= TOLERANCE * scale:
        return ""
    return f"values differ by up to {largest:.3g} (largest value {scale:.3g})"


def _short(error: Exception) -> str:
    """The error in one line; of TensorFlow's, without the stack that comes before the reason."""
    text = str(error).partition("[[{{")[0].rstrip()
    return f"{type(error).__name__}: {' '.join(text[-200:].split())}"
