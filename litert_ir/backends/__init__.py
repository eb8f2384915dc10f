"""Lazy access to the frameworks; nothing else in litert_ir imports them."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType
from typing import Any, assert_never

from litert_ir.backends.packages import JAX, TENSORFLOW, Package, missing
from litert_ir.errors import BackendError, MissingDependencyError
from litert_ir.ir.backend import ConvertibleBackend


def package_of(backend: ConvertibleBackend) -> Package:
    """The package to install for a backend."""
    match backend:
        case ConvertibleBackend.TENSORFLOW:
            return TENSORFLOW
        case ConvertibleBackend.JAX:
            return JAX
        case _:
            assert_never(backend)


def load_keras() -> Any:
    """The keras module, on the backend that the process has chosen.

    Raises:
        MissingDependencyError: When Keras or its backend is not installed.
    """
    try:
        return _load("keras")
    except MissingDependencyError as error:
        others = _other_backends(error.__cause__)
        if not others:
            raise
        raise MissingDependencyError(
            error.summary,
            where=f"importing keras ({backend_setting()})",
            received=error.received,
            advice=f"{error.advice}; or set KERAS_BACKEND={others[0]}, which is installed",
        ) from error


def load_tensorflow() -> Any:
    """The tensorflow module."""
    return _load("tensorflow")


def load_jax() -> Any:
    """The jax module, with `jax.export`."""
    _load("jax.export")
    return _load("jax")


def load_keras_hub() -> Any:
    """The keras_hub module."""
    return _load("keras_hub")


def loaded(module: str) -> Any | None:
    """A module if this process has imported it, else None; nothing is imported.

    Objects of a framework can only come from a process that has imported it.
    """
    return sys.modules.get(module)


def converter_error() -> type[Exception]:
    """Return the exception class of TensorFlow's converter, which no public module has."""
    error: type[Exception] = _load("tensorflow.lite.python.convert").ConverterError
    return error


def load_interpreter() -> Any:
    """The module of LiteRT's interpreter, `ai_edge_litert.interpreter`."""
    return _load("ai_edge_litert.interpreter")


def load_schema() -> Any:
    """The generated classes of the LiteRT flatbuffer schema."""
    return _load("ai_edge_litert.schema_py_generated")


def load_quantizer(module: str) -> Any:
    """A module of LiteRT's quantizer, such as ``quantizer`` or ``utils.qsv_utils``."""
    return _load(f"litert_quantizer.{module}")


def load_plotting() -> Any:
    """The module of matplotlib's figures, which needs no display; an optional dependency."""
    return _load("matplotlib.figure")


def load_model_explorer() -> Any:
    """The module of Model Explorer, which shows graphs in a browser; an optional dependency."""
    return _load("model_explorer")


def load_pillow() -> Any:
    """The module of Pillow's images, `PIL.Image`; an optional dependency."""
    return _load("PIL.Image")


def load_aot(module: str) -> Any:
    """A module of LiteRT's ahead-of-time compilers, by its name in `ai_edge_litert.aot`."""
    _load("ai_edge_litert")
    return _load(f"ai_edge_litert.aot.{module}")


def load_compiled_model() -> Any:
    """The module of `CompiledModel`, which names `Environment` and `HardwareAccelerator`, too."""
    return _load("ai_edge_litert.compiled_model")


def load_benchmark_tool() -> Any:
    """The module of the benchmark tool that ai-edge-litert ships, ``litert-benchmark``."""
    return _load("ai_edge_litert.tools.benchmark_litert_model")


def backend_name() -> str:
    """The framework that Keras runs on in this process, by Keras' name for it."""
    return str(load_keras().backend.backend())


def is_traced_here() -> bool:
    """Tell whether this process runs Keras on one of `ConvertibleBackend`."""
    return backend_name() in {member.value for member in ConvertibleBackend}


def require_convertible_backend() -> Any:
    """The keras module, after a check that its models can be converted in this process.

    Raises:
        BackendError: When Keras runs on none of `ConvertibleBackend`.
    """
    keras = load_keras()
    if not is_traced_here():
        raise BackendError(
            "This process runs Keras on a backend whose models cannot be converted here.",
            where=backend_setting(),
            expected=" or ".join(member.value for member in ConvertibleBackend),
            received=backend_name(),
            advice="call litert_ir.plan_for and litert_ir.export, which let a child process load "
            "the model on a backend that can",
        )
    return keras


def backend_setting() -> str:
    """Return the setting that chooses Keras' backend, such as ``KERAS_BACKEND=jax``."""
    return f"KERAS_BACKEND={os.environ.get('KERAS_BACKEND', '(keras.json)')}"


def installed_backends() -> tuple[ConvertibleBackend, ...]:
    """Return the installed backends in the order of preference; none is imported."""
    return tuple(backend for backend in ConvertibleBackend if package_of(backend).is_installed)


def _other_backends(error: BaseException | None) -> list[str]:
    """List the other backends that Keras could run on when an import of one failed."""
    if not isinstance(error, ImportError) or error.name not in {"tensorflow", "jax", "torch"}:
        return []
    return [backend.value for backend in installed_backends() if backend.value != error.name]


def _load(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        wanted = (error.name or module).partition(".")[0]
        raise missing(wanted, where=f"importing {module}", received=str(error)) from error
