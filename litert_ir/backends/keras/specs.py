"""A signature tree in the terms of TensorFlow and Keras, one visitor per term."""

from __future__ import annotations

from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.ir.path import Path
from litert_ir.ir.signature import Signature
from litert_ir.ir.tensor import TensorSpec
from litert_ir.visitors.nested import Nested


@attrs.frozen
class TensorFlowSpecs(Nested):
    """Each tensor as a `tf.TensorSpec` of its name, shape and dtype."""

    tf: Any

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> Any:
        return self.tf.TensorSpec(spec.sizes, self.tf.dtypes.as_dtype(spec.dtype.value), spec.name)


@attrs.frozen
class KerasInputSpecs(Nested):
    """Each tensor as a `keras.InputSpec`."""

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> Any:
        return keras_input_spec(spec)


def keras_input_spec(spec: TensorSpec) -> Any:
    """A tensor as a `keras.InputSpec`, which has no names and bounds of dimensions."""
    return load_keras().InputSpec(shape=spec.sizes, dtype=spec.dtype.value, name=spec.name)


def tensorflow_specs(signature: Signature) -> tuple[Any, ...]:
    """One (nested) `tf.TensorSpec` per argument of the call: what `tf.function` takes."""
    return signature.fold(TensorFlowSpecs(load_tensorflow()))


def keras_input_specs(signature: Signature) -> tuple[Any, ...]:
    """One (nested) `keras.InputSpec` per argument of the call: what Keras' exporters take."""
    return signature.fold(KerasInputSpecs())
