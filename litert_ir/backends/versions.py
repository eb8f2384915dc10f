"""The versions of the packages that models run on in this process."""

from __future__ import annotations

from importlib.metadata import version

from litert_ir.backends import (
    backend_name,
    load_jax,
    load_keras,
    load_tensorflow,
)
from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.ir.plan import Versions


def versions_here() -> Versions:
    """Return the versions of litert_ir, of Keras, and of the framework that Keras runs on.

    Raises:
        ValueError: When Keras runs on none of `ConvertibleBackend`.
    """
    backend = ConvertibleBackend(backend_name())
    return Versions(
        litert_ir=version("litert_ir"),
        keras=load_keras().__version__,
        backend=backend,
        tensorflow=load_tensorflow().__version__
        if backend is ConvertibleBackend.TENSORFLOW
        else None,
        jax=load_jax().__version__ if backend is ConvertibleBackend.JAX else None,
    )
