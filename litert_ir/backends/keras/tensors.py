"""Tell tensors, specs and dimensions of the loaded frameworks apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_keras, loaded


def is_value(value: Any) -> bool:
    """Tell whether this is an array or a tensor, traced ones included, rather than a spec."""
    if isinstance(value, np.ndarray | np.generic) or load_keras().ops.is_tensor(value):
        return True
    tf, jax = loaded("tensorflow"), loaded("jax")
    return bool(
        (tf is not None and tf.is_tensor(value))
        or (jax is not None and isinstance(value, jax.Array))
    )


def unusual_layout(value: Any) -> str:
    """The name of a layout that LiteRT tensors do not have; empty for a usual one.

    Args:
        value: A tensor or a spec.
    """
    if isinstance(value, load_keras().KerasTensor):
        return "ragged" if value.ragged else "sparse" if value.sparse else ""
    tf, jax_sparse = loaded("tensorflow"), loaded("jax.experimental.sparse")
    if tf is not None and isinstance(value, tf.RaggedTensor | tf.RaggedTensorSpec):
        return "ragged"
    if tf is not None and isinstance(value, tf.SparseTensor | tf.SparseTensorSpec):
        return "sparse"
    return "sparse" if jax_sparse is not None and isinstance(value, jax_sparse.JAXSparse) else ""


def known_sizes(shape: Iterable[Any]) -> list[int | None]:
    """A framework's shape with None for dimensions that are no numbers: None, or JAX' symbols."""
    return [int(size) if isinstance(size, int | np.integer) else None for size in shape]


def tensor_of(value: Any, dtype: str | None = None) -> Any:
    """A number or an array as a tensor of the framework that Keras runs on.

    Args:
        value: The number or the array.
        dtype: The tensor's type; None for that of the value.
    """
    return load_keras().ops.convert_to_tensor(value, dtype=dtype)


def array_of(tensor: Any) -> NDArray[Any]:
    """The values of a tensor; those of types that numpy does not have, as float32."""
    values = np.asarray(load_keras().ops.convert_to_numpy(tensor))
    return values if values.dtype.kind != "V" else values.astype(np.float32)


def leaves_of(nested: Any) -> list[Any]:
    """The leaves of nested tensors, in Keras' order: that of the keys in dicts."""
    leaves: list[Any] = load_keras().tree.flatten(nested)
    return leaves


def without_framework(value: Any) -> Any:
    """A spec of Keras, or the array of a tensor, in a form that another process can read.

    Args:
        value: A tensor or a spec; what is neither, or has an unusual layout, comes back.
    """
    keras = load_keras()
    if isinstance(value, keras.KerasTensor):
        return keras.KerasTensor(
            value.shape, value.dtype, sparse=value.sparse, ragged=value.ragged, name=value.name
        )
    if not is_value(value) or unusual_layout(value):
        return value
    return keras.ops.convert_to_numpy(value) if keras.ops.is_tensor(value) else np.asarray(value)
