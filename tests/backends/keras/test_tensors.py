"""Tensors and specs of any loaded framework are told apart."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from litert_ir.backends import load_jax, load_keras, load_tensorflow
from litert_ir.backends.keras.tensors import is_value, known_sizes, unusual_layout

keras: Any = load_keras()
tf: Any = load_tensorflow()
jax: Any = load_jax()
jax_sparse: Any = importlib.import_module("jax.experimental.sparse")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (np.zeros(2), True),
        (np.float32(1), True),
        (tf.zeros(2), True),
        (jax.numpy.zeros(2), True),
        (tf.TensorSpec(2), False),
        (keras.InputSpec(shape=(2,)), False),
        (keras.KerasTensor((2,)), False),
        (jax.ShapeDtypeStruct((2,), "float32"), False),
        ("text", False),
    ],
)
def test_values_are_told_from_specs(value: Any, wanted: bool) -> None:
    assert is_value(value) is wanted


@pytest.mark.parametrize(
    ("value", "layout"),
    [
        (keras.KerasTensor((2, 2)), ""),
        (keras.KerasTensor((2, 2), sparse=True), "sparse"),
        (keras.KerasTensor((2, 2), ragged=True), "ragged"),
        (tf.zeros((2, 2)), ""),
        (tf.sparse.from_dense(tf.eye(2)), "sparse"),
        (tf.SparseTensorSpec((2, 2)), "sparse"),
        (tf.ragged.constant([[1], [2, 3]]), "ragged"),
        (tf.RaggedTensorSpec((2, None)), "ragged"),
        (jax_sparse.BCOO.fromdense(np.eye(2)), "sparse"),
        (jax.ShapeDtypeStruct((2, 2), "float32"), ""),
        (np.eye(2), ""),
    ],
)
def test_layouts_that_no_file_has_are_named(value: Any, layout: str) -> None:
    assert unusual_layout(value) == layout


def test_only_numbers_are_known_sizes() -> None:
    batch, length = jax.export.symbolic_shape("b, n")
    assert known_sizes((batch, 3, np.int64(4), 2 * length + 1)) == [None, 3, 4, None]
    assert known_sizes(tf.TensorShape((None, 3))) == [None, 3]
