"""Lazy access to the frameworks; nothing else in litert_ir imports them."""

from __future__ import annotations

import enum
import importlib
import os
import sys
from types import ModuleType
from typing import Any

from litert_ir.errors import BackendError, MissingDependencyError


class ConvertibleBackend(enum.Enum):
    """The Keras backends whose models can be planned and converted in the same process."""

    TENSORFLOW = "tensorflow"
    JAX = "jax"


def load_keras() -> Any:
    """The keras module, with whatever backend the process has chosen."""
    return _load("keras", "keras")


def load_tensorflow() -> Any:
    """The tensorflow module."""
    return _load("tensorflow", "tensorflow")


def load_jax() -> Any:
    """The jax module, with `jax.export`."""
    _load("jax.export", "jax")
    return _load("jax", "jax")


def load_keras_hub() -> Any:
    """The keras_hub module."""
    return _load("keras_hub", "keras-hub")


def loaded(module: str) -> Any | None:
    """A module if this process has imported it, else None; nothing is imported.

    Objects of a framework can only come from a process that has imported it.
    """
    return sys.modules.get(module)


def converter_error() -> type[Exception]:
    """What TensorFlow's converter raises; it is in no public module."""
    error: type[Exception] = _load("tensorflow.lite.python.convert", "tensorflow").ConverterError
    return error


def load_interpreter() -> Any:
    """The module of LiteRT's interpreter, `ai_edge_litert.interpreter`."""
    return _load("ai_edge_litert.interpreter", "ai-edge-litert")


def load_schema() -> Any:
    """The generated classes of the LiteRT flatbuffer schema."""
    return _load("ai_edge_litert.schema_py_generated", "ai-edge-litert")


def load_quantizer(module: str) -> Any:
    """A module of LiteRT's quantizer, such as ``quantizer`` or ``utils.qsv_utils``."""
    return _load(f"litert_quantizer.{module}", "litert-quantizer")


def load_plotting() -> Any:
    """The module of matplotlib's figures, which needs no display; an optional dependency."""
    return _load("matplotlib.figure", "matplotlib")


def load_aot(module: str) -> Any:
    """A module of LiteRT's ahead-of-time compilers, by its name in `ai_edge_litert.aot`."""
    _load("ai_edge_litert", "ai-edge-litert")
    return _load(f"ai_edge_litert.aot.{module}", "ai-edge-litert")


def load_compiled_model() -> Any:
    """The module of `CompiledModel`, which names `Environment` and `HardwareAccelerator`, too."""
    return _load("ai_edge_litert.compiled_model", "ai-edge-litert")


def is_traced_here() -> bool:
    """Whether this process runs Keras on one of `ConvertibleBackend`."""
    return load_keras().backend.backend() in {member.value for member in ConvertibleBackend}


def require_convertible_backend() -> Any:
    """The keras module, once it is certain that its models can be converted here.

    Raises:
        BackendError: When Keras runs on none of `ConvertibleBackend`.
    """
    keras = load_keras()
    if not is_traced_here():
        raise BackendError(
            "This process runs Keras on a backend whose models cannot be converted here.",
            where=f"KERAS_BACKEND={os.environ.get('KERAS_BACKEND', '(keras.json)')}",
            expected=" or ".join(member.value for member in ConvertibleBackend),
            received=keras.backend.backend(),
            advice="call litert_ir.plan_for and litert_ir.export, which let a child process load "
            "the model on a backend that can",
        )
    return keras


def _load(module: str, package: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = (error.name or module).partition(".")[0]
        wanted = package if missing == module.partition(".")[0] else missing
        raise MissingDependencyError(
            f"The package {wanted!r} is not installed.",
            where=f"importing {module}",
            received=str(error),
            advice=f"pip install {wanted}",
        ) from error
