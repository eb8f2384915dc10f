"""Choose the Keras backend of a command: the user's own choice, else one that is installed."""

from __future__ import annotations

import json
import os
from pathlib import Path

from litert_ir.backends import installed_backends
from litert_ir.backends.packages import Package, package_of
from litert_ir.errors import BackendError
from litert_ir.errors.nearest_names import did_you_mean
from litert_ir.ir.backend import ConvertibleBackend

VARIABLE = "KERAS_BACKEND"
_DISPLAY_NAMES = {
    "tensorflow": "TensorFlow",
    "jax": "JAX",
    "torch": "PyTorch",
    "openvino": "OpenVINO",
    "numpy": "NumPy",
}
"""Keras' backends, by the names that Keras has for them."""


def chosen_backend() -> str:
    """Return the backend that Keras is to run on, by Keras' name for it.

    That is the one of ``KERAS_BACKEND``, else the one of ``keras.json`` where it is installed:
    Keras itself writes TensorFlow there when it finds no such file. Else it is the first one that
    is installed of those that models are converted on. Where none is, importing Keras says so.
    """
    named = os.environ.get(VARIABLE, "")
    if named:
        return named
    configured = _configured()
    if configured in _DISPLAY_NAMES and _package(configured).is_installed:
        return configured
    return next(iter(installed_backends()), ConvertibleBackend.TENSORFLOW).value


def require_backend() -> str:
    """Return the display name of the chosen backend, which has to be installed; nothing starts.

    Raises:
        BackendError: When ``KERAS_BACKEND`` names none of Keras' backends.
        MissingDependencyError: When its package is not installed.
    """
    backend = chosen_backend()
    if backend not in _DISPLAY_NAMES:
        raise BackendError(
            f"Keras has no such backend.{did_you_mean(backend, _DISPLAY_NAMES)}",
            where=VARIABLE,
            expected=", ".join(_DISPLAY_NAMES),
            received=backend,
            advice=f"unset {VARIABLE}, or set it to one of these",
        )
    if os.environ.get(VARIABLE):
        _package(backend).require(f"Keras with {VARIABLE}={backend}")
    return _DISPLAY_NAMES[backend]


def _package(backend: str) -> Package:
    return package_of(backend) or Package(module=backend, requirement=backend)


def _configured() -> str:
    """Return the backend of ``keras.json``; "" where there is none.

    Source of the places: Keras 3.15, `keras.config.keras_home`.
    """
    home = os.environ.get("KERAS_HOME")
    if home is None:
        user = Path("~").expanduser()
        home = str((user if os.access(user, os.W_OK) else Path("/tmp")) / ".keras")
    try:
        text = (Path(home).expanduser() / "keras.json").read_text(encoding="utf-8")
        return str(json.loads(text)["backend"])
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, RecursionError):
        return ""  # as Keras does: what it cannot read is not there
