"""The float values of the weights of layers that were quantized in Keras.

The formulas are those of the layers' own quantized calls in Keras 3.15, with numpy on the stored
integers and scales: so the numbers are the same to the last bit, and nothing is traced.
"""

from __future__ import annotations

import enum
from typing import Any, assert_never

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.keras.variables import array_of

Array = NDArray[Any]

_KERNEL = "_kernel"
_EMBEDDINGS = "_embeddings"
"""The private attributes from which Keras computes the public ones."""

_LARGEST_FLOAT8 = 448.0
"""The largest number of float8_e4m3fn."""


class QuantizationMode(enum.Enum):
    """The quantization of a layer: `keras.Layer.quantization_mode`, by value."""

    INT8 = "int8"
    INT4 = "int4"
    FLOAT8 = "float8"
    GPTQ = "gptq"
    AWQ = "awq"


def dequantized_kernel(layer: Any, mode: QuantizationMode) -> Array:
    """The kernel of a dense layer or an einsum-dense layer, with its adapters in it.

    Args:
        layer: A `keras.layers.Dense` or `keras.layers.EinsumDense`.
        mode: Its quantization mode.

    Returns:
        A new float32 array of the kernel's own shape.
    """
    match mode:
        case QuantizationMode.INT8:
            kernel = _stored(layer, _KERNEL).astype(np.float32) / _scale_of_kernel(layer)
        case QuantizationMode.INT4:
            kernel = _int4_kernel(layer).reshape(kernel_shape(layer, mode))
        case QuantizationMode.FLOAT8:
            kernel = _rounded_to_float8(_stored(layer, _KERNEL), array_of(layer.kernel_scale))
        case QuantizationMode.GPTQ | QuantizationMode.AWQ:
            kernel = _calibrated_kernel(layer, mode).reshape(kernel_shape(layer, mode))
        case _:
            assert_never(mode)
    return _adapted(layer, kernel)


def kernel_shape(layer: Any, mode: QuantizationMode) -> tuple[int, ...]:
    """The shape of the float kernel; no weight is read."""
    if mode in (QuantizationMode.INT8, QuantizationMode.FLOAT8):
        return tuple(getattr(layer, _KERNEL).shape)
    original = getattr(layer, "original_kernel_shape", None)
    if original is not None:
        return tuple(original)
    if mode is QuantizationMode.INT4:
        return (int(getattr(layer, _KERNEL).shape[0]), int(layer.units))
    return (int(layer.quantized_kernel.shape[1]), int(layer.units))


def integer_embeddings(layer: Any) -> Array:
    """The table of an int4 embedding as int8, with the zero points of its blocks subtracted.

    The differences of two 4-bit integers are at most 15.
    """
    integers = unpacked_int4(_stored(layer, _EMBEDDINGS), layer.output_dim, axis=1)
    if is_grouped(layer):
        integers = integers - np.take(array_of(layer.embeddings_zero), _groups(layer), axis=1)
    return integers


def dequantized_embeddings(layer: Any, mode: QuantizationMode) -> Array:
    """The table of an embedding as a new float32 array."""
    integers = (
        _stored(layer, _EMBEDDINGS) if mode is QuantizationMode.INT8 else integer_embeddings(layer)
    ).astype(np.float32)
    scale = array_of(layer.embeddings_scale)
    if is_grouped(layer):
        return np.asarray(integers * np.take(scale, _groups(layer), axis=1))
    return np.asarray(integers / scale[:, None])


def dequantized_reverse(layer: Any, mode: QuantizationMode) -> Array:
    """The output table of an embedding that does not tie its weights, as a float32 array."""
    stored, scale = array_of(layer.reverse_embeddings), array_of(layer.reverse_embeddings_scale)
    if mode is QuantizationMode.INT8:
        return np.asarray(stored.astype(np.float32) / scale)
    integers = unpacked_int4(stored, layer.output_dim, axis=0)
    if is_grouped(layer):
        return _ungrouped(integers, scale, array_of(layer.reverse_embeddings_zero), layer, axis=0)
    return np.asarray(integers.astype(np.float32) / scale)


