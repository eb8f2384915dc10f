"""The tracer of the Keras backend that this process has chosen."""

from __future__ import annotations

from typing import assert_never

from litert_ir.backends import backend_name, is_traced_here, load_keras
from litert_ir.backends.jax.tracer import JaxTracer
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.tensorflow.tracer import TensorFlowTracer
from litert_ir.backends.tracer import Tracer
from litert_ir.ir.backend import ConvertibleBackend


def tracer() -> Tracer:
    """The tracer of the current backend; see `litert_ir.backends.require_convertible_backend`."""
    backend = ConvertibleBackend(backend_name())
    match backend:
        case ConvertibleBackend.TENSORFLOW:
            return TensorFlowTracer()
        case ConvertibleBackend.JAX:
            return JaxTracer()
        case _:
            assert_never(backend)


def build_by_call(call: InferenceCall) -> None:
    """Create the variables of an unbuilt model, on any backend of Keras.

    On backends that are not traced, Keras calls the model on symbols of its own.

    Raises:
        Exception: What the call raises; see `litert_ir.backends.model_failures`.
    """
    if is_traced_here():
        tracer().build(call)
        return
    symbol = load_keras().KerasTensor
    call.unscoped([symbol(spec.sizes, spec.dtype.value) for spec in call.signature.tensors])
