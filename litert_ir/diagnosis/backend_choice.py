"""Find the backend that Keras would run on, and why; nothing is imported."""

from __future__ import annotations

import json
import os
from pathlib import Path

import attrs

from litert_ir.backends import installed_backends, package_of
from litert_ir.backends.packages import JAX
from litert_ir.ir.backend import ConvertibleBackend

_VARIABLE = "KERAS_BACKEND"
_HOME = "KERAS_HOME"
_OTHERS = ("torch", "numpy", "openvino")
"""The backends of Keras whose models go through a file into a child process."""
_DEFAULT = "tensorflow"
"""The backend that Keras takes where nothing names one; source: Keras' configuration guide."""


@attrs.frozen(kw_only=True)
class BackendChoice:
    """The backend of Keras in a process like this one.

    Attributes:
        backend: Its name.
        source: What names it: the environment variable, the configuration's path, or the default.
        obstacle: The reason that models on it cannot be converted in the same process; "" for none.
        advice: The step that mends it.
    """

    backend: str
    source: str
    obstacle: str
    advice: str

    def __str__(self) -> str:
        return f"{self.backend} ({self.source})"


def backend_choice() -> BackendChoice:
    """Find the backend that Keras would choose."""
    backend, source = _chosen()
    obstacle, advice = _obstacle(backend)
    return BackendChoice(backend=backend, source=source, obstacle=obstacle, advice=advice)


def _chosen() -> tuple[str, str]:
    named = os.environ.get(_VARIABLE, "")
    if named:
        return named, f"{_VARIABLE} is set"
    path = Path(os.environ.get(_HOME) or Path("~", ".keras").expanduser()) / "keras.json"
    try:
        configured = json.loads(path.read_text(encoding="utf-8")).get("backend")
    except (OSError, ValueError, AttributeError):  # none, or none that Keras reads
        configured = None
    if isinstance(configured, str) and configured:
        return configured, str(path)
    return _DEFAULT, "Keras' default"


def _obstacle(backend: str) -> tuple[str, str]:
    usable = installed_backends()
    instead = f"set {_VARIABLE}={usable[0]}" if usable else f"{JAX.advice}, and set {_VARIABLE}=jax"
    if backend not in (*ConvertibleBackend, *_OTHERS):
        return "Keras has no backend of this name", instead
    if backend in _OTHERS:
        return (
            f"models on {backend} are converted in a child process, which loads them from a file",
            "" if usable else instead,
        )
    package = package_of(ConvertibleBackend(backend))
    absence = package.absence()
    if absence is None:
        return "", ""
    return f"{package.name} is not installed", f"{package.advice}; or {instead}"
