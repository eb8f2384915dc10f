"""The process around the frameworks: their settings, their noise, and where modules are found."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping

from litert_ir.backends import (
    installed_backends,
)
from litert_ir.backends.devices import start_devices
from litert_ir.cli.own_modules import current_folder
from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.isolation.native_output import NativeOutput, captured_native_output, redirected

QUIET: Mapping[str, str] = {
    "TF_CPP_MIN_LOG_LEVEL": "2",  # no info, no warnings from TensorFlow's native code
    "CUDA_VISIBLE_DEVICES": "-1",  # converting needs no GPU, and looking for one is noisy
    "JAX_PLATFORMS": "cpu",
    "GRPC_VERBOSITY": "ERROR",
}
"""Set where the user has not."""


def backend() -> ConvertibleBackend:
    """The backend that Keras has here, whatever the user's is: TensorFlow, else JAX.

    A file is loaded on either. Where none of them is installed, importing Keras says so.
    """
    return next(iter(installed_backends()), ConvertibleBackend.TENSORFLOW)


@contextlib.contextmanager
def framework_environment(*, with_own_modules: bool = False) -> Iterator[None]:
    """Settings under which Keras and its backend are imported, and only the result goes to stdout.

    Environment variables, `sys.path` and `sys.stdout` are as before afterwards. What the model's
    code and the frameworks print meanwhile goes to stderr.

    Args:
        with_own_modules: Whether the user asked for modules, so that those of the current folder
            are importable. They come behind all installed ones: the folder may be one of
            downloads, and what lies in it must not run in place of a framework.
    """
    unset = {name: value for name, value in QUIET.items() if name not in os.environ}
    with (
        _variables({"KERAS_BACKEND": backend().value, **unset}),
        _importable_last(current_folder() if with_own_modules else []),
        _stdout_to_stderr(),
    ):
        yield


def start_frameworks(*, verbose: bool) -> None:
    """Import Keras, and let TensorFlow look for devices, which logs past every log level.

    Args:
        verbose: Whether to let the messages through; an error lets them through as well.

    Raises:
        MissingDependencyError: When Keras, or both TensorFlow and JAX, are not installed.
    """
    noise = NativeOutput()
    try:
        with captured_native_output(passed_through=verbose) as noise:
            start_devices()
    except ImportError:
        sys.stderr.write(noise.text)
        raise


@contextlib.contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Both Python's stdout and descriptor 1, which native code and child processes write to."""
    with redirected(1, 2), contextlib.redirect_stdout(sys.stderr):
        yield


@contextlib.contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _importable_last(folders: list[str]) -> Iterator[None]:
    new = [entry for entry in folders if entry not in sys.path]
    sys.path.extend(new)
    try:
        yield
    finally:
        for entry in new:
            with contextlib.suppress(ValueError):  # the model's code may have taken it out
                sys.path.remove(entry)
