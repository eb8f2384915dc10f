"""Signatures in the terms of TensorFlow and Keras."""

from __future__ import annotations

from typing import Any

from litert_ir import (
    Absent,
    Argument,
    DType,
    DynamicDim,
    ListNode,
    MappingNode,
    Signature,
    TensorSpec,
    TupleNode,
    keras_input_specs,
    plan_for,
    tensorflow_specs,
)
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.testing import models

keras: Any = load_keras()
tf: Any = load_tensorflow()

LEFT = TensorSpec(name="left", shape=(DynamicDim("batch"), 3), dtype=DType.FLOAT32)
MASK = TensorSpec(name="mask", shape=(2, DynamicDim()), dtype=DType.BOOL)
SCALE = TensorSpec(name="scale", shape=(), dtype=DType.INT64)
SIGNATURE = Signature(
    (
        Argument("first", MappingNode((("a", ListNode((LEFT, Absent()))), ("b", MASK)))),
        Argument("second", TupleNode((SCALE,)), keyword_only=True),
    )
)


def test_tensorflow_specs_are_nested_as_the_arguments_are() -> None:
    first, second = tensorflow_specs(SIGNATURE)
    assert first == {
        "a": [tf.TensorSpec((None, 3), tf.float32, "left"), None],
        "b": tf.TensorSpec((2, None), tf.bool, "mask"),
    }
    assert second == (tf.TensorSpec((), tf.int64, "scale"),)


def test_keras_input_specs_are_nested_as_the_arguments_are() -> None:
    first, second = keras_input_specs(SIGNATURE)
    left, absent = first["a"]
    assert absent is None
    assert isinstance(left, keras.InputSpec)
    assert isinstance(second, tuple)
    described = [(s.name, s.shape, s.dtype) for s in (left, first["b"], second[0])]
    assert described == [
        ("left", (None, 3), "float32"),
        ("mask", (2, None), "bool"),
        ("scale", (), "int64"),
    ]


def test_specs_of_a_plan_are_a_signature_again() -> None:
    model = models.nested_model()
    plan = plan_for(model)
    for specs in (tensorflow_specs(plan.signature), keras_input_specs(plan.signature)):
        assert plan_for(model, input_signature=list(specs)) == plan
