"""The layers of a model that were quantized in Keras, and their weights as a file needs them."""

from __future__ import annotations

import contextlib
import enum
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
from numpy.typing import NDArray

from litert_ir.backends import backend_name, load_keras, load_tensorflow
from litert_ir.backends.keras.dequantization import (
    QuantizationMode,
    dequantized_embeddings,
    dequantized_kernel,
    dequantized_reverse,
    integer_embeddings,
    kernel_shape,
)
from litert_ir.backends.keras.layers import all_layers, paths_by_id, variable_paths
from litert_ir.ir.backend import ConvertibleBackend


class WeightRole(enum.Enum):
    """The role of a weight in its layer."""

    KERNEL = "multiplies its inputs with it"
    TABLE = "looks up rows in it"
    REVERSE = "multiplies its inputs with it where it is called in reverse"


@attrs.frozen(eq=False, kw_only=True)
class ComputedWeight:
    """A weight of a quantized layer as a file needs it, computed from what the layer stores.

    It stands among a model's variables where these are the arguments of a trace.

    Attributes:
        layer: The layer.
        role: Its role in the layer.
        shape: Its shape.
        dtype: Its type, by numpy's name.
    """

    layer: Any
    role: WeightRole
    shape: tuple[int, ...]
    dtype: str = "float32"
    _compute: Callable[[], NDArray[Any]] = attrs.field(repr=False)

    def array(self) -> NDArray[Any]:
        """The values, in a new array.

        Raises:
            ValueError: When the layer stores another weight than its call works with.
        """
        array = self._compute()
        if (array.shape, array.dtype.name) != (self.shape, self.dtype):
            raise ValueError(f"{self.layer.path}: {array.shape} {array.dtype}, not {self}")
        return array


def weight_paths(model: Any, weights: Sequence[Any]) -> tuple[str, ...]:
    """Return the path of each argument of a trace: that of its layer, and its name.

    Args:
        model: The model.
        weights: Its variables, and `ComputedWeight` among them.
    """
    layers, variables = paths_by_id(model), variable_paths(model)
    return tuple(
        f"{layers[id(weight.layer)]}/{weight.role.name.lower()}"
        if isinstance(weight, ComputedWeight)
        else variables[id(weight)]
        for weight in weights
    )


def mode_of(layer: Any) -> QuantizationMode | None:
    """Return a layer's quantization mode; None for a float layer."""
    mode = getattr(layer, "quantization_mode", None)
    return None if mode is None else QuantizationMode(mode)


def quantized_layers(model: Any) -> Iterator[tuple[Any, QuantizationMode]]:
    """The layers that run quantized in Keras, each with its mode."""
    for layer in all_layers(model):
        mode = mode_of(layer)
        if mode is not None and layer.built:
            yield layer, mode


def known_layers(model: Any) -> Iterator[tuple[Any, QuantizationMode]]:
    """The quantized layers, without those that quantize in a way of their own."""
    return (found for found in quantized_layers(model) if is_dense(found[0]) or is_table(found[0]))


def is_calibrated(layer: Any, mode: QuantizationMode) -> bool:
    """Tell whether the layer's weights are small ones; some are not before they were calibrated."""
    match mode:
        case QuantizationMode.GPTQ:
            return bool(layer.is_gptq_calibrated)
        case QuantizationMode.AWQ:
            return bool(layer.is_awq_calibrated)
        case _:
            return True


def is_dense(layer: Any) -> bool:
    """Tell whether this is a `keras.layers.Dense` or `keras.layers.EinsumDense`, or a subclass."""
    layers = load_keras().layers
    return isinstance(layer, layers.Dense | layers.EinsumDense)


def is_table(layer: Any) -> bool:
    """Tell whether this is a `keras.layers.Embedding`, or a subclass."""
    return isinstance(layer, load_keras().layers.Embedding)


def is_reversible(layer: Any) -> bool:
    """Tell whether this is a `keras.layers.ReversibleEmbedding`, or a subclass."""
    return isinstance(layer, load_keras().layers.ReversibleEmbedding)


def computed_weights(model: Any) -> tuple[ComputedWeight, ...]:
    """The weights of a model's quantized layers; none is computed yet."""
    found: list[ComputedWeight] = []
    for layer, mode in known_layers(model):
        if is_calibrated(layer, mode):
            found.extend(_kernels(layer, mode) if is_dense(layer) else _tables(layer, mode))
    return tuple(found)


def _kernels(layer: Any, mode: QuantizationMode) -> Iterator[ComputedWeight]:
    yield ComputedWeight(
        layer=layer,
        role=WeightRole.KERNEL,
        shape=kernel_shape(layer, mode),
        compute=functools.partial(dequantized_kernel, layer, mode),
    )


def _tables(layer: Any, mode: QuantizationMode) -> Iterator[ComputedWeight]:
    shape = (layer.input_dim, layer.output_dim)
    if mode is QuantizationMode.INT4:
        compute = functools.partial(integer_embeddings, layer)
        yield ComputedWeight(
            layer=layer, role=WeightRole.TABLE, shape=shape, dtype="int8", compute=compute
        )
    if is_reversible(layer):
        compute = functools.partial(
            dequantized_embeddings if layer.tie_weights else dequantized_reverse, layer, mode
        )
        yield ComputedWeight(
            layer=layer,
            role=WeightRole.REVERSE,
            shape=shape if layer.tie_weights else shape[::-1],
            compute=compute,
        )


def tensors_of(weights: tuple[ComputedWeight, ...]) -> list[Any]:
    """The weights as tensors that hold their values, also while a graph is traced."""
    keras = load_keras()
    on_tensorflow = backend_name() == ConvertibleBackend.TENSORFLOW.value
    outside = load_tensorflow().init_scope() if on_tensorflow else contextlib.nullcontext()
    with outside:
        arrays = [weight.array() for weight in weights]
    return [keras.ops.convert_to_tensor(array) for array in arrays]
