"""Try the installation out: import each package, and export a small model on each backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from litert_ir.backends import installed_backends
from litert_ir.backends.packages import (
    CONVERTER,
    INTERPRETER,
    JAX,
    KERAS,
    KERAS_HUB,
    QUANTIZER,
    TENSORFLOW,
    Package,
)
from litert_ir.diagnosis import trial_child
from litert_ir.diagnosis.trial_child import TrialResult
from litert_ir.errors import LiteRTIRError
from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.isolation.worker import Worker
from litert_ir.scratch.folder import ScratchFolder

Progress = Callable[[str], None]

_MODULES: dict[str, Package] = {
    "tensorflow": TENSORFLOW,
    "jax.export": JAX,
    "keras": KERAS,
    "keras_hub": KERAS_HUB,
    "ai_edge_litert.interpreter": INTERPRETER,
    "litert_converter": CONVERTER,
    "litert_quantizer.quantizer": QUANTIZER,
}
_LIMIT_S = 300.0
_QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "CUDA_VISIBLE_DEVICES": "-1",
    "JAX_PLATFORMS": "cpu",
}


@attrs.frozen(kw_only=True)
class Trial:
    """Something that was tried in a child process.

    Attributes:
        name: What was tried.
        backend: The backend of an export; "" for an import.
        seconds: Its duration; None where it failed.
        detail: What was found, such as a version or a strategy; of a failure, its kind and text.
        advice: The next step after a failure.
    """

    name: str
    backend: str = ""
    seconds: float | None
    detail: str
    advice: str = ""

    @property
    def is_good(self) -> bool:
        """Tell whether it succeeded."""
        return self.seconds is not None


def trials(tell: Progress) -> Iterator[Trial]:
    """Import what is installed, then export on each backend, each in a child process of its own.

    Args:
        tell: Called with each trial as it starts.
    """
    backends = installed_backends()
    first = backends[0].value if backends else ""
    for module, package in _MODULES.items():
        if package.is_installed:
            tell(f"importing {package.name}")
            yield _tried(
                f"import {package.name}",
                "",
                first,
                _importing(module),
                f"{package.advice} --force-reinstall" if package.is_available else package.advice,
            )
    for backend in backends:
        if KERAS.is_installed and INTERPRETER.is_installed:
            tell(f"exporting on {backend.display_name}")
            yield _exported(backend)


def _importing(module: str) -> Callable[[Worker], TrialResult]:
    task = f"importing {module}"
    return lambda worker: worker.call(
        trial_child.imported, module, time_limit_s=_LIMIT_S, task=task
    )


def _exported(backend: ConvertibleBackend) -> Trial:
    name = f"export on {backend.display_name}"
    try:
        with ScratchFolder() as folder:
            return _tried(
                name,
                backend.value,
                backend.value,
                lambda worker: worker.call(
                    trial_child.exported, folder, time_limit_s=_LIMIT_S, task="exporting"
                ),
                "",
            )
    except LiteRTIRError as error:
        return Trial(
            name=name,
            backend=backend.value,
            seconds=None,
            detail=error.summary,
            advice=error.advice,
        )


def _tried(
    name: str, backend: str, keras_backend: str, act: Callable[[Worker], TrialResult], advice: str
) -> Trial:
    environment = _QUIET | ({"KERAS_BACKEND": keras_backend} if keras_backend else {})
    with Worker(environment=environment) as worker:
        try:
            found = act(worker)
        except LiteRTIRError as error:
            return Trial(
                name=name,
                backend=backend,
                seconds=None,
                detail=error.summary,
                advice=advice or error.advice,
            )
    return Trial(name=name, backend=backend, seconds=found.seconds, detail=found.detail)
