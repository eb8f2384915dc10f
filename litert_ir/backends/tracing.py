"""The tracer of the Keras backend that this process has chosen."""

from __future__ import annotations

from typing import assert_never

from litert_ir.backends import ConvertibleBackend, load_keras
from litert_ir.backends.jax_tracer import JaxTracer
from litert_ir.backends.tensorflow_tracer import TensorFlowTracer
from litert_ir.backends.tracer import Tracer


def tracer() -> Tracer:
    """The tracer of the current backend; see `litert_ir.backends.require_convertible_backend`."""
    backend = ConvertibleBackend(load_keras().backend.backend())
    match backend:
        case ConvertibleBackend.TENSORFLOW:
            return TensorFlowTracer()
        case ConvertibleBackend.JAX:
            return JaxTracer()
        case _:
            assert_never(backend)