def unpacked_int4(packed: Array, length: int, axis: int) -> Array:
    """The integers of which every two along an axis share a byte, the first in its low half.

    Args:
        packed: int8 for signed integers, uint8 for unsigned ones.
        length: The number of integers along the axis.
        axis: The packed axis; not negative.

    Example:
        >>> unpacked_int4(np.array([[0x2F, 0x08]], np.int8), 3, axis=1).tolist()
        [[-1, 2, -8]]
    """
    low, high = packed & 15, (packed >> 4) & 15
    both = np.stack([low, high], axis=axis + 1)
    if packed.dtype == np.int8:
        both = (both ^ 8) - 8
    shape = list(packed.shape)
    shape[axis] *= 2
    kept = tuple(slice(length if dim == axis else None) for dim in range(packed.ndim))
    return np.asarray(both.reshape(shape)[kept])


def _stored(layer: Any, attribute: str) -> Array:
    return array_of(getattr(layer, attribute))


def _int4_kernel(layer: Any) -> Array:
    """The kernel as a matrix whose rows are the contracted dimensions."""
    scale = array_of(layer.kernel_scale)
    integers = unpacked_int4(_stored(layer, _KERNEL), scale.shape[-1], axis=1)
    if is_grouped(layer):
        return _ungrouped(integers, scale, array_of(layer.kernel_zero), layer, axis=0)
    return np.asarray(integers.astype(np.float32) / scale)


def _calibrated_kernel(layer: Any, mode: QuantizationMode) -> Array:
    """The kernel of GPTQ and AWQ, which store it transposed, as a matrix."""
    scale, stored = array_of(layer.kernel_scale), array_of(layer.quantized_kernel)
    if mode is QuantizationMode.AWQ or policy_of(layer).weight_bits == 4:
        stored = unpacked_int4(stored, scale.shape[0], axis=0)
    kernel = _ungrouped(stored, scale, array_of(layer.kernel_zero), layer, axis=1).T
    if mode is QuantizationMode.AWQ:
        kernel = kernel / array_of(layer.awq_scales)[:, None]
    return kernel


def policy_of(layer: Any) -> Any:
    """The dtype policy of a layer, which may be an entry of its model's map."""
    policy = layer.dtype_policy
    return policy[layer.path] if hasattr(policy, "default_policy") else policy


def is_grouped(layer: Any) -> bool:
    """Tell whether blocks of a weight have scales and zero points of their own."""
    return hasattr(layer, "g_idx")


def _groups(layer: Any) -> Array:
    """The block of each element along the divided axis."""
    return array_of(layer.g_idx).astype(np.int32)


def _ungrouped(integers: Array, scale: Array, zero: Array, layer: Any, axis: int) -> Array:
    groups = _groups(layer)
    shifted = integers.astype(np.float32) - np.take(zero, groups, axis).astype(np.float32)
    return np.asarray(shifted * np.take(scale, groups, axis))


def _scale_of_kernel(layer: Any) -> Array:
    """The scale that broadcasts to an int8 kernel; an einsum-dense layer keeps it as its outputs.

    The inverse of Keras' own arrangement, `EinsumDense._adjust_scale_for_dequant`.
    """
    scale = array_of(layer.kernel_scale)
    if not hasattr(layer, "equation"):
        return scale
    squeezed, expanded, order = (
        tuple(getattr(layer, f"_kernel_{change}_axes"))
        for change in ("squeeze", "expand", "transpose")
    )
    scale = np.squeeze(np.expand_dims(scale, squeezed), expanded)
    return scale.transpose(np.argsort(order)) if order else scale


def _rounded_to_float8(kernel: Array, scale: Array) -> Array:
    """Compute `keras.quantizers.quantize_and_dequantize` of a kernel in float8_e4m3fn."""
    scaled = np.clip(kernel.astype(np.float32) / scale, -_LARGEST_FLOAT8, _LARGEST_FLOAT8)
    return np.asarray(scaled.astype(ml_dtypes.float8_e4m3fn).astype(np.float32) * scale)


def _adapted(layer: Any, kernel: Array) -> Array:
    """The kernel with the product of its low-rank adapters (LoRA) added, where it has them."""
    if not layer.lora_enabled:
        return kernel
    product = array_of(layer.lora_kernel_a) @ array_of(layer.lora_kernel_b)
    return np.asarray(kernel + (layer.lora_alpha / layer.lora_rank) * product, np.float32)
