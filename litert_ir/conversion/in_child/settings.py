"""The settings of a child process, and the ways in which a model reaches it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from litert_ir.backends import backend_name, installed_backends
from litert_ir.backends.packages import JAX, TENSORFLOW
from litert_ir.errors import BackendError, OptionsError
from litert_ir.errors.shown import shown
from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.ir.plan import ExportPlan
from litert_ir.isolation.time_limits import CONVERSION_S

_ENVIRONMENT: Mapping[str, str] = {
    "CUDA_VISIBLE_DEVICES": "-1",  # TensorFlow takes all memory of the devices that it sees
    "JAX_PLATFORMS": "cpu",
}


def _as_backend(given: ConvertibleBackend | str | None) -> ConvertibleBackend | None:
    names = [backend.value for backend in ConvertibleBackend]
    if isinstance(given, str) and given not in names:
        raise OptionsError(
            "The child process cannot convert models of this Keras backend.",
            where="backend",
            expected=" or ".join(names),
            received=shown(given),
        )
    return None if given is None else ConvertibleBackend(given)


def _as_modules(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@attrs.frozen(kw_only=True)
class ThroughFile:
    """Hand a model to a child process through a file.

    The model is saved to the system's temporary folder, and a child process with Keras on
    TensorFlow or JAX loads it. Models on other backends are exported so; others may be, as a
    child's memory and its crashes are not this process's.

    The child needs the model's custom classes and functions. It imports the modules that they
    are in. What is in no module (in ``__main__``, in a notebook, inside of a function) has to
    be moved into one, or registered with `keras.saving.register_keras_serializable` by one.

    Attributes:
        import_modules: Modules to import in the child first, such as ``"my_package.layers"``.
        backend: The child's Keras backend; None for that of the plan or of this process or,
            where models cannot be converted on that, TensorFlow if it is installed, else JAX.
        time_limit_s: Seconds that the child may take to make a plan, or for one strategy, its
            start included; two hours where nothing is said, None for no limit.
    """

    import_modules: tuple[str, ...] = attrs.field(default=(), converter=_as_modules)
    backend: ConvertibleBackend | None = attrs.field(default=None, converter=_as_backend)
    time_limit_s: float | None = CONVERSION_S

    def child_backend(self, made_on: str | None = None) -> ConvertibleBackend:
        """The child's Keras backend.

        Args:
            made_on: The backend that the plan was made on; by default that of this process.

        Raises:
            BackendError: When neither TensorFlow nor JAX is installed.
        """
        if self.backend is not None:
            return self.backend
        name = made_on or backend_name()
        return _convertible(name) or _installed(name)

    def seen(self, plan: ExportPlan) -> ExportPlan:
        """The plan as strategies in the child see it: made on their own backend."""
        backend = self.child_backend(plan.versions.backend)
        return attrs.evolve(plan, versions=attrs.evolve(plan.versions, backend=backend))


def environment(backend: ConvertibleBackend) -> dict[str, str]:
    """The environment variables of a child with this backend that are not this process's."""
    return {**_ENVIRONMENT, "KERAS_BACKEND": backend.value}


def _convertible(name: str) -> ConvertibleBackend | None:
    return next((backend for backend in ConvertibleBackend if backend.value == name), None)


def _installed(wanted: str) -> ConvertibleBackend:
    for backend in installed_backends():
        return backend
    raise BackendError(
        "There is nothing to convert this model with.",
        where=f"Keras on {wanted}",
        expected="TensorFlow or JAX, to load the model with in a child process",
        received="neither is installed",
        advice=(TENSORFLOW if TENSORFLOW.is_available else JAX).advice,
    )
